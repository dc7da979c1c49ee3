import type { Backend } from "../backend.ts";
import { DecayTable } from "./decay-table.ts";
import type { LatencyEstimates } from "./latency-estimates.ts";

/**
 * Latency estimates as a load metric: averaged by time, and fading while a backend is left alone.
 *
 * Fading is what keeps a strategy from starving a backend that was slow once: without traffic there is
 * no sample that could say it is fast now, so its estimate must fall by itself until the backend is
 * tried again (Finagle and linkerd let it decay with the time since the last sample). Here the time
 * since the last *try* counts instead. The two differ only while a try has no answer yet, and then
 * the difference matters: an estimate that fades on would draw more and more requests to a backend
 * that hangs, and one that has faded to nothing, after an idle night, would draw all of them until
 * the first answer. One request tries the backend, and the old estimate holds until it is answered
 * or has faded once more. A backend never tried counts as 0, so its first request is free (Finagle).
 *
 * Reading changes nothing.
 */
export class FadingLatency {
  readonly #estimates: LatencyEstimates;
  readonly #decay: DecayTable;
  readonly #unmeasuredMs: number;

  /**
   * `decayMs` is the time after which an estimate's weight is 1/e (algorithms.md section 3.1).
   * `unmeasuredMs` is assumed of a backend that was tried and never measured.
   */
  constructor(estimates: LatencyEstimates, decayMs: number, unmeasuredMs: number) {
    this.#estimates = estimates;
    this.#decay = new DecayTable(decayMs);
    this.#unmeasuredMs = unmeasuredMs;
  }

  /** The estimate as it stands now, in milliseconds. */
  valueMs(backend: Backend, now: number): number {
    const valueMs = this.#estimates.valueMs(backend) || this.#unmeasuredMs;
    return valueMs * this.#decay.leftAfter(this.#estimates.untriedMs(backend, now));
  }

  /** `valueMs` into a place of `values`: no result, so no heap, where the call is not inlined. */
  read(backend: Backend, now: number, values: Float64Array, index: number): void {
    this.#estimates.read(backend, values, index);
    if (values[index] === 0) values[index] = this.#unmeasuredMs;
    this.#decay.fade(values, index, this.#estimates.untriedMs(backend, now));
  }

  /** `valueMs` of each, into the place of the same index. */
  valuesMs(backends: readonly Backend[], now: number, values: Float64Array): void {
    for (let index = 0; index < backends.length; index++) {
      this.read(backends[index] as Backend, now, values, index);
    }
  }

  /**
   * The mean after one more sample, which weighs the more the longer ago the last one was. A first
   * sample is the mean. By time, not by count: a count reacts slowly where traffic is low.
   */
  averageMs(backend: Backend, sampleMs: number, now: number): number {
    const valueMs = this.#estimates.valueMs(backend);
    return valueMs === 0 ? sampleMs : sampleMs + (valueMs - sampleMs) * this.#keptAt(backend, now);
  }

  /**
   * The same, but a sample above what time has left of the estimate replaces it (linkerd-ewma
   * `add_peak`): a backend gets slow at once and fast again only by and by.
   */
  peakMs(backend: Backend, sampleMs: number, now: number): number {
    const leftMs = this.#estimates.valueMs(backend) * this.#keptAt(backend, now);
    return sampleMs > leftMs ? sampleMs : this.averageMs(backend, sampleMs, now);
  }

  /** The weight that the stored estimate has beside a sample of now: 1 at once, then less. */
  #keptAt(backend: Backend, now: number): number {
    return this.#decay.leftAfter(this.#estimates.ageMs(backend, now));
  }
}
