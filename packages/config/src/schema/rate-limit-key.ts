import { nearestName } from "../nearest-name.ts";
import { accepted, type Parsed, refused } from "../parsed.ts";
import type { RateLimitKey } from "../resolved-config.ts";
import { hashKeyExamples, parseHashKey } from "./hash-key.ts";

/** For people and editors alike. */
export const rateLimitKeyExamples: readonly string[] = [
  "client-ip",
  "global",
  ...hashKeyExamples.filter((example) => example.includes(":")),
];

export const rateLimitKeyPattern: string = "client-ip|global|(header|cookie|query):.+";

const kinds = ["client-ip", "global", "header", "cookie", "query"];

/** Reads `client-ip`, `global`, `header:x-user`, `cookie:session` or `query:user`. */
export function parseRateLimitKey(text: string): Parsed<RateLimitKey> {
  if (text === "global") return accepted({ from: "global" });
  const [kind = ""] = text.split(":");
  if (text === "client-ip" || (kind !== "client-ip" && kind !== "global" && kinds.includes(kind))) {
    const parsed = parseHashKey(text);
    if (!parsed.ok) return parsed;
    if (parsed.value.from !== "path") return accepted(parsed.value);
  }
  const message = `${JSON.stringify(text)} is no key of a limit; write ${rateLimitKeyExamples.join(", ")}`;
  const nearest = nearestName(kind, kinds);
  return refused(
    message,
    nearest === null || nearest === kind ? null : nearest + text.slice(kind.length),
  );
}

/** Writes a key so that {@link parseRateLimitKey} reads it back. */
export function formatRateLimitKey(key: RateLimitKey): string {
  return "name" in key ? `${key.from}:${key.name}` : key.from;
}
