import type { Backend } from "./backend.ts";
import { isBreakingStatus, isFailureStatus, type Outcome } from "./outcome.ts";
import type { Scoreboard } from "./scoreboard.ts";
import type { AttemptResult } from "./strategies/strategy.ts";

/** Who is told, once, how an attempt on `backend` went. `status` is 0 where there was no head. */
export type Observe = (
  backend: Backend,
  result: AttemptResult,
  startedAt: number,
  status: number,
) => void;

/** What health is told of attempts; decisions are the control plane's. */
export interface HealthReports {
  /** Another failure, the `count`th in a row over all workers. */
  readonly failing: (backend: Backend, count: number) => void;
  /** Once per trial request that told something. */
  readonly trialEnded: (backend: Backend, hasSucceeded: boolean) => void;
}

export interface LeaseOwner {
  readonly scoreboard: Scoreboard;
  /** The calling worker's column. */
  readonly worker: number;
  /** null when nothing is measured. */
  readonly observe: Observe | null;
  /** Called at the end of each attempt; null when nobody waits for room. */
  readonly released: (() => void) | null;
  readonly reports: HealthReports;
  /** Told of every outcome, once; for those who count. */
  readonly ended?: ((backend: Backend, outcome: Outcome) => void) | undefined;
}

/**
 * Permission for one attempt. This file is the only one that counts attempts in flight: construction
 * takes, `release` gives back.
 */
export class Lease {
  readonly backend: Backend;
  readonly #owner: LeaseOwner;
  /** Monotonic milliseconds. */
  readonly startedAt: number;
  /** The request is a trial whose result is still due. */
  #isTrial: boolean;
  #isObserved = false;
  #outcome: Outcome | undefined = undefined;

  /** For `Balancer.acquire`. */
  constructor(backend: Backend, owner: LeaseOwner, startedAt: number, isTrial = false) {
    this.backend = backend;
    this.#isTrial = isTrial;
    this.#owner = owner;
    this.startedAt = startedAt;
    owner.scoreboard.started(owner.worker, backend.slot);
  }

  /** The head of the final response arrived. What its body does is no measure of the backend. */
  answered(status: number): void {
    if (this.#owner.observe !== null) {
      this.#observe(isFailureStatus(status) ? "failed" : "answered", status);
    }
    if (this.#isTrial) this.#endTrial(!isFailureStatus(status));
  }

  /**
   * Ends the attempt: after the last body byte, on error, on abort, on upgrade. Later calls do nothing.
   * True for the call that ended it, so the caller reports each outcome once.
   */
  release(outcome: Outcome): boolean {
    if (this.#outcome !== undefined) return false;
    this.#outcome = outcome;
    const { scoreboard, worker, observe, released, ended } = this.#owner;
    scoreboard.ended(worker, this.backend.slot);
    if (observe !== null) this.#observe(resultOf(outcome));
    this.#report(outcome);
    ended?.(this.backend, outcome);
    // Last, because another attempt may begin in it.
    if (released !== null) released();
    return true;
  }

  /** As if it had never been granted: nothing was sent, nobody is told. */
  withdraw(): void {
    const { scoreboard, worker } = this.#owner;
    this.#outcome = { kind: "canceled" };
    scoreboard.ended(worker, this.backend.slot);
    if (this.#isTrial) scoreboard.giveTrialBack(this.backend.slot);
  }

  get released(): boolean {
    return this.#outcome !== undefined;
  }

  /** What `release` was told first; `undefined` while the attempt runs. */
  get outcome(): Outcome | undefined {
    return this.#outcome;
  }

  /** At the end, because a backend that breaks every response in its middle has failed, too. */
  #report(outcome: Outcome): void {
    const { scoreboard, worker, reports } = this.#owner;
    const { slot } = this.backend;
    if (outcome.kind === "canceled") {
      if (this.#isTrial) scoreboard.giveTrialBack(slot);
      this.#isTrial = false;
      return;
    }
    const hasFailed = outcome.kind === "failure" || isBreakingStatus(outcome.status);
    if (hasFailed) reports.failing(this.backend, scoreboard.failed(worker, slot));
    else scoreboard.succeeded(worker, slot);
    if (this.#isTrial) this.#endTrial(!hasFailed);
  }

  #endTrial(hasSucceeded: boolean): void {
    this.#isTrial = false;
    this.#owner.reports.trialEnded(this.backend, hasSucceeded);
  }

  #observe(result: AttemptResult, status = 0): void {
    if (this.#isObserved) return;
    this.#isObserved = true;
    this.#owner.observe?.(this.backend, result, this.startedAt, status);
  }
}

function resultOf(outcome: Outcome): AttemptResult {
  if (outcome.kind === "canceled") return "canceled";
  if (outcome.kind === "failure") return "failed";
  return isFailureStatus(outcome.status) ? "failed" : "answered";
}
