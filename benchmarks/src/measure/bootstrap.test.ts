import { describe, expect, test } from "vitest";
import { seededRandom } from "../seeded-random.ts";
import { addedPercentile, blocksOf, type Block } from "./bootstrap.ts";
import { percentile } from "./statistics.ts";

const PER_BLOCK = 100;

/** Blocks of latencies around 0.2 ms, with what `added` says on top through the proxy. */
function simulate(count: number, seed: number, added: (block: number) => number): Block[] {
  const random = seededRandom(seed);
  const latency = (): number => 0.1 - 0.1 * Math.log(1 - random());
  return Array.from({ length: count }, (_, block) => ({
    direct: Array.from({ length: PER_BLOCK }, latency),
    through: Array.from({ length: PER_BLOCK }, () => latency() + added(block)),
  }));
}

describe("what a proxy adds", () => {
  test("is the difference of the percentiles of all answers together", () => {
    const blocks = simulate(20, 1, () => 0.3);
    const way = (name: "direct" | "through"): Float64Array =>
      Float64Array.from(blocks.flatMap((block) => block[name])).toSorted();
    for (const share of [0.5, 0.9, 0.99, 1]) {
      const { value } = addedPercentile(blocks, share, seededRandom(1));
      expect(value).toBe(percentile(way("through"), share) - percentile(way("direct"), share));
    }
  });

  test("is found within its interval, which leaves out nothing", () => {
    const { low, high } = addedPercentile(
      simulate(60, 2, () => 0.3),
      0.99,
      seededRandom(1),
    );
    expect(low).toBeLessThan(0.3);
    expect(high).toBeGreaterThan(0.3);
    expect(low).toBeGreaterThan(0.1);
  });

  test("is nothing within its interval where the proxy adds nothing", () => {
    const { low, high } = addedPercentile(
      simulate(60, 3, () => 0),
      0.99,
      seededRandom(1),
    );
    expect(low).toBeLessThan(0);
    expect(high).toBeGreaterThan(0);
  });

  test("shows a pause of 2 ms every 50 ms: 99 of 100 wait less than 1.5 ms for its end", () => {
    const random = seededRandom(4);
    const pause = (): number => Math.max(0, 2 - 50 * random());
    const { value, low, high } = addedPercentile(simulate(60, 4, pause), 0.99, seededRandom(1));
    expect(value).toBeGreaterThan(1);
    expect(value).toBeLessThan(2);
    expect(low).toBeGreaterThan(0.8);
    expect(high).toBeLessThan(2.2);
  });

  test("is less sure when slow answers come together than when they are spread", () => {
    const together = simulate(60, 5, (block) => (block % 30 === 0 ? 5 : 0));
    const everywhere = seededRandom(6);
    const spread = simulate(60, 5, () => (everywhere() < 1 / 30 ? 5 : 0));
    const width = (blocks: Block[]): number => {
      const { low, high } = addedPercentile(blocks, 0.99, seededRandom(1));
      return high - low;
    };
    expect(width(together)).toBeGreaterThan(2 * width(spread));
  });
});

test("answers fall into the block in which they were due, the last moment into the last", () => {
  const direct = { dueAtMs: [0, 499, 500, 1_003], latenciesMs: [1, 2, 3, 4] };
  const through = { dueAtMs: [999], latenciesMs: [5] };
  expect(blocksOf(direct, through, 1_000, 500)).toEqual([
    { direct: [1, 2], through: [] },
    { direct: [3, 4], through: [5] },
  ]);
});
