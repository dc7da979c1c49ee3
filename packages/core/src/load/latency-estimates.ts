import type { Backend } from "../backend.ts";
import type { Scoreboard } from "../scoreboard.ts";

/**
 * One latency estimate per backend, shared by all workers through the Scoreboard. Two workers that
 * update the same one within the same nanoseconds may lose one of the two samples, which an estimate
 * can bear; a value that was never written cannot appear, because a cell is written whole.
 *
 * The scoreboard keeps whole microseconds and whole milliseconds of age.
 */
export class LatencyEstimates {
  readonly #scoreboard: Scoreboard;

  constructor(scoreboard: Scoreboard) {
    this.#scoreboard = scoreboard;
  }

  /** Milliseconds; 0 = nothing was measured yet. */
  valueMs(backend: Backend): number {
    return this.#scoreboard.latencyUs(backend.slot) / 1_000;
  }

  /** Since the estimate was stored; never negative, meaningless when nothing was measured. */
  ageMs(backend: Backend, now: number): number {
    return this.#scoreboard.latencyAgeMs(backend.slot, now);
  }

  /** A stored estimate is never 0: what is faster than a microsecond counts as one. */
  store(backend: Backend, valueMs: number, now: number): void {
    this.#scoreboard.setLatency(backend.slot, Math.max(1, Math.round(valueMs * 1_000)), now);
  }
}
