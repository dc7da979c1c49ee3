import type { Backend } from "./backend.ts";
import { EvenkeelError } from "./errors.ts";
import { type HealthReports, Lease, type LeaseOwner, type Observe } from "./lease.ts";
import { LatencyEstimates } from "./load/latency-estimates.ts";
import type { Pool } from "./pool.ts";
import type { Clock, Random } from "./runtime.ts";
import type { Scoreboard } from "./scoreboard.ts";
import { createStrategy, type StrategyChoice } from "./strategies/registry.ts";
import { SlowStart } from "./slow-start.ts";
import type { Strategy } from "./strategies/strategy.ts";

/** Why there is no lease: the pool has no members, or none of them may take traffic now. */
export type Refusal = "empty-pool" | "none-ready";

export interface AcquireRequest {
  /** What affinity strategies hash; empty when the request has none. */
  readonly hashKey: string;
  /** Backends of the earlier attempts; empty for the first one. */
  readonly tried: readonly Backend[];
  /** It may be sent to a backend that is on trial, because it can be repeated if that fails. */
  readonly isTrialAllowed?: boolean;
}

export interface BalancerDeps {
  readonly pool: Pool;
  readonly strategy: StrategyChoice;
  readonly scoreboard: Scoreboard;
  /** This thread's column in the scoreboard, from 0. */
  readonly worker: number;
  readonly clock: Clock;
  readonly random: Random;
  /** Nobody is told when left out. */
  readonly reports?: HealthReports;
}

/** Where outcomes decide nothing. */
export const noReports: HealthReports = { failing: () => {}, trialEnded: () => {} };

/** Grants attempts on one pool's backends, for one worker. Another strategy is a new Balancer. */
export class Balancer {
  readonly #scoreboard: Scoreboard;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #strategy: Strategy;
  readonly #owner: LeaseOwner;
  readonly #context = { now: 0, hashKey: "", isRetry: false };
  readonly #slowStart: SlowStart;
  #pool: Pool;

  constructor(deps: BalancerDeps) {
    const { pool, scoreboard, worker } = deps;
    requireIndex("worker", worker, scoreboard.shape.workers);
    requireRows(pool, scoreboard);
    this.#pool = pool;
    this.#scoreboard = scoreboard;
    this.#clock = deps.clock;
    this.#random = deps.random;
    this.#strategy = createStrategy(deps.strategy, {
      random: deps.random,
      nextSequence: () => this.#nextSequence(),
      inFlight: (backend) => scoreboard.inFlight(backend.slot),
      latency: new LatencyEstimates(scoreboard),
    });
    this.#strategy.rebuild(pool.members);
    const observe = this.#strategy.observe === undefined ? null : this.#observe;
    this.#owner = { scoreboard, worker, observe, reports: deps.reports ?? noReports };
    this.#slowStart = new SlowStart(scoreboard, deps.pool.members);
  }

  /**
   * Members or weights changed: leases and what was measured of the members that stay go on. Between
   * requests only. Throws EvenkeelError if the scoreboard has no row for a member.
   */
  update(pool: Pool): void {
    requireRows(pool, this.#scoreboard);
    this.#pool = pool;
    this.#strategy.rebuild(pool.members);
    this.#slowStart.rebuild(pool.members);
  }

  /**
   * A lease on one ready backend, counted as in flight from now on, or why there is none. Never one
   * of `tried`, unless no other is ready, of whatever priority.
   */
  acquire(request: AcquireRequest): Lease | Refusal {
    const isRetry = request.tried.length > 0;
    const trial = isRetry ? null : this.#takeTrial(request);
    if (trial !== null) return trial;
    const ready = isRetry ? this.#untried(request.tried) : this.#pool.ready(this.#scoreboard);
    if (ready.length === 0) return this.#pool.members.length === 0 ? "empty-pool" : "none-ready";
    const context = this.#context;
    context.now = this.#clock();
    context.hashKey = request.hashKey;
    context.isRetry = isRetry;
    const picked = this.#strategy.pick(ready, context);
    if (picked === undefined) return "none-ready";
    const backend = this.#slowStart.admits(picked, ready)
      ? picked
      : this.#pickSettled(ready, picked);
    return new Lease(backend, this.#owner, context.now);
  }

  /** Every member is ready. */
  get isWhole(): boolean {
    const tiers = this.#pool.readyTiers(this.#scoreboard);
    const ready = tiers.reduce((sum, tier) => sum + tier.length, 0);
    return ready === this.#pool.members.length;
  }

  /** Whether `acquire` would now find a backend that is none of `tried`. */
  hasUntried(tried: readonly Backend[]): boolean {
    const tiers = this.#pool.readyTiers(this.#scoreboard);
    return tiers.some((tier) => tier.some((backend) => !isIn(tried, backend)));
  }

  /** A backend on trial gets the first request that may be sent there. */
  #takeTrial(request: AcquireRequest): Lease | null {
    const onTrial = this.#pool.onTrial(this.#scoreboard);
    if (onTrial.length === 0 || request.isTrialAllowed !== true) return null;
    for (let index = 0; index < onTrial.length; index++) {
      const backend = onTrial[index] as Backend;
      if (this.#scoreboard.takeTrial(backend.slot)) {
        return new Lease(backend, this.#owner, this.#clock(), true);
      }
    }
    return null;
  }

  /** Instead of `heldBack`, which has had its share for now; as for a retry, the list is made for it alone. */
  #pickSettled(ready: readonly Backend[], heldBack: Backend): Backend {
    const settled = ready.filter(({ slot }) => !this.#scoreboard.isHeldBack(slot));
    if (settled.length === 0) return heldBack;
    this.#context.isRetry = true;
    return this.#strategy.pick(settled, this.#context) ?? heldBack;
  }

  #untried(tried: readonly Backend[]): readonly Backend[] {
    const tiers = this.#pool.readyTiers(this.#scoreboard);
    for (const tier of tiers) {
      const rest = tier.filter((backend) => !isIn(tried, backend));
      if (rest.length > 0) return rest;
    }
    return tiers[0] ?? [];
  }

  /**
   * Retries stay out of the shared sequence. If they drew from it, two backends of which one fails
   * would lock step: every first attempt draws an even number and meets the failing one.
   */
  #nextSequence(): number {
    if (this.#context.isRetry) return Math.floor(this.#random() * 2 ** 32);
    return this.#scoreboard.nextSequence(this.#pool.index);
  }

  readonly #observe: Observe = (backend, result, startedAt) => {
    const now = this.#clock();
    this.#strategy.observe?.(backend, result, now - startedAt, now);
  };
}

/** By id, so that a reload between two attempts cannot send a request back to the same server. */
function isIn(tried: readonly Backend[], { id }: Backend): boolean {
  return tried.some((other) => other.id === id);
}

/** Checked here once, so that the path of a request needs no check. */
function requireRows(pool: Pool, { shape }: Scoreboard): void {
  requireIndex(`pool ${pool.name}`, pool.index, shape.pools);
  for (const { id, slot } of pool.members) {
    requireIndex(`slot of backend ${id}`, slot, shape.backends);
  }
}

function requireIndex(what: string, index: number, count: number): void {
  if (Number.isSafeInteger(index) && index >= 0 && index < count) return;
  throw new EvenkeelError("EVENKEEL_OUT_OF_RANGE", `${what}: ${index} of ${count}`);
}
