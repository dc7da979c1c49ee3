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

/** Of the backends judged so far. */
interface Best {
  backend: Backend | undefined;
  tier: number;
  load: number;
  expectedMs: number;
  ties: number;
}

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
    const loads = new Float64Array(samples);
    const best: Best = { backend: undefined, tier: averse, load: 0, expectedMs: 0, ties: 0 };

    const hasFailed = (backend: Backend): boolean => latency.valueMs(backend) >= failedMs;
    const tierOf = (backend: Backend, load: number, now: number): number => {
      if (hasFailed(backend) && latency.untriedMs(backend, now) < errorAversion) return averse;
      return load > recentLoads.value ? hot : cold;
    };
    const judge = (backend: Backend, load: number, now: number): void => {
      const tier = tierOf(backend, load, now);
      const isKnownWorse =
        tier > best.tier || (tier === best.tier && tier > cold && load > best.load);
      if (isKnownWorse && best.backend !== undefined) return;
      const expectedMs = pace.valueMs(backend, now) * load * backend.weight;
      const order = best.backend === undefined ? -1 : compare(tier, load, expectedMs, best);
      if (order > 0) return;
      best.ties = order < 0 ? 1 : best.ties + 1;
      if (best.ties > 1 && deps.random() * best.ties >= 1) return;
      best.backend = backend;
      best.tier = tier;
      best.load = load;
      best.expectedMs = expectedMs;
    };

    return {
      rebuild() {},
      pick(ready, { now }) {
        const count = drawDistinct(drawn, ready.length, deps.random);
        for (let index = 0; index < count; index++) {
          const backend = ready[drawn[index] as number] as Backend;
          loads[index] = (deps.inFlight(backend) + 1) / backend.weight;
          recentLoads.add(loads[index] as number);
        }
        best.backend = undefined;
        for (let index = 0; index < count; index++) {
          judge(ready[drawn[index] as number] as Backend, loads[index] as number, now);
        }
        if (best.backend !== undefined) latency.tried(best.backend, now);
        return best.backend;
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
    };
  },
};

/** Below 0 when these beat `best`, 0 for a tie. */
function compare(tier: number, load: number, expectedMs: number, best: Best): number {
  if (tier !== best.tier) return tier - best.tier;
  const [byLoad, byLatency] = [load - best.load, expectedMs - best.expectedMs];
  return tier === cold ? byLatency || byLoad : byLoad || byLatency;
}
