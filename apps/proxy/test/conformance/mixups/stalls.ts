import type { Random } from "./random.ts";

const running = 0;
const stalled = 1;
const held = 2;

/** Tells the backends' thread when the proxy's thread stands still, and lets it finish what it does then. */
export class StallSignal {
  readonly #cells: Int32Array;

  constructor(shared: SharedArrayBuffer) {
    this.#cells = new Int32Array(shared);
  }

  static allocate(): SharedArrayBuffer {
    return new SharedArrayBuffer(8);
  }

  /** Number of the stall that lasts now; 0 when none does. */
  get current(): number {
    return Atomics.load(this.#cells, 0) === running ? 0 : Atomics.load(this.#cells, 1);
  }

  /** Stops this thread. */
  stall(ms: number): void {
    Atomics.add(this.#cells, 1, 1);
    Atomics.store(this.#cells, 0, stalled);
    Atomics.wait(this.#cells, 0, stalled, ms);
    while (Atomics.compareExchange(this.#cells, 0, stalled, running) === held) {
      Atomics.wait(this.#cells, 0, held, 1);
    }
  }

  /** Runs `act` if that stall still lasts, which it then does until `act` has returned. */
  during(stall: number, act: () => void): void {
    if (Atomics.load(this.#cells, 1) !== stall) return;
    if (Atomics.compareExchange(this.#cells, 0, stalled, held) !== stalled) return;
    try {
      act();
    } finally {
      Atomics.store(this.#cells, 0, stalled);
    }
  }
}

/**
 * `timers`: before the loop polls. `poll`: in the middle of it, after the proxy may have read a
 * request and before it writes it.
 */
export type StallPhase = "timers" | "poll" | "never";

const longestMs = 100;
const gapMs = 150;

/** Stalls this thread, which is the proxy's, every now and then. */
export class Stalls {
  readonly #signal: StallSignal;
  readonly #random: Random;
  readonly #phase: StallPhase;
  readonly #timer: NodeJS.Timeout;
  #isDue = false;
  count = 0;

  constructor(signal: StallSignal, random: Random, phase: StallPhase) {
    this.#signal = signal;
    this.#random = random;
    this.#phase = phase;
    this.#timer = setInterval(() => this.#tick(), gapMs);
  }

  /** To be called wherever the loop polls. */
  inPoll(): void {
    if (this.#isDue) this.#stall();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #tick(): void {
    if (this.#phase === "poll") this.#isDue = true;
    else if (this.#phase === "timers") this.#stall();
  }

  #stall(): void {
    this.#isDue = false;
    this.count++;
    this.#signal.stall(this.#random.below(longestMs));
  }
}
