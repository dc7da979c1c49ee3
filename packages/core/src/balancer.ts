import type { Backend } from "./backend.ts";
import { EvenkeelError } from "./errors.ts";
import { Lease } from "./lease.ts";
import type { Pool } from "./pool.ts";
import type { Clock, Random } from "./runtime.ts";
import type { Scoreboard } from "./scoreboard.ts";
import { strategies, type StrategyName } from "./strategies/registry.ts";
import type { Strategy } from "./strategies/strategy.ts";

/** Why there is no lease: the pool has no members, or none of them may take traffic now. */
export type Refusal = "empty-pool" | "none-ready";

export interface AcquireRequest {
  /** What affinity strategies hash; empty when the request has none. */
  readonly hashKey: string;
  /** Backends of the earlier attempts; empty for the first one. */
  readonly tried: readonly Backend[];
}

export interface BalancerDeps {
  readonly pool: Pool;
  readonly strategy: StrategyName;
  readonly scoreboard: Scoreboard;
  /** This thread's column in the scoreboard, from 0. */
  readonly worker: number;
  readonly clock: Clock;
  readonly random: Random;
}

/** Grants attempts on one pool's backends, for one worker. A changed pool or strategy is a new Balancer. */
export class Balancer {
  readonly #pool: Pool;
  readonly #scoreboard: Scoreboard;
  readonly #worker: number;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #strategy: Strategy;
  readonly #context = { now: 0, hashKey: "" };
  #retrying = false;

  constructor(deps: BalancerDeps) {
    requireRows(deps);
    this.#pool = deps.pool;
    this.#scoreboard = deps.scoreboard;
    this.#worker = deps.worker;
    this.#clock = deps.clock;
    this.#random = deps.random;
    this.#strategy = strategies[deps.strategy]({
      random: deps.random,
      nextSequence: () => this.#nextSequence(),
      inFlight: (backend) => deps.scoreboard.inFlight(backend.slot),
    });
    this.#strategy.rebuild(deps.pool.members);
  }

  /**
   * A lease on one ready backend, counted as in flight from now on, or why there is none. Never one
   * of `tried`, unless no other is ready.
   */
  acquire(request: AcquireRequest): Lease | Refusal {
    const ready = this.#pool.ready(this.#scoreboard);
    if (ready.length === 0) return this.#pool.members.length === 0 ? "empty-pool" : "none-ready";
    const backend = this.#pick(ready, request);
    if (backend === undefined) return "none-ready";
    return new Lease(backend, this.#scoreboard, this.#worker);
  }

  #pick(ready: readonly Backend[], request: AcquireRequest): Backend | undefined {
    this.#context.now = this.#clock();
    this.#context.hashKey = request.hashKey;
    this.#retrying = request.tried.length > 0;
    const candidates = this.#retrying ? untried(ready, request.tried) : ready;
    return this.#strategy.pick(candidates, this.#context);
  }

  /**
   * Retries stay out of the shared sequence. If they drew from it, two backends of which one fails
   * would lock step: every first attempt draws an even number and meets the failing one.
   */
  #nextSequence(): number {
    if (this.#retrying) return Math.floor(this.#random() * 2 ** 32);
    return this.#scoreboard.nextSequence(this.#pool.index);
  }
}

/** By id, so that a reload between two attempts cannot send a request back to the same server. */
function untried(ready: readonly Backend[], tried: readonly Backend[]): readonly Backend[] {
  const rest = ready.filter((backend) => !tried.some((other) => other.id === backend.id));
  return rest.length === 0 ? ready : rest;
}

/** Checked here once, so that the path of a request needs no check. */
function requireRows({ pool, scoreboard, worker }: BalancerDeps): void {
  const { workers, pools, backends } = scoreboard.shape;
  requireIndex("worker", worker, workers);
  requireIndex(`pool ${pool.name}`, pool.index, pools);
  for (const { id, slot } of pool.members) requireIndex(`slot of backend ${id}`, slot, backends);
}

function requireIndex(what: string, index: number, count: number): void {
  if (Number.isSafeInteger(index) && index >= 0 && index < count) return;
  throw new EvenkeelError("EVENKEEL_OUT_OF_RANGE", `${what}: ${index} of ${count}`);
}
