/** A timer that is later than this was held up by us. */
const stallMs = 50;
/** Who stands still again and again is too busy to tell, and a backend that hangs must be found some time. */
const mostExtensions = 3;

/**
 * The time that a backend has to answer a check. Time in which this thread stood still is not the
 * backend's: its answer may have come meanwhile and not have been read, or our question not have been sent. Without
 * this, a control plane that is starved of CPU for a moment takes every backend out at once.
 */
export class CheckDeadline {
  readonly #controller = new AbortController();
  #timer: NodeJS.Timeout;
  #extensions = 0;

  constructor(timeoutMs: number) {
    this.#timer = this.#start(timeoutMs);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The check has ended. */
  clear(): void {
    clearTimeout(this.#timer);
  }

  #start(milliseconds: number): NodeJS.Timeout {
    const dueAt = performance.now() + milliseconds;
    return setTimeout(() => {
      const lateMs = performance.now() - dueAt;
      if (lateMs > stallMs && this.#extensions++ < mostExtensions)
        this.#timer = this.#start(lateMs);
      else this.#controller.abort(new DOMException("the check took too long", "TimeoutError"));
    }, milliseconds).unref();
  }
}
