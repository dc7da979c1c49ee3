import type { Backend } from "../backend.ts";
import { FadingLatency } from "../load/fading-latency.ts";
import type { StrategyDefinition } from "./definition.ts";
import { drawDistinct } from "./draw-distinct.ts";
import { RecentQuantile } from "./recent-quantile.ts";

type PrequalOptions = {
  readonly samples: number;
  readonly rifQuantile: number;
  readonly decay: number;
  readonly errorAversion: number;
};

/** Milliseconds. Nobody waits that long for an answer, so as an estimate it says: the last one failed. */
const failedMs = 1_000_000;

// Tiers, the better one first.
const cold = 0;
const hot = 1;
const averse = 2;

/**
 * Of `samples` distinct backends at random the best by the hot-cold lexicographic rule of Prequal
 * (Wydrowski et al., NSDI 2024, section 4): a backend with more `(requests in flight + 1) / weight`
 * than `rifQuantile` of those seen lately is hot; of the cold ones the fastest is taken, and only when
 * all are hot the least loaded. Ties go by the other measure, then at random.
 *
 * The paper's clients cannot see each other's requests and ask the backends with probes. A proxy that
 * all traffic passes knows what is in flight without asking, and exactly, so answers are its probes.
 * For the same reason the default is requests in flight first: what latency adds to exact counts is
 * little, and the more it decides the more it herds (algorithms.md section 4.5).
 *
 * A backend answers for its latency at the present load, as in the paper, so an answer is kept per
 * request in flight. Kept as it is, an idle backend would go on advertising what it took while
 * overloaded; with 20 backends at 80 % and a quantile of 84 % the median was 257 ms instead of 17.
 *
 * A backend whose last attempt failed is not taken for `errorAversion`, then by one request at a time:
 * failing fast, it would be cold and idle always.
 */
export const prequal: StrategyDefinition<PrequalOptions> = {
  honoursWeights: true,
  options: {
    samples: {
      kind: "count",
      default: 5,
      min: 2,
      max: 100,
      meaning: "Backends compared for each request.",
    },
    rifQuantile: {
      kind: "percent",
      default: 0,
      min: 0,
      max: 1,
      canBeOff: false,
      meaning:
        "Up to which share of recent loads latency decides; 0% = load first, 100% = latency.",
    },
    decay: {
      kind: "duration",
      default: 1_000,
      meaning: "Time after which an answer, or what is known of an unused backend, weighs 37 %.",
    },
    errorAversion: {
      kind: "duration",
      default: 1_000,
      meaning: "How long a backend is avoided after a failed attempt.",
    },
  },
  create: (deps, { samples, rifQuantile, decay, errorAversion }) => {
    const { latency } = deps;
    const pace = new FadingLatency(latency, decay, failedMs);
    const recentLoads = new RecentQuantile(rifQuantile);
    const drawn = new Uint32Array(samples);
    // Parallel to `drawn`. Numbers stay in here, because passing fractions on takes heap.
    const loads = new Float64Array(samples);
    const expectedMs = new Float64Array(samples);
    const tiers = new Uint8Array(samples);

    const hasFailed = (backend: Backend): boolean => latency.valueMs(backend) >= failedMs;
    const measure = (backend: Backend, index: number, now: number): void => {
      loads[index] = (deps.inFlight(backend) + 1) / backend.weight;
      recentLoads.add(loads, index);
      latency.read(backend, expectedMs, index);
      const isAverse =
        (expectedMs[index] as number) >= failedMs &&
        latency.untriedMs(backend, now) < errorAversion;
      tiers[index] = isAverse ? averse : cold;
      pace.read(backend, now, expectedMs, index);
      expectedMs[index] = (expectedMs[index] as number) * loads[index] * backend.weight;
    };
    /** Below 0 when the one sample is better than the other, 0 for a tie. */
    const compare = (one: number, other: number): number => {
      const byTier = (tiers[one] as number) - (tiers[other] as number);
      if (byTier !== 0) return byTier;
      const byLoad = Math.sign((loads[one] as number) - (loads[other] as number));
      const byLatency = Math.sign((expectedMs[one] as number) - (expectedMs[other] as number));
      return tiers[one] === cold ? byLatency || byLoad : byLoad || byLatency;
    };
    const bestOf = (count: number): number => {
      let best = 0;
      let ties = 1;
      for (let index = 1; index < count; index++) {
        const order = compare(index, best);
        if (order > 0) continue;
        ties = order < 0 ? 1 : ties + 1;
        if (ties === 1 || deps.random() * ties < 1) best = index;
      }
      return best;
    };

    return {
      rebuild() {},
      pick(ready, { now }) {
        const count = drawDistinct(drawn, ready.length, deps.random);
        if (count === 0) return undefined;
        for (let index = 0; index < count; index++) {
          measure(ready[drawn[index] as number] as Backend, index, now);
        }
        for (let index = 0; index < count; index++) {
          if (tiers[index] === cold && recentLoads.isBelow(loads, index)) tiers[index] = hot;
        }
        const picked = ready[drawn[bestOf(count)] as number] as Backend;
        latency.tried(picked, now);
        return picked;
      },
      observe(backend, result, latencyMs, now) {
        if (result === "failed") return latency.store(backend, failedMs, now);
        // While a head is awaited its attempt is in flight; a canceled one is not any longer.
        const paceMs = latencyMs / Math.max(1, deps.inFlight(backend));
        if (result === "canceled" && paceMs <= pace.valueMs(backend, now)) return;
        // A failure is not a latency to average with.
        const isFirst = hasFailed(backend);
        latency.store(backend, isFirst ? paceMs : pace.averageMs(backend, paceMs, now), now);
      },
      explain(backend, { now }) {
        const load = (deps.inFlight(backend) + 1) / backend.weight;
        const isAverse = hasFailed(backend) && latency.untriedMs(backend, now) < errorAversion;
        if (isAverse)
          return { load, avoidedForMs: errorAversion - latency.untriedMs(backend, now) };
        return { load, expectedMs: pace.valueMs(backend, now) * load * backend.weight };
      },
    };
  },
};
