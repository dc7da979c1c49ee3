import type { Random } from "../runtime.ts";
import { CheckedHealth, type Joined } from "./checked-health.ts";
import { Ejection, type EjectionRules } from "./ejection.ts";
import type {
  BackendHealthView,
  BackendStatus,
  BreakerState,
  CappedEjection,
  HealthChange,
  OperatorState,
  Permission,
} from "./health-change.ts";
import type { CheckSettings, HealthMember } from "./health-settings.ts";
import { nextRampStepAt, slowStartShare } from "./slow-start.ts";
import { secondsText } from "./wording.ts";

/** What of its pool's settings one backend needs. */
export interface BackendRules {
  readonly ejection: EjectionRules;
  /** False when nothing ejects any more: a breaker that is open then closes. */
  readonly ejects: boolean;
  readonly slowStartMs: number;
}

interface Shown {
  readonly status: BackendStatus;
  readonly breaker: BreakerState;
  readonly permission: Permission;
  readonly trialRound: number;
}

/**
 * Everything known about one backend, by sources that do not overwrite each other: the operator, the
 * active checks, the breaker, and the time since it came back. PoolHealth decides what depends on the
 * other backends, and asks `takeChange` after whatever it did.
 */
export class BackendHealth {
  readonly id: string;
  readonly #checks: CheckedHealth;
  readonly #ejection: Ejection = new Ejection();
  #rules: BackendRules;
  #operator: OperatorState = "active";
  /** Half-open, and a check passed since, or there are none. */
  #isOnTrial = false;
  #isCheckedSinceBreakerMoved = true;
  #capped: CappedEjection | null = null;

  /** `ownPermission` as `takeChange` last saw it, and since when: the start of a ramp or of a trial. */
  #granted: Permission;
  #grantedAt: number;
  /** Counts grants of trial tokens, so that giving them again is a change. */
  #trialRound = 0;
  #shown: Shown;
  #since: number;
  #reason: string;

  constructor(member: HealthMember, joined: Joined, rules: BackendRules, now: number) {
    this.id = member.id;
    this.#checks = new CheckedHealth(member.check, joined);
    this.#rules = rules;
    this.#granted = this.ownPermission;
    // At the start of the process nobody was out: no ramp.
    this.#grantedAt = joined === "later" ? now : -Infinity;
    this.#shown = this.#shownNow(false);
    this.#since = now;
    this.#reason = this.#checks.isOn ? "not checked yet" : "no active check is configured";
  }

  get status(): BackendStatus {
    if (this.#operator !== "active") return this.#operator;
    const { verdict } = this.#checks;
    return verdict === "unhealthy" || this.breaker === "closed" ? verdict : "ejected";
  }

  get breaker(): BreakerState {
    return this.#ejection.breaker;
  }

  /** What this backend alone deserves; a panic may grant it more. */
  get ownPermission(): Permission {
    if (!this.isActive || !this.#checks.allowsTraffic) return "none";
    if (this.breaker === "closed") return "full";
    return this.#isOnTrial ? "trial" : "none";
  }

  /** Ejected backends serve in a panic. One on trial does not need it: it is about to be decided. */
  permission(isPanicking: boolean): Permission {
    const own = this.ownPermission;
    return own === "none" && isPanicking && this.status === "ejected" ? "full" : own;
  }

  trialTokens(isPanicking: boolean): number {
    return this.permission(isPanicking) === "trial" ? this.#rules.ejection.halfOpenRequests : 0;
  }

  /** It drains, and is fit to serve the clients that belong to it. */
  get servesBound(): boolean {
    const isFit = this.#checks.allowsTraffic && this.breaker === "closed";
    return this.#operator === "draining" && isFit;
  }

  /** The operator has not taken it out. */
  get isActive(): boolean {
    return this.#operator === "active";
  }

  /** Joined a running pool and was not judged yet. */
  get awaitsFirstCheck(): boolean {
    return this.#checks.awaitsFirstCheck;
  }

  /** Serves in full, and not only because nobody else could. */
  get isSound(): boolean {
    return this.ownPermission === "full" && !this.#checks.servesOnTrust;
  }

  /** When it began to serve in full; Infinity while it does not. */
  get servesSince(): number {
    return this.#granted === "full" ? this.#grantedAt : Infinity;
  }

  get wantsCheck(): boolean {
    if (!this.#checks.isOn) return false;
    if (this.#checks.inTransition) return true;
    return this.breaker !== "closed" && !this.#isCheckedSinceBreakerMoved;
  }

  rampShare(now: number): number {
    if (this.#granted !== "full") return 1;
    return slowStartShare(now - this.#grantedAt, this.#rules.slowStartMs);
  }

  /**
   * `isNeeded`: no other backend is sound, so one passed check has to do. True if it did: without the
   * need, this check would have changed less.
   */
  checkPassed(isNeeded: boolean, now: number): boolean {
    if (!this.#checks.isOn) return false;
    const { verdict: before, servesOnTrust } = this.#checks;
    this.#checks.passed(isNeeded, now);
    const isTrusted = this.#checks.servesOnTrust && !servesOnTrust;
    const isEarly = this.breaker === "open" && isNeeded;
    const isBack = before === "unhealthy" && this.#checks.verdict === "healthy";
    if (isEarly || (isBack && this.#isFirstEjection)) this.#ejection.halfOpen();
    this.#isOnTrial = this.breaker === "half-open" && this.#checks.allowsTraffic;
    this.#isCheckedSinceBreakerMoved = true;
    return isTrusted || isEarly;
  }

  /** In half-open it leaves the trial to the next check that passes. */
  checkFailed(reason: string, now: number): void {
    if (!this.#checks.isOn) return;
    this.#checks.failed(reason, now);
    this.#isOnTrial = false;
    this.#isCheckedSinceBreakerMoved = true;
  }

  eject(random: Random, now: number): void {
    this.#ejection.open(this.#rules.ejection, random, now);
    this.#isOnTrial = false;
    this.#isCheckedSinceBreakerMoved = false;
  }

  /** Should have been ejected, but the pool could not spare it. */
  ejectionCapped(reason: string, now: number): void {
    this.#capped = { count: (this.#capped?.count ?? 0) + 1, reason, at: now };
  }

  /** A trial request was answered, well or not. Nothing once the trial is over. */
  trialEnded(succeeded: boolean, random: Random, now: number): void {
    if (!this.#isOnTrial) return;
    if (succeeded) this.#close(now);
    else this.eject(random, now);
  }

  setOperatorState(state: OperatorState): void {
    this.#operator = state;
  }

  /** Time passed. What it changed, for people, or null. */
  advance(now: number): string | null {
    const { quietIntervalMs, resetTimeoutMs } = this.#rules.ejection;
    this.#ejection.forget(quietIntervalMs, now);
    if (this.#ejection.isOver(now)) {
      this.#halfOpen();
      return `ejection of ${secondsText(this.#ejection.lengthMs)} ended`;
    }
    if (now < this.#trialEndsAt) return null;
    this.#grantTrial(now);
    return `no trial request was answered within ${secondsText(resetTimeoutMs)}`;
  }

  /** When `advance` has something to do, or the ramp goes on; Infinity = never by time alone. */
  nextAdvanceAt(now: number): number {
    const { ejection, slowStartMs } = this.#rules;
    const breakerAt = this.#ejection.nextAt(ejection.quietIntervalMs);
    const isRamping = this.#granted === "full";
    const rampAt = isRamping ? nextRampStepAt(this.#grantedAt, slowStartMs, now) : Infinity;
    return Math.min(breakerAt, this.#trialEndsAt, rampAt);
  }

  /** The configuration changed: other thresholds and times from now on, what is known stays. */
  retune(check: CheckSettings | null, rules: BackendRules, now: number): void {
    this.#rules = rules;
    this.#checks.retune(check);
    // Nobody will check it any more: the trial is all that is left to wait for.
    if (check === null) this.#isOnTrial = this.breaker === "half-open";
    if (!rules.ejects && this.breaker !== "closed") this.#close(now);
  }

  /** What changed since the last call, or undefined; `reason` says why, for people. */
  takeChange(reason: string, isPanicking: boolean, now: number): HealthChange | undefined {
    this.#followGrant(now);
    const before = this.#shown;
    const after = this.#shownNow(isPanicking);
    if (isSame(before, after)) return undefined;
    this.#shown = after;
    this.#reason = reason;
    if (before.status !== after.status) this.#since = now;
    const { status: to, breaker, permission } = after;
    const trialTokens = this.trialTokens(isPanicking);
    const what = { backend: this.id, from: before.status, to, breaker, permission, trialTokens };
    return { ...what, reason, at: now, untilMs: this.#ejection.untilMs };
  }

  view(isPanicking: boolean): BackendHealthView {
    const { consecutiveSuccesses, consecutiveFailures, lastCheck, lastError } = this.#checks;
    return {
      status: this.status,
      breaker: this.breaker,
      permission: this.permission(isPanicking),
      since: this.#since,
      reason: this.#reason,
      ejectedUntil: this.#ejection.untilMs,
      ejections: this.#ejection.count,
      consecutiveSuccesses,
      consecutiveFailures,
      lastCheck,
      lastError,
      capped: this.#capped,
    };
  }

  /** The checks saw it fail and saw it come back: the first time there is no need to sit out the rest. */
  get #isFirstEjection(): boolean {
    return this.breaker === "open" && this.#ejection.count === 1;
  }

  /** When a trial request without a result counts as lost; Infinity while none may be out. */
  get #trialEndsAt(): number {
    if (this.#granted !== "trial") return Infinity;
    return this.#grantedAt + this.#rules.ejection.resetTimeoutMs;
  }

  #halfOpen(): void {
    this.#ejection.halfOpen();
    this.#isOnTrial = !this.#checks.isOn;
    this.#isCheckedSinceBreakerMoved = false;
  }

  #close(now: number): void {
    this.#ejection.close(now);
    this.#isOnTrial = false;
  }

  #grantTrial(now: number): void {
    this.#grantedAt = now;
    this.#trialRound += 1;
  }

  /** A ramp or a trial begins when the permission is granted, for whatever reason it was not before. */
  #followGrant(now: number): void {
    const own = this.ownPermission;
    if (own === this.#granted) return;
    this.#granted = own;
    if (own === "trial") this.#grantTrial(now);
    else this.#grantedAt = now;
  }

  #shownNow(isPanicking: boolean): Shown {
    return {
      status: this.status,
      breaker: this.breaker,
      permission: this.permission(isPanicking),
      trialRound: this.#trialRound,
    };
  }
}

function isSame(one: Shown, other: Shown): boolean {
  return (
    one.status === other.status &&
    one.breaker === other.breaker &&
    one.permission === other.permission &&
    one.trialRound === other.trialRound
  );
}
