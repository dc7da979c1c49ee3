import type { Backend, Random } from "@evenkeel/core";
import type {
  LeaseSourceParts,
  ProbeAnswer,
  StrategyUnderTest,
} from "../engine/strategy-under-test.ts";
import { unregistered } from "./unregistered.ts";

/** The paper's baseline parameters (algorithms.md section 4.2). */
const poolSize = 16;
const probesPerRequest = 3;
const maxAgeMs = 1_000;
const rifQuantile = 0.84;
const loadsRemembered = 128;

interface Probe extends ProbeAnswer {
  readonly backend: Backend;
  readonly at: number;
  inFlight: number;
}

/**
 * Prequal as one would first write it into a proxy: one pool of probes for all traffic, and backends
 * that answer with the median of their last latencies, however long ago those were. An idle backend
 * keeps telling how slow it was when it was overloaded, so the traffic stays where it is (section 4.5):
 * a simulator that cannot show this herding cannot be believed.
 */
export const naivePrequal: StrategyUnderTest = unregistered(
  "prequal, naive probes",
  ({ random }, parts) => {
    const probes = new ProbePool(parts, random);
    return {
      rebuild() {},
      pick(ready, { now }) {
        const picked = probes.choose(now) ?? ready[Math.floor(random() * ready.length)];
        probes.ask(ready, now);
        return picked;
      },
    };
  },
);

class ProbePool {
  readonly #parts: LeaseSourceParts;
  readonly #random: Random;
  readonly #loads: number[] = [];
  #probes: Probe[] = [];

  constructor(parts: LeaseSourceParts, random: Random) {
    this.#parts = parts;
    this.#random = random;
  }

  /** By the hot-cold rule; undefined when fewer than two answers are fresh. */
  choose(now: number): Backend | undefined {
    this.#probes = this.#probes.filter(({ at }) => now - at <= maxAgeMs);
    if (this.#probes.length < 2) return undefined;
    const threshold = this.#threshold();
    const cold = this.#probes.filter(({ inFlight }) => inFlight <= threshold);
    const best =
      cold.length > 0
        ? leastOf(cold, ({ latencyMs }) => latencyMs)
        : leastOf(this.#probes, ({ inFlight }) => inFlight);
    best.inFlight++;
    return best.backend;
  }

  /** The answers are there for the next request. */
  ask(ready: readonly Backend[], now: number): void {
    for (let asked = 0; asked < probesPerRequest; asked++) {
      const backend = ready[Math.floor(this.#random() * ready.length)] as Backend;
      const answer = this.#parts.probe(backend);
      this.#remember(answer.inFlight);
      this.#probes = this.#probes.filter((probe) => probe.backend !== backend);
      this.#probes.push({ ...answer, backend, at: now });
      if (this.#probes.length > poolSize) this.#probes.shift();
    }
  }

  #remember(inFlight: number): void {
    this.#loads.push(inFlight);
    if (this.#loads.length > loadsRemembered) this.#loads.shift();
  }

  #threshold(): number {
    const sorted = this.#loads.toSorted((one, other) => one - other);
    return sorted[Math.floor(rifQuantile * sorted.length)] ?? 0;
  }
}

function leastOf(probes: readonly Probe[], measure: (probe: Probe) => number): Probe {
  return probes.reduce((best, probe) => (measure(probe) < measure(best) ? probe : best));
}
