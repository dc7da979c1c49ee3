import { EvenkeelError } from "../errors.ts";

/** What active checks say. `unknown` (nothing decided yet) takes traffic. */
export type CheckedStatus = "unknown" | "healthy" | "unhealthy";

export interface HealthTransition {
  readonly from: CheckedStatus;
  readonly to: CheckedStatus;
}

export interface RiseFallThresholds {
  /** Consecutive failures that make a backend unhealthy, 1 or more (HAProxy: fall). */
  readonly unhealthyThreshold: number;
  /** Consecutive passes that make an unhealthy backend healthy again, 1 or more (HAProxy: rise). */
  readonly healthyThreshold: number;
}

/**
 * The verdict over one backend's active checks: HAProxy's rise/fall machine (check.c), where a result
 * that agrees with the verdict forgets all that spoke against it. At start Envoy's rule holds instead:
 * the first pass counts at once, so that a restart is no outage.
 */
export class RiseFall {
  #thresholds: RiseFallThresholds;
  #status: CheckedStatus;
  /** Checks have decided: the status is no longer the one that was assumed at the start. */
  #isSettled = false;
  #consecutiveSuccesses = 0;
  #consecutiveFailures = 0;

  /** `initial` is what is assumed before checks have decided anything. */
  constructor(thresholds: RiseFallThresholds, initial: CheckedStatus = "unknown") {
    requireThresholds(thresholds);
    this.#thresholds = thresholds;
    this.#status = initial;
  }

  /** Other thresholds from the next result on; the verdict and the counts stay. */
  retune(thresholds: RiseFallThresholds): void {
    requireThresholds(thresholds);
    this.#thresholds = thresholds;
  }

  /** Takes one check's result. Returns the change of verdict, if this result made one. */
  record(passed: boolean): HealthTransition | undefined {
    this.#consecutiveSuccesses = passed ? this.#consecutiveSuccesses + 1 : 0;
    this.#consecutiveFailures = passed ? 0 : this.#consecutiveFailures + 1;
    const from = this.#status;
    this.#status = this.#verdict();
    this.#isSettled ||= passed || this.#hasFailedOften();
    return from === this.#status ? undefined : { from, to: this.#status };
  }

  get status(): CheckedStatus {
    return this.#status;
  }

  get consecutiveSuccesses(): number {
    return this.#consecutiveSuccesses;
  }

  get consecutiveFailures(): number {
    return this.#consecutiveFailures;
  }

  /** The latest result speaks against the verdict, or there is no verdict: check at the fast interval. */
  get inTransition(): boolean {
    if (!this.#isSettled) return true;
    return this.#status === "healthy"
      ? this.#consecutiveFailures > 0
      : this.#consecutiveSuccesses > 0;
  }

  #verdict(): CheckedStatus {
    if (this.#hasFailedOften()) return "unhealthy";
    const needed = this.#isSettled ? this.#thresholds.healthyThreshold : 1;
    if (this.#consecutiveSuccesses >= needed) return "healthy";
    return this.#status;
  }

  #hasFailedOften(): boolean {
    return this.#consecutiveFailures >= this.#thresholds.unhealthyThreshold;
  }
}

/** Throws EvenkeelError unless both are whole numbers of 1 or more. */
export function requireThresholds({
  unhealthyThreshold,
  healthyThreshold,
}: RiseFallThresholds): void {
  requireThreshold("unhealthyThreshold", unhealthyThreshold);
  requireThreshold("healthyThreshold", healthyThreshold);
}

/** Throws EvenkeelError unless `value` is a whole number of 1 or more. */
export function requireThreshold(name: string, value: number): void {
  if (Number.isSafeInteger(value) && value >= 1) return;
  throw new EvenkeelError("EVENKEEL_THRESHOLD", `${name} ${value}`);
}
