/** How much longer than in the long run answers may take: Gradient2. Means of few samples vary. */
const tolerance = 1.5;
const leastGradient = 0.5;
const smoothing = 0.2;
const initialLimit = 20;
const leastLimit = 1;

/** A window ends when it is as old as this and has as many samples. */
const windowMs = 250;
const leastSamples = 10;
/** The first windows are averaged as they are, the later ones as if there were this many: Gradient2. */
const longWindows = 600;
const warmupWindows = 10;
/** How often the limit is lowered for two windows, to see how fast the backend is when nobody waits there. */
const windowsBetweenDips = 40;
const dipShare = 1 / 4;

/**
 * Finds how many requests one backend can serve at a time, from its latency: Netflix's Gradient2 with
 * the head room of Envoy's (algorithms.md section 9.1). The limit shrinks when answers of the last
 * window took longer than `tolerance` times what they take in the long run, and grows by its square root
 * otherwise; with S slots it settles between S and 2S, because some must wait or a slot would be idle.
 *
 * What misleads such limits, and what is done about it:
 * - Failures are fast and say nothing of room: only successes are samples, and no canceled attempts.
 * - With little traffic any limit looks good: it moves only when at least half of it was in use.
 * - Requests that began under another limit tell of that one: a window counts those that began in it.
 * - Under lasting overload the long run gets slower because of the limit itself, which then grows, and
 *   so on: every so often the limit dips for a moment, and the long run becomes what answers take then.
 */
export class AdaptiveLimit {
  readonly #most: number;
  #limit: number;
  /** Of this window. */
  #mostInFlight = 0;
  #beganAt = -Infinity;
  #samples = 0;
  #sumMs = 0;
  /** What an answer takes in the long run; 0 = unknown. */
  #longMs = 0;
  #windows = 0;
  #busyWindows = 0;
  /** 2: the limit was lowered and those from before are still at the backend; 1: it is being measured. */
  #dip = 0;

  /** `most` is the ceiling, 1 or more. */
  constructor(most: number) {
    this.#most = most;
    this.#limit = Math.min(initialLimit, most);
  }

  /** Requests at a time, 1 or more. */
  get limit(): number {
    const current = this.#dip === 0 ? this.#limit : this.#limit * dipShare;
    return Math.max(leastLimit, Math.floor(current));
  }

  /**
   * A successful answer to an attempt that began at `startedAt`; monotonic milliseconds. `inFlight` counts
   * this one, too.
   */
  answered(startedAt: number, now: number, inFlight: number): void {
    if (startedAt < this.#beganAt) return;
    if (this.#beganAt === -Infinity) this.#begin(startedAt);
    if (inFlight > this.#mostInFlight) this.#mostInFlight = inFlight;
    this.#samples++;
    this.#sumMs += now - startedAt;
    if (this.#samples < leastSamples || now - this.#beganAt < windowMs) return;
    this.#take(this.#sumMs / this.#samples);
    this.#begin(now);
  }

  #begin(now: number): void {
    this.#beganAt = now;
    this.#samples = this.#sumMs = this.#mostInFlight = 0;
  }

  #take(shortMs: number): void {
    if (this.#dip > 0) {
      this.#takeDip(shortMs);
      return;
    }
    this.#average(shortMs);
    if (this.#mostInFlight < this.#limit / 2) return;
    const gradient = (tolerance * this.#longMs) / Math.max(shortMs, Number.MIN_VALUE);
    const clamped = Math.min(1, Math.max(leastGradient, gradient));
    const wanted = clamped * this.#limit + Math.sqrt(this.#limit);
    const next = this.#limit + smoothing * (wanted - this.#limit);
    this.#limit = Math.min(this.#most, Math.max(leastLimit, next));
    // The first one right after the warm-up, which may have begun under overload.
    if (++this.#busyWindows % windowsBetweenDips === warmupWindows) this.#dip = 2;
  }

  #average(shortMs: number): void {
    this.#windows++;
    const isWarmingUp = this.#windows <= warmupWindows;
    const weight = isWarmingUp ? 1 / this.#windows : 2 / (longWindows + 1);
    this.#longMs += weight * (shortMs - this.#longMs);
    // After a slow time: else the limit would stay too high until the long run has forgotten it.
    if (this.#longMs > 2 * shortMs) this.#longMs *= 0.95;
  }

  #takeDip(shortMs: number): void {
    this.#dip--;
    if (this.#dip === 0) this.#longMs = Math.min(this.#longMs, shortMs);
  }
}
