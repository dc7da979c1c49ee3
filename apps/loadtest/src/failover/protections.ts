import { nearestName } from "@evenkeel/config/nearest-name";
import { LoadtestError } from "../errors.ts";

/** What a comparison can switch off in a spawned balancer. */
export const protections = ["retry", "breaker", "checks"] as const;

/** One of {@link protections}. */
export type Protection = (typeof protections)[number];

/**
 * Reads `no retry, no breaker, no retry + no breaker`: commas between the variants, `+` inside one.
 *
 * @throws LoadtestError `BAD_OPTION` with the valid names.
 */
export function parseVariants(text: string): readonly (readonly Protection[])[] {
  return text.split(",").map((variant) => variant.split("+").map(parseProtection));
}

function parseProtection(text: string): Protection {
  const name = /^\s*no[ -](.*?)\s*$/.exec(text)?.[1] ?? "";
  const found = protections.find((protection) => protection === name);
  if (found !== undefined) return found;
  const nearest = nearestName(name, protections);
  const valid = protections.map((protection) => `no ${protection}`).join(", ");
  const hint = nearest === null ? `there are ${valid}` : `did you mean "no ${nearest}"?`;
  throw new LoadtestError(
    "BAD_OPTION",
    `nothing is called ${JSON.stringify(text.trim())}; ${hint}`,
  );
}
