import type { BreakerState, HealthChange } from "@evenkeel/core";

/** What made an ejection, in few words; the change's reason has the figures. */
export const ejectionCauses = ["consecutive-failures", "outlier", "failed-trial"] as const;
export type EjectionCause = (typeof ejectionCauses)[number];

/** What happened to one backend since the start, for metrics: counts that only grow. */
export class HealthCounts {
  readonly checks: { passed: number; failed: number } = { passed: 0, failed: 0 };
  readonly ejections: Record<EjectionCause, number> = {
    "consecutive-failures": 0,
    outlier: 0,
    "failed-trial": 0,
  };
  #breaker: BreakerState = "closed";

  checked(passed: boolean): void {
    this.checks[passed ? "passed" : "failed"]++;
  }

  /** `cause` is of the event that made the change; null for one that ejects nobody. */
  changed({ breaker }: HealthChange, cause: EjectionCause | null): void {
    const wasOpen = this.#breaker === "open";
    this.#breaker = breaker;
    if (breaker === "open" && !wasOpen && cause !== null) this.ejections[cause]++;
  }
}
