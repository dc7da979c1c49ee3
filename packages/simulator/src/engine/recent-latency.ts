const kept = 16;

/** The latencies of the last requests that ended, for what a server answers to a probe. */
export class RecentLatency {
  readonly #values: number[] = [];
  #next = 0;

  record(latencyMs: number): void {
    this.#values[this.#next] = latencyMs;
    this.#next = (this.#next + 1) % kept;
  }

  /** 0 when none has ended. */
  medianMs(): number {
    const sorted = this.#values.toSorted((one, other) => one - other);
    return sorted[sorted.length >> 1] ?? 0;
  }
}
