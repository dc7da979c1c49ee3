import { expect, test } from "vitest";
import { noRandom } from "../../test/scripted.ts";
import { seeded } from "../../test/strategies.ts";
import { drawDistinct } from "./draw-distinct.ts";

test("every set of 3 out of 6 is equally likely and holds no number twice", () => {
  const drawn = new Uint32Array(3);
  const random = seeded(4);
  const sets = new Map<string, number>();
  const draws = 40_000;
  for (let draw = 0; draw < draws; draw++) {
    expect(drawDistinct(drawn, 6, random)).toBe(3);
    const set = [...drawn].toSorted((one, other) => one - other).join();
    expect(new Set(drawn).size).toBe(3);
    sets.set(set, (sets.get(set) ?? 0) + 1);
  }
  expect(sets.size).toBe(20);
  // 5 standard deviations of a binomial with p = 1/20.
  for (const count of sets.values()) {
    expect(Math.abs(count - draws / 20)).toBeLessThan(5 * Math.sqrt(draws * 0.05 * 0.95));
  }
});

test.each([0, 1, 3])(
  "of %d numbers there are no more to draw, so all are, without chance",
  (count) => {
    const drawn = new Uint32Array(3);
    expect(drawDistinct(drawn, count, noRandom)).toBe(count);
    expect([...drawn.subarray(0, count)]).toEqual([0, 1, 2].slice(0, count));
  },
);
