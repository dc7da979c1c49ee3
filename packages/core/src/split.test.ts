import { expect, test } from "vitest";
import { WeightedSplit, splitPoint } from "./split.ts";
import { hashKeyText } from "./strategies/hash.ts";

const clients = Array.from({ length: 20_000 }, (_, index) => `10.0.${index >> 8}.${index & 255}`);

function armsOf(...weights: readonly number[]): readonly number[] {
  const split = new WeightedSplit(weights);
  return clients.map((client) => split.armAt(splitPoint(client)));
}

test("gives each arm its share of the clients", () => {
  const arms = armsOf(90, 0, 9, 1);
  const shares = [0, 1, 2, 3].map((arm) => arms.filter((it) => it === arm).length / arms.length);
  expect(shares[1]).toBe(0);
  // Three standard deviations of 20,000 draws.
  expect(Math.abs((shares[0] ?? 0) - 0.9)).toBeLessThan(0.0064);
  expect(Math.abs((shares[2] ?? 0) - 0.09)).toBeLessThan(0.0061);
  expect(Math.abs((shares[3] ?? 0) - 0.01)).toBeLessThan(0.0021);
});

test("keeps every client of an arm that grows", () => {
  const before = armsOf(95, 5);
  const after = armsOf(80, 20);
  expect(after.some((arm, index) => arm !== before[index])).toBe(true);
  for (const [index, arm] of before.entries()) if (arm === 1) expect(after[index]).toBe(1);
});

test("spreads a small arm's clients over all hashes that strategies use", () => {
  const arms = armsOf(95, 5);
  const quarters = [0, 0, 0, 0];
  for (const [index, arm] of arms.entries()) {
    const quarter = hashKeyText(clients[index] ?? "") >>> 30;
    if (arm === 1) quarters[quarter] = (quarters[quarter] ?? 0) + 1;
  }
  for (const count of quarters) expect(count).toBeGreaterThan(180);
});

test.each([
  [0, 0],
  [0.4999, 0],
  [0.5, 2],
  [0.9999999, 2],
])("at %d is arm %d of a half, nothing and a half", (point, arm) => {
  expect(new WeightedSplit([1, 0, 1]).armAt(point)).toBe(arm);
});
