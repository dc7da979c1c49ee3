import type { Backend } from "../backend.ts";
import { FadingLatency } from "../load/fading-latency.ts";
import type { StrategyDefinition } from "./definition.ts";
import { drawPair } from "./draw-pair.ts";

type PeakEwmaOptions = {
  readonly decay: number;
  readonly defaultLatency: number;
  readonly penalty: number;
};

/**
 * Two distinct backends at random, of them the one with the less
 * `latency * (requests in flight + 1) / weight`, where latency is a mean that a slower answer raises
 * at once and time lowers (Finagle PeakEwma; defaults are linkerd's).
 *
 * A failure counts as `penalty`, or more if it took longer: what fails fast must not look fast
 * (linkerd 22d598e93; without it one failing backend of 20 draws 10 % of the traffic, algorithms.md
 * section 3.6). An attempt that nobody waited for counts only where it shows the estimate to be too low.
 */
export const peakEwma: StrategyDefinition<PeakEwmaOptions> = {
  honoursWeights: true,
  options: {
    decay: {
      kind: "duration",
      default: 10_000,
      meaning: "Time after which a peak, or what is known of an unused backend, has faded to 37 %.",
    },
    defaultLatency: {
      kind: "duration",
      default: 30,
      meaning: "What a backend counts as between its first request and its first answer.",
    },
    penalty: {
      kind: "duration",
      default: 5_000,
      meaning: "What a failed attempt counts as, unless it took longer.",
    },
  },
  create: (deps, { decay, defaultLatency, penalty }) => {
    const { latency } = deps;
    const load = new FadingLatency(latency, decay, defaultLatency);
    // Not returned but left here, for the sake of the heap: see FadingLatency.read.
    const scores = new Float64Array(2);
    const score = (backend: Backend, now: number, index: number): void => {
      load.read(backend, now, scores, index);
      const loaded = (scores[index] as number) * (deps.inFlight(backend) + 1);
      scores[index] = loaded / backend.weight;
    };
    return {
      rebuild() {},
      pick(ready, { now }) {
        if (ready.length < 2) return ready[0];
        const { first, second } = drawPair(ready, deps.random);
        score(first, now, 0);
        score(second, now, 1);
        const picked = (scores[1] as number) < (scores[0] as number) ? second : first;
        latency.tried(picked, now);
        return picked;
      },
      observe(backend, result, latencyMs, now) {
        const current = load.valueMs(backend, now);
        if (result === "failed") {
          latency.store(backend, Math.max(penalty, latencyMs, current), now);
        } else if (result === "answered" || latencyMs > current) {
          latency.store(backend, load.peakMs(backend, latencyMs, now), now);
        }
      },
      explain(backend, { now }) {
        const latencyMs = load.valueMs(backend, now);
        return { latencyMs, scoreMs: (latencyMs * (deps.inFlight(backend) + 1)) / backend.weight };
      },
    };
  },
};
