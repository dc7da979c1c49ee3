import type { CheckSettings } from "./health-settings.ts";
import { RiseFall, type CheckedStatus, type RiseFallThresholds } from "./rise-fall.ts";

/** `start`: with the process, when all backends take traffic. `later`: no traffic before a check passed. */
export type Joined = "start" | "later";

/** What active checks know about one backend, and whether that lets it have traffic. */
export class CheckedHealth {
  /** null = there are no active checks. */
  #machine: RiseFall | null;
  #awaitsFirstCheck: boolean;
  #servesOnTrust = false;
  #lastCheck: number | null = null;
  #lastError: string | null = null;

  constructor(check: CheckSettings | null, joined: Joined) {
    const initial = joined === "start" ? check?.initialState : "unknown";
    this.#machine = check === null ? null : new RiseFall(check, initial);
    this.#awaitsFirstCheck = check !== null && joined === "later";
  }

  get isOn(): boolean {
    return this.#machine !== null;
  }

  /** Without checks `healthy`: nothing speaks against it. */
  get verdict(): CheckedStatus {
    return this.#machine?.status ?? "healthy";
  }

  /** Joined a running pool and was not judged yet: it is not missing, it has not come. */
  get awaitsFirstCheck(): boolean {
    return this.#awaitsFirstCheck;
  }

  /** Unhealthy, but its latest check passed when nobody else could serve. */
  get servesOnTrust(): boolean {
    return this.#servesOnTrust;
  }

  get allowsTraffic(): boolean {
    if (this.#awaitsFirstCheck) return false;
    return this.verdict !== "unhealthy" || this.#servesOnTrust;
  }

  get inTransition(): boolean {
    return this.#machine?.inTransition ?? false;
  }

  get consecutiveSuccesses(): number {
    return this.#machine?.consecutiveSuccesses ?? 0;
  }

  get consecutiveFailures(): number {
    return this.#machine?.consecutiveFailures ?? 0;
  }

  /** Monotonic milliseconds; null = never. */
  get lastCheck(): number | null {
    return this.#lastCheck;
  }

  /** Why the last failed check failed; null = none did. */
  get lastError(): string | null {
    return this.#lastError;
  }

  passed(isNeeded: boolean, now: number): void {
    if (this.#machine === null) return;
    this.#lastCheck = now;
    this.#machine.record(true);
    this.#awaitsFirstCheck = false;
    this.#servesOnTrust = this.verdict === "unhealthy" && (isNeeded || this.#servesOnTrust);
  }

  failed(reason: string, now: number): void {
    if (this.#machine === null) return;
    this.#lastCheck = now;
    this.#lastError = reason;
    this.#machine.record(false);
    this.#awaitsFirstCheck &&= this.verdict !== "unhealthy";
    this.#servesOnTrust = false;
  }

  /** null = checks are switched off. */
  retune(thresholds: RiseFallThresholds | null): void {
    if (thresholds === null) {
      this.#machine = null;
      this.#awaitsFirstCheck = false;
      this.#servesOnTrust = false;
    } else if (this.#machine === null) this.#machine = new RiseFall(thresholds);
    else this.#machine.retune(thresholds);
  }
}
