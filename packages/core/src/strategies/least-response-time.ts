import type { Backend } from "../backend.ts";
import { FadingLatency } from "../load/fading-latency.ts";
import type { StrategyDefinition } from "./definition.ts";
import { drawBelow } from "./draw-below.ts";

type LeastResponseTimeOptions = {
  readonly decay: number;
  readonly penalty: number;
};

/**
 * The backend with the least `latency * (requests in flight + 1) / weight` of all (the formula of
 * nginx least_time), ties broken at random with equal chances; latency is a time-decayed mean.
 *
 * A full scan sends everything to whatever looks best, so nothing may look better than it is. A
 * backend without an answer yet gets one request, then counts as `penalty` until it has one (Traefik
 * lets it count as 0 and sends it everything meanwhile). A failure counts as `penalty` at once and not
 * as one sample among many, or what fails in a millisecond would draw all traffic until the mean has
 * caught up. And an estimate fades while its backend is left alone, so that it is tried again.
 */
export const leastResponseTime: StrategyDefinition<LeastResponseTimeOptions> = {
  honoursWeights: true,
  options: {
    decay: {
      kind: "duration",
      default: 10_000,
      meaning: "Time after which an answer, or what is known of an unused backend, weighs 37 %.",
    },
    penalty: {
      kind: "duration",
      default: 5_000,
      meaning:
        "What a failed attempt counts as, unless it took longer, and a missing first answer.",
    },
  },
  create: (deps, { decay, penalty }) => {
    const { latency } = deps;
    const load = new FadingLatency(latency, decay, penalty);
    let latencies = new Float64Array(0);
    let ties = new Uint32Array(0);
    return {
      rebuild() {},
      pick(ready, { now }) {
        if (latencies.length < ready.length) {
          latencies = new Float64Array(ready.length);
          ties = new Uint32Array(ready.length);
        }
        load.valuesMs(ready, now, latencies);
        let least = Infinity;
        let tied = 0;
        for (let index = 0; index < ready.length; index++) {
          const backend = ready[index] as Backend;
          const expectedMs = (latencies[index] as number) * (deps.inFlight(backend) + 1);
          const score = expectedMs / backend.weight;
          if (score > least) continue;
          if (score < least) tied = 0;
          least = score;
          ties[tied++] = index;
        }
        if (tied === 0) return undefined;
        const picked = ready[ties[drawBelow(tied, deps.random)] as number] as Backend;
        latency.tried(picked, now);
        return picked;
      },
      observe(backend, result, latencyMs, now) {
        const current = load.valueMs(backend, now);
        if (result === "failed") {
          latency.store(backend, Math.max(penalty, latencyMs, current), now);
        } else if (result === "answered" || latencyMs > current) {
          latency.store(backend, load.averageMs(backend, latencyMs, now), now);
        }
      },
      explain(backend, { now }) {
        const latencyMs = load.valueMs(backend, now);
        return { latencyMs, scoreMs: (latencyMs * (deps.inFlight(backend) + 1)) / backend.weight };
      },
    };
  },
};
