/** What happened to the requests that were due in one window. */
export interface WindowCounts {
  /** Start of the window in milliseconds since the start of the run. */
  readonly atMs: number;
  /** Requests that became due, the dropped ones included. */
  readonly due: number;
  readonly ok: number;
  /** Complete responses other than 2xx and 3xx. */
  readonly errorResponses: number;
  /** Without a complete response. */
  readonly lost: number;
  readonly dropped: number;
}

/** How a request ended, as far as windows care. */
export type WindowOutcome = "ok" | "errorResponses" | "lost" | "dropped";

const outcomes: readonly WindowOutcome[] = ["ok", "errorResponses", "lost", "dropped"];

/**
 * Counts per window of time. A request belongs to the window in which it was due, however late its outcome
 * came: a stall shows where it hit, not where it ended.
 */
export class WindowCounters {
  readonly windowMs: number;
  readonly #due: number[] = [];
  readonly #outcomes: Readonly<Record<WindowOutcome, number[]>> = {
    ok: [],
    errorResponses: [],
    lost: [],
    dropped: [],
  };

  constructor(windowMs = 100) {
    this.windowMs = windowMs;
  }

  /** A request became due. */
  due(intendedAtMs: number): void {
    increment(this.#due, this.#windowOf(intendedAtMs));
  }

  /** A request that was due then has ended. */
  ended(intendedAtMs: number, outcome: WindowOutcome): void {
    increment(this.#outcomes[outcome], this.#windowOf(intendedAtMs));
  }

  /** Every window from the first to the last one with a request, empty ones included. */
  rows(): WindowCounts[] {
    return Array.from({ length: this.#due.length }, (_, window) => ({
      atMs: window * this.windowMs,
      due: this.#due[window] ?? 0,
      ...(Object.fromEntries(
        outcomes.map((outcome) => [outcome, this.#outcomes[outcome][window] ?? 0]),
      ) as Record<WindowOutcome, number>),
    }));
  }

  #windowOf(atMs: number): number {
    return Math.max(0, Math.floor(atMs / this.windowMs));
  }
}

function increment(counts: number[], window: number): void {
  // Windows without a request get their zero here: a hole would make the array slow and the rows undefined.
  while (counts.length <= window) counts.push(0);
  counts[window] = (counts[window] ?? 0) + 1;
}
