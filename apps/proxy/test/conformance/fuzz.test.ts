import { expect, test } from "vitest";
import { wantedProxy } from "./bench/bench.ts";
import { fuzz } from "./fuzz/campaign.ts";
import { describeViolation } from "./fuzz/report.ts";

/** A short run of what `fuzz.ts` does at length. */
test("mutated requests break no invariant", { timeout: 60_000 }, async () => {
  const result = await fuzz({
    runs: 4_000,
    seed: 1,
    connections: 100,
    proxy: wantedProxy,
    onProgress: () => {},
    onViolation: () => {},
  });
  expect(result.violations.map((violation) => describeViolation(violation).join("\n"))).toEqual([]);
  expect(result.failures).toEqual([]);
  expect(result.runs).toBe(4_000);
  expect(result.accepted).toBeGreaterThan(800);
});
