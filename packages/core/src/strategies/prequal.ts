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

/** Sampled backends are compared by `tier`, then `key`, then `tieKey`; the least of each is best. */
interface Candidate {
  backend: Backend | undefined;
  tier: number;
  key: number;
  tieKey: number;
}

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
 * For the same reason the default is requests in flight first: acting on latency it would herd
 * (algorithms.md section 4.5).
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
    const speed = new FadingLatency(latency, decay, failedMs);
    const recentLoads = new RecentQuantile(rifQuantile);
    const drawn = new Uint32Array(samples);
    const loads = new Float64Array(samples);
    let best: Candidate = { backend: undefined, tier: cold, key: 0, tieKey: 0 };
    let challenger: Candidate = { ...best };

    const hasFailed = (backend: Backend): boolean => latency.valueMs(backend) >= failedMs;
    const judge = (backend: Backend, load: number, threshold: number, now: number): void => {
      const speedMs = speed.valueMs(backend, now);
      const isAverse = hasFailed(backend) && latency.untriedMs(backend, now) < errorAversion;
      const isCold = !isAverse && load <= threshold;
      challenger.backend = backend;
      challenger.tier = isAverse ? averse : isCold ? cold : hot;
      challenger.key = isCold ? speedMs : load;
      challenger.tieKey = isCold ? load : speedMs;
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
        const threshold = recentLoads.value;
        let ties = 0;
        for (let index = 0; index < count; index++) {
          const backend = ready[drawn[index] as number] as Backend;
          judge(backend, loads[index] as number, threshold, now);
          const order = index === 0 ? -1 : compare(challenger, best);
          ties = order < 0 ? 1 : order === 0 ? ties + 1 : ties;
          if (order < 0 || (order === 0 && deps.random() * ties < 1)) {
            [best, challenger] = [challenger, best];
          }
        }
        if (count === 0) return undefined;
        latency.tried(best.backend as Backend, now);
        return best.backend;
      },
      observe(backend, result, latencyMs, now) {
        if (result === "failed") {
          latency.store(backend, failedMs, now);
        } else if (result === "answered" || latencyMs > speed.valueMs(backend, now)) {
          const isRecovered = hasFailed(backend);
          const meanMs = isRecovered ? latencyMs : speed.averageMs(backend, latencyMs, now);
          latency.store(backend, meanMs, now);
        }
      },
    };
  },
};

/** Below 0 when `one` is better. */
function compare(one: Candidate, other: Candidate): number {
  return one.tier - other.tier || one.key - other.key || one.tieKey - other.tieKey;
}
