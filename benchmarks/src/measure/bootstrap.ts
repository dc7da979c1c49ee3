import type { LatencyAnswers } from "../latency-load/load-result.ts";

/** A stretch of time: what the requests that were sent in it took on either way, in ms. */
export interface Block {
  readonly direct: readonly number[];
  readonly through: readonly number[];
}

/** A figure and the interval in which it lies in 95 of 100 repetitions. */
export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** Values in descending order, each with the number of the block that it is from. */
interface Ranked {
  readonly values: Float64Array;
  readonly blocks: Uint32Array;
  /** How many values each block has. */
  readonly sizes: readonly number[];
}

const RESAMPLES = 2000;
const TAIL = 0.025;

/**
 * The percentile through the proxy less the percentile without it, with a bootstrap interval. Whole
 * blocks are drawn, both ways of one together: requests of the same moment slow down together, so
 * drawing them one by one would find the figure surer than it is. `share` is 0..1.
 */
export function addedPercentile(
  blocks: readonly Block[],
  share: number,
  random: () => number,
): Estimate {
  const direct = rank(blocks.map((block) => block.direct));
  const through = rank(blocks.map((block) => block.through));
  const counts = new Uint32Array(blocks.length).fill(1);
  const added = (): number =>
    weightedPercentile(through, counts, share) - weightedPercentile(direct, counts, share);
  const value = added();
  const again = new Float64Array(RESAMPLES);
  for (let sample = 0; sample < RESAMPLES; sample += 1) {
    counts.fill(0);
    for (let drawn = 0; drawn < blocks.length; drawn += 1) {
      const block = Math.floor(random() * blocks.length);
      counts[block] = (counts[block] ?? 0) + 1;
    }
    again[sample] = added();
  }
  const sorted = again.filter((difference) => !Number.isNaN(difference)).toSorted();
  const at = (position: number): number => sorted[Math.floor(position)] ?? Number.NaN;
  return { value, low: at(sorted.length * TAIL), high: at(sorted.length * (1 - TAIL)) };
}

/** Cuts the time into blocks of this length; each request belongs to the one in which it was due. */
export function blocksOf(
  direct: LatencyAnswers,
  through: LatencyAnswers,
  durationMs: number,
  blockMs: number,
): Block[] {
  const blocks = Array.from({ length: Math.ceil(durationMs / blockMs) }, () => ({
    direct: [] as number[],
    through: [] as number[],
  }));
  const last = blocks.length - 1;
  for (const [way, { dueAtMs, latenciesMs }] of [
    ["direct", direct],
    ["through", through],
  ] as const) {
    for (const [index, dueAt] of dueAtMs.entries()) {
      const block = blocks[Math.min(last, Math.floor(dueAt / blockMs))];
      block?.[way].push(latenciesMs[index] ?? Number.NaN);
    }
  }
  return blocks;
}

function rank(blocks: readonly (readonly number[])[]): Ranked {
  const all = blocks.flatMap((values, block) => values.map((value) => ({ value, block })));
  all.sort((left, right) => right.value - left.value);
  return {
    values: Float64Array.from(all, ({ value }) => value),
    blocks: Uint32Array.from(all, ({ block }) => block),
    sizes: blocks.map(({ length }) => length),
  };
}

/** Nearest rank, each value as often as its block was drawn; NaN when none was. */
function weightedPercentile(
  { values, blocks, sizes }: Ranked,
  counts: Uint32Array,
  share: number,
): number {
  let total = 0;
  for (const [block, size] of sizes.entries()) total += size * (counts[block] ?? 0);
  let above = total - Math.max(1, Math.ceil(share * total));
  for (let index = 0; index < values.length; index += 1) {
    above -= counts[blocks[index] ?? 0] ?? 0;
    if (above < 0) return values[index] ?? Number.NaN;
  }
  return Number.NaN;
}
