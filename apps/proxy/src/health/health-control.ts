import type {
  Backend,
  BackendHealthView,
  HealthChange,
  OperatorState,
  Scoreboard,
} from "@evenkeel/core";
import type { PlacedConfig } from "../generation/placed-config.ts";
import { ActiveChecks } from "./active-checks.ts";
import { type EjectionCause, HealthCounts } from "./health-counts.ts";
import type { ProbeResult } from "./probe.ts";
import {
  type WatchedPool,
  clearTimers,
  createWatched,
  healthMembers,
  retune,
} from "./watched-pool.ts";

/** A change with the name of its pool; for log and admin. */
export interface PoolHealthChange extends HealthChange {
  readonly pool: string;
}

export interface BackendHealthStatus extends BackendHealthView {
  readonly backend: Backend;
  readonly counts: HealthCounts;
}

/** What is known of one pool's backends. */
export interface PoolHealthStatus {
  readonly pool: string;
  readonly isPanicking: boolean;
  readonly backends: readonly BackendHealthStatus[];
}

/** Whom the data plane tells what it sees of backends. */
export interface HealthListener {
  readonly failing: (slot: number, count: number) => void;
  readonly trialEnded: (slot: number, hasSucceeded: boolean) => void;
}

interface WatchedBackend {
  readonly watched: WatchedPool;
  readonly backend: Backend;
  readonly happened: HealthCounts;
}

/** A backend in slow start gets a little more this often. */
const rampStepMs = 100;

/**
 * The control plane's part of health: asks backends, listens to the workers, keeps the time, and writes
 * what `PoolHealth` decides into the Scoreboard, of whose permissions it is the only writer.
 */
export class HealthControl implements HealthListener {
  readonly #scoreboard: Scoreboard;
  readonly #onChange: (change: PoolHealthChange) => void;
  readonly #clock: () => number;
  #pools: readonly WatchedPool[];
  #bySlot: ReadonlyMap<number, WatchedBackend>;
  readonly #checks: ActiveChecks;
  #isStopped = false;

  constructor(
    config: PlacedConfig,
    scoreboard: Scoreboard,
    onChange: (change: PoolHealthChange) => void,
  ) {
    this.#scoreboard = scoreboard;
    this.#onChange = onChange;
    this.#clock = () => performance.now();
    this.#pools = config.pools.map((pool) =>
      createWatched(pool, healthMembers(pool), scoreboard, this.#clock()),
    );
    this.#bySlot = this.#watchedBackends(new Map());
    this.#checks = new ActiveChecks(config, {
      checked: (backend, result) => this.#checked(backend, result.passed, result.reason),
      wantsCheck: ({ slot }) => this.#wantsCheck(slot),
    });
    for (const watched of this.#pools) this.#write(watched);
  }

  start(): void {
    this.#checks.start();
    for (const watched of this.#pools) {
      this.#planAdvance(watched);
      this.#planSweeps(watched);
    }
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const watched of this.#pools) clearTimers(watched);
    await this.#checks.stop();
  }

  /**
   * The next generation is about to come into force. What is known of backends that stay goes on; new ones
   * wait for their first check, but for those in `asked`, whose check is over. Slots of backends that go
   * stay as they are until `retire`.
   */
  follow(config: PlacedConfig, asked: ReadonlyMap<number, ProbeResult>): void {
    if (this.#isStopped) return;
    const known = new Map(this.#pools.map((watched) => [watched.name, watched]));
    const pools = config.pools.map((pool) => {
      const now = this.#clock();
      const watched = known.get(pool.name) ?? createWatched(pool, [], this.#scoreboard, now);
      known.delete(pool.name);
      const { sweepMs } = watched;
      const changes = retune(watched, pool, now);
      // A rhythm that stays is kept, or frequent reloads would keep it from ever coming round.
      if (watched.sweepTimer === null || watched.sweepMs !== sweepMs) this.#planSweeps(watched);
      return { watched, changes };
    });
    for (const gone of known.values()) clearTimers(gone);
    this.#pools = pools.map(({ watched }) => watched);
    this.#bySlot = this.#watchedBackends(this.#bySlot);
    this.#checks.follow(config, asked);
    for (const { watched, changes } of pools) {
      this.#apply(watched, changes);
      this.#write(watched);
    }
    for (const [slot, { passed, reason }] of asked) {
      const backend = this.#bySlot.get(slot)?.backend;
      if (backend !== undefined) this.#checked(backend, passed, reason);
    }
  }

  /** Nobody has these slots any more: whoever still knows them shall not ask there again. */
  retire(slots: readonly number[]): void {
    for (const slot of slots) this.#scoreboard.setPermission(slot, "none");
  }

  /** Workers saw this many failures in a row. */
  readonly failing = (slot: number, count: number): void => {
    this.#change(
      slot,
      ({ health }, { id }, now) => health.failuresInRow(id, count, now),
      "consecutive-failures",
    );
    // Also when it may not be ejected: if all backends are gone, checks alone may take all of them out.
    const found = this.#bySlot.get(slot);
    if (found !== undefined && !this.#isStopped) this.#checks.checkSoon(found.backend);
  };

  /** A trial request told how the backend does. */
  readonly trialEnded = (slot: number, hasSucceeded: boolean): void => {
    this.#change(
      slot,
      ({ health }, { id }, now) => health.trialEnded(id, hasSucceeded, now),
      "failed-trial",
    );
  };

  /** False when there is no such backend. `reason` is for log and admin. */
  setOperatorState(pool: string, id: string, state: OperatorState, reason: string): boolean {
    const found = [...this.#bySlot.values()].find(
      ({ watched, backend }) => watched.name === pool && backend.id === id,
    );
    if (found === undefined) return false;
    this.#change(found.backend.slot, ({ health }, backend, now) =>
      health.setOperatorState(backend.id, state, reason, now),
    );
    return true;
  }

  /** Times are of the monotonic clock that `performance.now` reads. */
  status(): readonly PoolHealthStatus[] {
    return this.#pools.map(({ name, members, health }) => ({
      pool: name,
      isPanicking: health.isPanicking,
      backends: members.flatMap((backend) => {
        const view = health.view(backend.id);
        const counts = this.#bySlot.get(backend.slot)?.happened;
        return view === undefined || counts === undefined ? [] : [{ ...view, backend, counts }];
      }),
    }));
  }

  #planSweeps(watched: WatchedPool): void {
    clearInterval(watched.sweepTimer ?? undefined);
    watched.sweepTimer = null;
    if (watched.sweepMs === 0) return;
    watched.sweepTimer = setInterval(() => this.#sweep(watched), watched.sweepMs);
  }

  /** `former`: what happened to a backend that stays is counted on. */
  #watchedBackends(
    former: ReadonlyMap<number, WatchedBackend>,
  ): ReadonlyMap<number, WatchedBackend> {
    return new Map(
      this.#pools.flatMap((watched) =>
        watched.members.map((backend) => {
          const happened = former.get(backend.slot)?.happened ?? new HealthCounts();
          return [backend.slot, { watched, backend, happened }] as const;
        }),
      ),
    );
  }

  #checked({ slot }: Backend, passed: boolean, reason: string): void {
    this.#bySlot.get(slot)?.happened.checked(passed);
    this.#change(slot, ({ health }, { id }, now) => health.checked(id, passed, reason, now));
  }

  #wantsCheck(slot: number): boolean {
    const found = this.#bySlot.get(slot);
    return found?.watched.health.wantsCheck(found.backend.id) ?? false;
  }

  #sweep(watched: WatchedPool): void {
    const now = this.#clock();
    this.#apply(watched, watched.health.swept(watched.counts.sinceLast(), now), "outlier");
  }

  #change(
    slot: number,
    decide: (watched: WatchedPool, backend: Backend, now: number) => readonly HealthChange[],
    cause: EjectionCause | null = null,
  ): void {
    const found = this.#bySlot.get(slot);
    if (found === undefined || this.#isStopped) return;
    this.#apply(found.watched, decide(found.watched, found.backend, this.#clock()), cause);
  }

  /** `cause`: what an ejection among the changes is due to. */
  #apply(
    watched: WatchedPool,
    changes: readonly HealthChange[],
    cause: EjectionCause | null = null,
  ): void {
    for (const change of changes) {
      this.#follow(watched, change, cause);
      this.#onChange({ ...change, pool: watched.name });
    }
    if (changes.length > 0 || watched.keepsBound) this.#write(watched);
    this.#planAdvance(watched);
  }

  /** What a change asks for besides new permissions. */
  #follow({ members }: WatchedPool, change: HealthChange, cause: EjectionCause | null): void {
    const backend = members.find(({ id }) => id === change.backend);
    if (backend === undefined) return;
    this.#bySlot.get(backend.slot)?.happened.changed(change, cause);
    // What it did before it was out says nothing about it now.
    if (change.permission === "full" && isOut.has(change.from)) {
      this.#scoreboard.clearFailuresInRow(backend.slot);
      this.#scoreboard.clearLatency(backend.slot);
    }
    this.#scoreboard.setTrials(backend.slot, change.trialTokens);
    if (this.#wantsCheck(backend.slot)) this.#checks.checkSoon(backend);
  }

  #write({ members, health, keepsBound }: WatchedPool): void {
    const now = this.#clock();
    for (const { id, slot } of members) {
      // The share first: who sees the backend ready must not send it everything.
      this.#scoreboard.setShare(slot, health.rampShare(id, now));
      // Checks say that it answers nobody; operators and breakers say only that it gets no more.
      const isDown = health.view(id)?.status === "unhealthy";
      const permission = health.permission(id);
      const instead = isDown ? "down" : keepsBound && health.servesBound(id) ? "bound" : "none";
      this.#scoreboard.setPermission(slot, permission === "none" ? instead : permission);
    }
  }

  /** `advance` runs when it has something to do, and every step of a ramp. */
  #planAdvance(watched: WatchedPool): void {
    if (watched.advanceTimer !== null) clearTimeout(watched.advanceTimer);
    watched.advanceTimer = null;
    const at = watched.health.nextAdvanceAt(this.#clock());
    if (at === Infinity || this.#isStopped) return;
    const delayMs = Math.min(Math.max(at - this.#clock(), rampStepMs / 10), longestTimerMs);
    watched.advanceTimer = setTimeout(() => {
      this.#apply(watched, watched.health.advance(this.#clock()));
      this.#write(watched);
    }, delayMs);
  }
}

const isOut: ReadonlySet<string> = new Set(["unhealthy", "ejected", "draining", "maintenance"]);

/** Node's timers hold 31 bits; who sleeps longer looks again then. */
const longestTimerMs = 2 ** 31 - 1;
