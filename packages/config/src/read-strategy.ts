import { type StrategyChoice, strategyHonoursWeights, strategyNames } from "@evenkeel/core";
import { ignoredWeight } from "./checks/pool-checks.ts";
import { formatPath } from "./config-path.ts";
import { findingsOf } from "./issue-findings.ts";
import { createJsonSchema } from "./json-schema.ts";
import { nearestName } from "./nearest-name.ts";
import { accepted, type Parsed, refused } from "./parsed.ts";
import { nodeAt } from "./schema-node.ts";
import { strategySchema } from "./schema/strategy-schema.ts";

/** Reads a strategy as a pool of backends with these weights would, for a change while it runs. */
export function readStrategy(value: unknown, weights: readonly number[]): Parsed<StrategyChoice> {
  if (typeof value === "string" && !strategyNames.some((name) => name === value)) {
    const near = nearestName(value, strategyNames);
    const hint = near === null ? `; there are ${strategyNames.join(", ")}` : didYouMean(near);
    return refused(`there is no strategy ${JSON.stringify(value)}${hint}`);
  }
  const parsed = strategySchema.safeParse(value);
  if (!parsed.success) {
    const schema = nodeAt(createJsonSchema(), ["pools", "any", "strategy"]) ?? {};
    const findings = findingsOf(parsed.error.issues, value, schema);
    return refused(
      findings
        .map(({ path, message, suggestion }) => {
          const hint = suggestion === null ? "" : didYouMean(suggestion);
          return [...(path.length > 0 ? [formatPath(path)] : []), message + hint];
        })
        .map((parts) => parts.join(": "))
        .join("; "),
    );
  }
  const { type } = parsed.data;
  const ignoresWeights = !strategyHonoursWeights(type) && weights.some((weight) => weight !== 1);
  return ignoresWeights ? refused(ignoredWeight(type, strategyNames)) : accepted(parsed.data);
}

function didYouMean(name: string): string {
  return `; did you mean ${JSON.stringify(name)}?`;
}
