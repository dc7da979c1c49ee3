/** `count` requests per `perMs` milliseconds on average, and `burst` of them at one moment. */
export interface RateSettings {
  readonly count: number;
  readonly perMs: number;
  readonly burst: number;
}

const leastTicksPerMs = 10;
const fewestTicksPerToken = 10;

/**
 * The generic cell rate algorithm (ITU-T I.371; algorithms.md section 10): a token bucket whose whole
 * state is one number per key, the theoretical arrival time (`tat`) at which its bucket is full again.
 *
 *   T = 1 / rate    tau = T * burst    next = max(now, tat) + T    refused when now < next - tau
 *
 * Times are whole ticks. A tick is at most a tenth of a millisecond and at most a tenth of T, chosen
 * such that T is a whole number of them: so no rounding ever adds up, and only `now` is rounded, down,
 * which lets a token come up to one tick late and never early.
 */
export class Gcra {
  /** T. */
  readonly tokenTicks: number;
  /** tau: how far ahead of now a key's `tat` may be. */
  readonly burstTicks: number;
  readonly #ticksPerMs: number;

  constructor({ count, perMs, burst }: RateSettings) {
    const tokenMs = perMs / count;
    this.tokenTicks = Math.max(fewestTicksPerToken, Math.ceil(tokenMs * leastTicksPerMs));
    this.burstTicks = this.tokenTicks * burst;
    this.#ticksPerMs = (this.tokenTicks * count) / perMs;
  }

  ticksAt(nowMs: number): number {
    return Math.floor(nowMs * this.#ticksPerMs);
  }

  /** Of a time span. */
  milliseconds(ticks: number): number {
    return ticks / this.#ticksPerMs;
  }

  /** The `tat` to store if the request is allowed. */
  next(tat: number, now: number): number {
    return Math.max(now, tat) + this.tokenTicks;
  }

  /** Ticks until a request with this `next` is allowed; not above 0 when it is now. */
  wait(next: number, now: number): number {
    return next - this.burstTicks - now;
  }

  /** Requests that are allowed at this moment. */
  remaining(tat: number, now: number): number {
    const used = Math.max(0, tat - now);
    return Math.max(0, Math.floor((this.burstTicks - used) / this.tokenTicks));
  }

  /** Ticks until one more than that is allowed; 0 when all of them are there. */
  untilMore(tat: number, now: number): number {
    const used = Math.max(0, tat - now);
    return used % this.tokenTicks === 0 ? Math.min(used, this.tokenTicks) : used % this.tokenTicks;
  }
}
