import { DurationHistogram, histogramCells } from "./duration-histogram.ts";

const everyMs = 100;

/** How late a timer of this thread comes. Data-plane threads measure it with the timer they have anyway. */
export class LoopDelay {
  readonly delays: DurationHistogram = new DurationHistogram(new Float64Array(histogramCells));
  #timer: NodeJS.Timeout | null = null;

  start(): void {
    let lookedAt = performance.now();
    this.#timer = setInterval(() => {
      const now = performance.now();
      this.delays.record(now - lookedAt - everyMs);
      lookedAt = now;
    }, everyMs);
    this.#timer.unref();
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
  }
}
