import { expect, test } from "vitest";
import type { LoadDocument } from "../load/document.ts";
import { bucketOf, upperBoundOf } from "../observation/latency-histogram.ts";
import { plain } from "../print/paint.ts";
import { compareSides } from "./comparison.ts";
import { comparisonDocument } from "./document.ts";
import { renderComparison } from "./report.ts";

/** A turn of a second with 100 responses of about `medianUs`. */
function turn(medianUs: number, invalid = false): LoadDocument {
  const latencyUs = [upperBoundOf(bucketOf(medianUs)), 100];
  return {
    durationMs: 1000,
    throughput: 100,
    invalid,
    invalidReasons: invalid ? ["the generator was busy 99 % of the time"] : [],
    plan: { shape: {} },
    blocks: {
      blockMs: 1000,
      blocks: [{ offered: 100, achieved: 100, failed: 0, latencyUs: [latencyUs] }],
    },
  } as unknown as LoadDocument;
}

const noise = [0, 40, -30, 20, -10, 50, -20, 10, 30, -40];

function sidesWith(spoiled: number, factor = 1.6) {
  const a = noise.map((us, index) => turn(5000 + us, index < spoiled));
  const b = noise.map((us) => turn((5000 - us) * factor));
  const options = { takesTurns: true, regression: undefined, isPartial: false, seed: 1 };
  return compareSides({ name: "a", runs: a }, { name: "b", runs: b }, options);
}

test("pairs that the generator spoiled are left out, and said", () => {
  const comparison = sidesWith(2);
  expect(comparison).toMatchObject({ unit: "turn", units: { a: 8, b: 8 }, invalid: [] });
  expect(comparison.notes.join()).toMatch(/^2 pairs of turns are left out, .* A1: the generator/);
  const { p1, throughput } = Object.fromEntries(
    comparison.metrics.map((metric) => [metric.metric, metric]),
  );
  expect(p1).toMatchObject({ verdict: "worse" });
  expect(p1?.difference?.estimate).toBeCloseTo(0.6, 1);
  // The same in every turn: nobody asked.
  expect(throughput).toMatchObject({ p: 1, adjustedP: 1, verdict: "no-difference-shown" });
});

test("more than a fifth of them make the comparison invalid, and are not listed by the hundred", () => {
  const { invalid } = sidesWith(8);
  expect(invalid.length).toBe(6);
  expect(invalid.at(-1)).toBe("and 3 more like these");
  expect(renderComparison(sidesWith(3), plain)).toMatch(/✗ RUN INVALID {2}the load generator was/);
});

test("where nothing is shown, it says what would be", () => {
  const comparison = sidesWith(0, 1);
  const text = renderComparison(comparison, plain).replaceAll(/\s+/g, " ");
  expect(text).toMatch(
    /no difference was shown, .* is shown in 4 of 5 such comparisons: p1 latency \+\d/,
  );
  const [p1] = comparisonDocument(comparison).metrics;
  expect(p1?.detectable).toBeGreaterThan(0);
  expect(p1?.detectable).toBeLessThan(0.05);
});
