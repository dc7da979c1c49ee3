import type { Backend } from "./backend.ts";
import { EvenkeelError } from "./errors.ts";
import { type HealthReports, Lease, type LeaseOwner, type Observe } from "./lease.ts";
import { ConcurrencyLimits, type ConcurrencySettings } from "./limits/concurrency-limits.ts";
import { LatencyEstimates } from "./load/latency-estimates.ts";
import type { Pool } from "./pool.ts";
import type { Clock, Random } from "./runtime.ts";
import type { Scoreboard } from "./scoreboard.ts";
import { createStrategy, type StrategyChoice } from "./strategies/registry.ts";
import { SlowStart } from "./slow-start.ts";
import type { BackendStanding, Standing } from "./standing.ts";
import type { Strategy } from "./strategies/strategy.ts";

/**
 * Why there is no lease: the pool has no members, none of them may take traffic now, or those that may
 * have as many attempts in flight as they or the pool are allowed.
 */
export type Refusal = "empty-pool" | "none-ready" | "at-capacity";

export interface AcquireRequest {
  /** What affinity strategies hash; empty when the request has none. */
  readonly hashKey: string;
  /** Backends of the earlier attempts; empty for the first one. */
  readonly tried: readonly Backend[];
  /** It may be sent to a backend that is on trial, because it can be repeated if that fails. */
  readonly isTrialAllowed?: boolean;
  /** The backend that its client belongs to: asked as long as it can serve, whatever the strategy. */
  readonly bound?: Backend | null;
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
  /** No limits when left out. */
  readonly limits?: ConcurrencySettings;
  /** Called at the end of each of this worker's attempts, for requests that wait for room. */
  readonly released?: () => void;
  /** Told of the outcome of every attempt, once. */
  readonly ended?: LeaseOwner["ended"];
  /** Whose place this one takes: what it found out about backends that stay goes on. */
  readonly former?: Balancer | undefined;
}

/** Where outcomes decide nothing. */
export const noReports: HealthReports = { failing: () => {}, trialEnded: () => {} };

/** Grants attempts on one pool's backends, for one worker. */
export class Balancer {
  readonly #scoreboard: Scoreboard;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #strategy: Strategy;
  readonly #owner: LeaseOwner;
  readonly #context = { now: 0, hashKey: "", isRetry: false };
  readonly #slowStart: SlowStart;
  readonly #limits: ConcurrencyLimits | null;
  #pool: Pool;

  constructor(deps: BalancerDeps) {
    const { pool, scoreboard, worker } = deps;
    requireIndex("worker", worker, scoreboard.shape.workers);
    requireRows(pool, scoreboard);
    this.#pool = pool;
    this.#scoreboard = scoreboard;
    this.#clock = deps.clock;
    this.#random = deps.random;
    this.#strategy = this.#createStrategy(deps);
    this.#owner = this.#createOwner(deps);
    this.#slowStart = new SlowStart(scoreboard, pool.members);
    const { limits } = deps;
    this.#limits =
      limits === undefined ? null : new ConcurrencyLimits(limits, scoreboard, worker, pool.members);
    if (deps.former !== undefined) this.#takeOver(deps.former);
  }

  /** `former` goes on with what it has begun; both learn of the same backends. */
  #takeOver(former: Balancer): void {
    this.#slowStart.takeOver(former.#slowStart, this.#pool.members);
    if (former.#limits !== null) this.#limits?.takeOver(former.#limits);
  }

  #createStrategy({ strategy: choice, scoreboard, random, pool }: BalancerDeps): Strategy {
    const strategy = createStrategy(choice, {
      random,
      nextSequence: () => this.#nextSequence(),
      inFlight: (backend) => scoreboard.inFlight(backend.slot),
      latency: new LatencyEstimates(scoreboard),
    });
    strategy.rebuild(pool.members);
    return strategy;
  }

  #createOwner(deps: BalancerDeps): LeaseOwner {
    const { scoreboard, worker, limits, released = null, reports = noReports, ended } = deps;
    const isMeasured = this.#strategy.observe !== undefined || limits?.adaptive === true;
    const observe = isMeasured ? this.#observe : null;
    return { scoreboard, worker, observe, released, reports, ended };
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
    this.#limits?.rebuild(pool.members);
  }

  /** False when a first attempt would be refused for want of room, and only then. */
  get hasRoom(): boolean {
    const limits = this.#limits;
    if (limits === null) return true;
    const ready = this.#pool.ready(this.#scoreboard);
    return ready.length === 0 || (!limits.isFull(this.#pool) && limits.hasAnyRoom(ready));
  }

  /**
   * A lease on one ready backend, counted as in flight from now on, or why there is none. Never one
   * of `tried`, unless no other is ready, of whatever priority. Never one at its limit; those of a
   * later priority are for when backends fail, not for when they are busy.
   *
   * A client that is bound stays where it is: also at a backend of a later priority, or in slow start,
   * which is about how fast a backend gets new clients; and at one that drains, where the pool lets
   * its clients finish. Such a request draws no position of the shared sequence, it is only in flight.
   */
  acquire(request: AcquireRequest): Lease | Refusal {
    for (;;) {
      const result = this.#tryAcquire(request);
      // Another worker took the room between our two looks at the counts: look again.
      if (result !== null) return result;
    }
  }

  #tryAcquire(request: AcquireRequest): Lease | Refusal | null {
    const limits = this.#limits;
    const isRetry = request.tried.length > 0;
    const isFull = limits !== null && limits.isFull(this.#pool);
    const { bound = null } = request;
    if (bound !== null && !isFull && this.#keeps(bound, request.tried)) {
      return this.#grant(new Lease(bound, this.#owner, this.#clock()), true);
    }
    const onTrial = isRetry || isFull ? undefined : this.#takeTrial(request);
    if (onTrial !== undefined) {
      return this.#grant(new Lease(onTrial, this.#owner, this.#clock(), true), false);
    }
    const ready = isRetry ? this.#untried(request.tried) : this.#pool.ready(this.#scoreboard);
    if (ready.length === 0) return this.#pool.members.length === 0 ? "empty-pool" : "none-ready";
    if (isFull || (limits !== null && !limits.hasAnyRoom(ready))) return "at-capacity";
    const context = this.#context;
    context.now = this.#clock();
    context.hashKey = request.hashKey;
    context.isRetry = isRetry;
    const picked = this.#strategy.pick(ready, context);
    if (picked === undefined) return "none-ready";
    const backend = this.#place(picked, ready);
    if (backend === undefined) return "at-capacity";
    return this.#grant(new Lease(backend, this.#owner, context.now), false);
  }

  /** Now that it is counted; null where others were faster. */
  #grant(lease: Lease, isBound: boolean): Lease | null {
    const limits = this.#limits;
    if (limits === null || !limits.isExceeded(this.#pool, lease.backend, isBound)) return lease;
    lease.withdraw();
    return null;
  }

  /** Where every member stands for this request, by the rules of `acquire`. Changes nothing. */
  standings(request: AcquireRequest): readonly BackendStanding[] {
    const { tried, hashKey, bound = null } = request;
    const isRetry = tried.length > 0;
    const isFull = this.#limits !== null && this.#limits.isFull(this.#pool);
    const isKept = bound !== null && !isFull && this.#keeps(bound, tried);
    const asked = isRetry ? this.#untried(tried) : this.#pool.ready(this.#scoreboard);
    const context = { now: this.#clock(), hashKey, isRetry };
    return this.#pool.members.map((backend) => ({
      backend,
      standing:
        isKept && backend.id === bound.id
          ? "bound"
          : this.#standing(backend, asked.includes(backend), isFull, tried),
      inFlight: this.#scoreboard.inFlight(backend.slot),
      share: this.#scoreboard.share(backend.slot),
      facts: this.#strategy.explain?.(backend, context) ?? {},
    }));
  }

  #standing(
    backend: Backend,
    isAsked: boolean,
    isFull: boolean,
    tried: readonly Backend[],
  ): Standing {
    const { slot } = backend;
    if (this.#scoreboard.isOnTrial(slot)) return "trial";
    if (this.#scoreboard.isReady(slot)) {
      if (!isAsked) return isIn(tried, backend) ? "tried" : "backup";
      if (isFull) return "pool-full";
      return this.#limits?.hasRoom(backend) === false ? "at-capacity" : "candidate";
    }
    if (this.#scoreboard.isDown(slot)) return "down";
    return this.#scoreboard.servesBound(slot) ? "bound-only" : "out";
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

  /** One on trial loses its clients: it failed them, and is not known to have recovered. */
  #keeps(bound: Backend, tried: readonly Backend[]): boolean {
    if (!this.#scoreboard.servesBound(bound.slot) || isIn(tried, bound)) return false;
    return this.#limits === null || this.#limits.hasRoomForBound(bound);
  }

  /** A backend on trial gets the first request that may be sent there; its trial is taken. */
  #takeTrial(request: AcquireRequest): Backend | undefined {
    const onTrial = this.#pool.onTrial(this.#scoreboard);
    if (onTrial.length === 0 || request.isTrialAllowed !== true) return undefined;
    for (let index = 0; index < onTrial.length; index++) {
      const backend = onTrial[index] as Backend;
      if (this.#limits?.hasRoom(backend) === false) continue;
      if (this.#scoreboard.takeTrial(backend.slot)) return backend;
    }
    return undefined;
  }

  /** Where a request that was meant for `picked` goes; undefined when there is no room left. */
  #place(picked: Backend, ready: readonly Backend[]): Backend | undefined {
    const limits = this.#limits;
    const isAdmitted = this.#slowStart.admits(picked, ready, this.#context.hashKey);
    if (limits === null) return isAdmitted ? picked : this.#pickSettled(ready, picked);
    const hasRoom = limits.hasRoom(picked);
    if (isAdmitted && hasRoom) return picked;
    const open = ready.filter((backend) => limits.hasRoom(backend));
    return this.#pickSettled(open, hasRoom ? picked : undefined);
  }

  /**
   * Instead of one that has had its share for now or has no room: one that is not in slow start, or else
   * `rest`, or else any. As for a retry, the list is made for this request alone.
   */
  #pickSettled(open: readonly Backend[], rest: Backend | undefined): Backend | undefined {
    const settled = open.filter(({ slot }) => !this.#scoreboard.isHeldBack(slot));
    if (settled.length === 0 && rest !== undefined) return rest;
    this.#context.isRetry = true;
    return this.#strategy.pick(settled.length === 0 ? open : settled, this.#context);
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

  readonly #observe: Observe = (backend, result, startedAt, status) => {
    const now = this.#clock();
    this.#strategy.observe?.(backend, result, now - startedAt, now);
    // An answer that says that the request was wrong takes less time than one that has done some work.
    if (status > 0 && status < 400) this.#limits?.answered(backend, startedAt, now);
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
