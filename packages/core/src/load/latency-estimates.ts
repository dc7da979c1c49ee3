import type { Backend } from "../backend.ts";
import type { Scoreboard } from "../scoreboard.ts";

/** Milliseconds; what the scoreboard tells apart from nothing measured. */
const leastMs = 1e-3;

/**
 * One latency estimate per backend, shared by all workers through the Scoreboard. Two workers that
 * update the same one within the same nanoseconds may lose one of the two samples, which an estimate
 * can bear; a value that was never written cannot appear, because a cell is written whole.
 *
 * Values are 32-bit floats. With a sample every millisecond and 10 s of decay, a sample moves the mean
 * by 1 in 10,000 of its difference: a float loses differences below 1 in 2,000 of the mean, where
 * whole microseconds would lose all below 5 ms. Ages are whole milliseconds.
 */
export class LatencyEstimates {
  readonly #scoreboard: Scoreboard;

  constructor(scoreboard: Scoreboard) {
    this.#scoreboard = scoreboard;
  }

  /** Milliseconds; 0 = nothing was measured yet. */
  valueMs(backend: Backend): number {
    return this.#scoreboard.latencyMs(backend.slot);
  }

  /** `valueMs` into a place of `values`, for scans. */
  read(backend: Backend, values: Float64Array, index: number): void {
    this.#scoreboard.readLatency(backend.slot, values, index);
  }

  /** Since the estimate was stored; never negative, meaningless when nothing was measured. */
  ageMs(backend: Backend, now: number): number {
    return this.#scoreboard.latencyAgeMs(backend.slot, now);
  }

  /** A stored estimate is never 0: what is faster than a microsecond counts as one. */
  store(backend: Backend, valueMs: number, now: number): void {
    this.#scoreboard.setLatency(backend.slot, Math.max(leastMs, valueMs), now);
  }

  /** Since the backend was last picked by a strategy that measures, or measured; 2^31 - 1 = never. */
  untriedMs(backend: Backend, now: number): number {
    return this.#scoreboard.triedAgeMs(backend.slot, now);
  }

  /** The backend is picked. */
  tried(backend: Backend, now: number): void {
    this.#scoreboard.setTried(backend.slot, now);
  }
}
