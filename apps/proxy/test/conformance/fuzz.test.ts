import { expect, test } from "vitest";
import { wantedProxy } from "./bench/bench.ts";
import { fuzz } from "./fuzz/campaign.ts";

/** A short run of what `fuzz.ts` does at length. */
test("mutated requests break no invariant", { timeout: 60_000 }, async () => {
  const result = await fuzz({
    runs: 4_000,
    seed: 1,
    connections: 100,
    proxy: wantedProxy,
    onProgress: () => {},
  });
  const shown = result.violations.map(({ problems, minimal, input }) => ({
    problems,
    bytes: (minimal ?? input).latin1Slice(0, 1_000),
  }));
  expect(shown).toEqual([]);
  expect(result.failures).toEqual([]);
  expect(result.runs).toBe(4_000);
  expect(result.accepted).toBeGreaterThan(800);
});
