import { LatencyHistogram } from "./latency-histogram.ts";

const slots = 4;

/** Latencies of the last second, for whoever looks four times in it: {@link turn} forgets the oldest quarter. */
export class LastSecond {
  readonly #slots: readonly LatencyHistogram[] = Array.from(
    { length: slots },
    () => new LatencyHistogram(),
  );
  #current = 0;

  /** A response took so long. */
  record(latencyUs: number): void {
    this.#slots[this.#current]?.record(latencyUs);
  }

  /** Percentiles of what is remembered, `null` for nothing; then a new quarter begins. */
  turn(): { readonly p50Us: number | null; readonly p99Us: number | null } {
    const whole = new LatencyHistogram();
    for (const slot of this.#slots) whole.add(slot);
    this.#current = (this.#current + 1) % slots;
    this.#slots[this.#current]?.reset();
    if (whole.count === 0) return { p50Us: null, p99Us: null };
    return { p50Us: whole.percentile(50), p99Us: whole.percentile(99) };
  }
}
