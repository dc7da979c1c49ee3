import type { Random } from "../runtime.ts";
import type { BreakerState } from "./health-change.ts";
import type { HealthSettings } from "./health-settings.ts";

/** How ejections last and end, whatever caused them. */
export interface EjectionRules {
  readonly resetTimeoutMs: number;
  readonly halfOpenRequests: number;
  readonly jitter: number;
  readonly maxEjected: number;
  readonly maxEjectionTimeMs: number;
  /** Time without an ejection that forgets one of those before. */
  readonly quietIntervalMs: number;
}

/**
 * Of the breaker when it is off, for ejections by statistics: Envoy's base ejection time. One trial
 * request risks one request.
 */
const breakerDefaults = { resetTimeoutMs: 30_000, halfOpenRequests: 1, jitter: 0.2 };

/** Of outlier detection when it is off, for ejections by the breaker: Envoy's interval and longest time. */
const outlierDefaults = { intervalMs: 10_000, maxEjected: 0.5, maxEjectionTimeMs: 300_000 };

/** The breaker and outlier detection eject by the same rules, even where one of them is off. */
export function ejectionRules({ breaker, outlier }: HealthSettings): EjectionRules {
  const { resetTimeoutMs, halfOpenRequests, jitter } = breaker ?? breakerDefaults;
  const { intervalMs, maxEjected, maxEjectionTimeMs } = outlier ?? outlierDefaults;
  return {
    resetTimeoutMs,
    halfOpenRequests,
    jitter,
    maxEjected,
    maxEjectionTimeMs,
    quietIntervalMs: intervalMs,
  };
}

/**
 * How many of `count` backends may be ejected at a time: at least one, where Envoy's 10 % of fewer than
 * ten would be none.
 */
export function ejectionCap(count: number, maxEjected: number): number {
  return Math.max(1, Math.floor(count * maxEjected));
}

/**
 * One backend's breaker. Open until a time, then half-open until somebody closes or opens it: time
 * alone closes nothing. The number of ejections in a row multiplies their length; it falls slowly
 * instead of back to 0, so a backend that flaps is out most of the time.
 */
export class Ejection {
  #breaker: BreakerState = "closed";
  /** In a row, 0 or more. */
  #count = 0;
  #lengthMs = 0;
  #endsAt = Infinity;
  /** Since when there was no ejection, as far as `#count` knows. */
  #quietSince = 0;

  get breaker(): BreakerState {
    return this.#breaker;
  }

  /** Ejections in a row. */
  get count(): number {
    return this.#count;
  }

  /** How long the last one lasts or lasted. */
  get lengthMs(): number {
    return this.#lengthMs;
  }

  /** null unless open. */
  get untilMs(): number | null {
    return this.#breaker === "open" ? this.#endsAt : null;
  }

  open(rules: EjectionRules, random: Random, now: number): void {
    const { resetTimeoutMs, maxEjectionTimeMs, jitter } = rules;
    // Counting on past the longest time would only make the forgetting longer.
    if (resetTimeoutMs * this.#count < maxEjectionTimeMs) this.#count += 1;
    this.#breaker = "open";
    const baseMs = Math.min(resetTimeoutMs * this.#count, maxEjectionTimeMs);
    this.#lengthMs = baseMs * (1 + jitter * random());
    this.#endsAt = now + this.#lengthMs;
  }

  halfOpen(): void {
    this.#breaker = "half-open";
  }

  close(now: number): void {
    this.#breaker = "closed";
    this.#quietSince = now;
  }

  /** Open, and its time is over. */
  isOver(now: number): boolean {
    return this.#breaker === "open" && now >= this.#endsAt;
  }

  /** Forgets one ejection per quiet interval. */
  forget(quietIntervalMs: number, now: number): void {
    while (this.#isForgetting && now >= this.#quietSince + quietIntervalMs) {
      this.#count -= 1;
      this.#quietSince += quietIntervalMs;
    }
  }

  /** When `isOver` turns true or `forget` has something to do; Infinity = never by time alone. */
  nextAt(quietIntervalMs: number): number {
    if (this.#breaker === "open") return this.#endsAt;
    return this.#isForgetting ? this.#quietSince + quietIntervalMs : Infinity;
  }

  get #isForgetting(): boolean {
    return this.#breaker === "closed" && this.#count > 0;
  }
}
