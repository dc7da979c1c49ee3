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
  readonly #thresholds: RiseFallThresholds;
  #status: CheckedStatus = "unknown";
  #consecutiveSuccesses = 0;
  #consecutiveFailures = 0;

  constructor(thresholds: RiseFallThresholds) {
    requireThreshold("unhealthyThreshold", thresholds.unhealthyThreshold);
    requireThreshold("healthyThreshold", thresholds.healthyThreshold);
    this.#thresholds = thresholds;
  }

  /** Takes one check's result. Returns the change of verdict, if this result made one. */
  record(passed: boolean): HealthTransition | undefined {
    this.#consecutiveSuccesses = passed ? this.#consecutiveSuccesses + 1 : 0;
    this.#consecutiveFailures = passed ? 0 : this.#consecutiveFailures + 1;
    const from = this.#status;
    this.#status = this.#verdict();
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
    if (this.#status === "unknown") return true;
    return this.#status === "healthy"
      ? this.#consecutiveFailures > 0
      : this.#consecutiveSuccesses > 0;
  }

  #verdict(): CheckedStatus {
    if (this.#consecutiveFailures >= this.#thresholds.unhealthyThreshold) return "unhealthy";
    const needed = this.#status === "unknown" ? 1 : this.#thresholds.healthyThreshold;
    if (this.#consecutiveSuccesses >= needed) return "healthy";
    return this.#status;
  }
}

function requireThreshold(name: string, value: number): void {
  if (Number.isSafeInteger(value) && value >= 1) return;
  throw new EvenkeelError("EVENKEEL_THRESHOLD", `${name} ${value}`);
}
