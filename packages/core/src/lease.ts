import type { Backend } from "./backend.ts";
import { isFailureStatus, type Outcome } from "./outcome.ts";
import type { Scoreboard } from "./scoreboard.ts";
import type { AttemptResult } from "./strategies/strategy.ts";

/** Who is told, once, how an attempt on `backend` went. */
export type Observe = (backend: Backend, result: AttemptResult, startedAt: number) => void;

export interface LeaseOwner {
  readonly scoreboard: Scoreboard;
  /** The calling worker's column. */
  readonly worker: number;
  /** null when the strategy measures nothing. */
  readonly observe: Observe | null;
}

/**
 * Permission for one attempt. This file is the only one that counts attempts in flight: construction
 * takes, `release` gives back.
 */
export class Lease {
  readonly backend: Backend;
  readonly #owner: LeaseOwner;
  /** Monotonic milliseconds. */
  readonly #startedAt: number;
  #isObserved = false;
  #outcome: Outcome | undefined = undefined;

  /** For `Balancer.acquire`. */
  constructor(backend: Backend, owner: LeaseOwner, startedAt: number) {
    this.backend = backend;
    this.#owner = owner;
    this.#startedAt = startedAt;
    owner.scoreboard.started(owner.worker, backend.slot);
  }

  /** The head of the final response arrived. What its body does is no measure of the backend. */
  answered(status: number): void {
    if (this.#owner.observe !== null)
      this.#observe(isFailureStatus(status) ? "failed" : "answered");
  }

  /**
   * Ends the attempt: after the last body byte, on error, on abort, on upgrade. Later calls do nothing.
   * True for the call that ended it, so the caller reports each outcome once.
   */
  release(outcome: Outcome): boolean {
    if (this.#outcome !== undefined) return false;
    this.#outcome = outcome;
    const { scoreboard, worker, observe } = this.#owner;
    scoreboard.ended(worker, this.backend.slot);
    if (observe !== null) this.#observe(resultOf(outcome));
    return true;
  }

  get released(): boolean {
    return this.#outcome !== undefined;
  }

  /** What `release` was told first; `undefined` while the attempt runs. */
  get outcome(): Outcome | undefined {
    return this.#outcome;
  }

  #observe(result: AttemptResult): void {
    if (this.#isObserved) return;
    this.#isObserved = true;
    this.#owner.observe?.(this.backend, result, this.#startedAt);
  }
}

function resultOf(outcome: Outcome): AttemptResult {
  if (outcome.kind === "canceled") return "canceled";
  if (outcome.kind === "failure") return "failed";
  return isFailureStatus(outcome.status) ? "failed" : "answered";
}
