const tickMs = 10;

/**
 * How long the machine did not let this process run: the most that a timer was late. Next to nothing on a
 * quiet machine, since the suite itself hardly works while a case is measured.
 */
export class StallWatch {
  #longestMs = 0;
  #dueAt: number;
  readonly #timer: NodeJS.Timeout;

  constructor() {
    this.#dueAt = performance.now() + tickMs;
    this.#timer = setInterval(() => {
      const now = performance.now();
      this.#longestMs = Math.max(this.#longestMs, now - this.#dueAt);
      this.#dueAt = now + tickMs;
    }, tickMs).unref();
  }

  get longestMs(): number {
    return this.#longestMs;
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

const calmMs = 10;
const calmForMs = 1_000;

/** Waits until the machine was quiet for a second, or for `atMostMs`. */
export async function untilQuiet(atMostMs: number): Promise<void> {
  const deadlineAt = performance.now() + atMostMs;
  while (performance.now() < deadlineAt) {
    const watch = new StallWatch();
    await new Promise((resolve) => setTimeout(resolve, calmForMs));
    watch.stop();
    if (watch.longestMs < calmMs) return;
  }
}
