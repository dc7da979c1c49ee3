import type { Backend } from "./backend.ts";
import type { Outcome } from "./outcome.ts";
import type { Scoreboard } from "./scoreboard.ts";

/**
 * Permission for one attempt. This file is the only one that counts attempts in flight: construction
 * takes, `release` gives back.
 */
export class Lease {
  readonly backend: Backend;
  readonly #scoreboard: Scoreboard;
  readonly #worker: number;
  #outcome: Outcome | undefined = undefined;

  /** For `Balancer.acquire`; `worker` must be the calling one. */
  constructor(backend: Backend, scoreboard: Scoreboard, worker: number) {
    this.backend = backend;
    this.#scoreboard = scoreboard;
    this.#worker = worker;
    scoreboard.started(worker, backend.slot);
  }

  /**
   * Ends the attempt: after the last body byte, on error, on abort, on upgrade. Later calls do nothing.
   * True for the call that ended it, so the caller reports each outcome once.
   */
  release(outcome: Outcome): boolean {
    if (this.#outcome !== undefined) return false;
    this.#outcome = outcome;
    this.#scoreboard.ended(this.#worker, this.backend.slot);
    return true;
  }

  get released(): boolean {
    return this.#outcome !== undefined;
  }

  /** What `release` was told first; `undefined` while the attempt runs. */
  get outcome(): Outcome | undefined {
    return this.#outcome;
  }
}
