import type { PoolConfig, ResolvedConfig } from "@evenkeel/config";
import {
  type Backend,
  type BackendHealthView,
  type HealthChange,
  type HealthSettings,
  type OperatorState,
  PoolHealth,
  type Scoreboard,
} from "@evenkeel/core";
import { poolMembers } from "../pool-members.ts";
import { ActiveChecks } from "./active-checks.ts";
import { type EjectionCause, HealthCounts } from "./health-counts.ts";
import { OutcomeCounts } from "./outcome-counts.ts";

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
  readonly watched: Watched;
  readonly backend: Backend;
  readonly happened: HealthCounts;
}

interface Watched {
  readonly name: string;
  readonly members: readonly Backend[];
  readonly health: PoolHealth;
  readonly counts: OutcomeCounts;
  /** Clients that belong to a draining backend stay there. */
  readonly keepsBound: boolean;
  /** 0 = outcomes are not judged. */
  readonly sweepMs: number;
  advanceTimer: NodeJS.Timeout | null;
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
  readonly #pools: readonly Watched[];
  readonly #bySlot: ReadonlyMap<number, WatchedBackend>;
  readonly #checks: ActiveChecks;
  readonly #timers: NodeJS.Timeout[] = [];
  #isStopped = false;

  constructor(
    config: ResolvedConfig,
    scoreboard: Scoreboard,
    onChange: (change: PoolHealthChange) => void,
  ) {
    this.#scoreboard = scoreboard;
    this.#onChange = onChange;
    this.#clock = () => performance.now();
    const members = poolMembers(config);
    this.#pools = config.pools.map((pool, index) => this.#watch(pool, members[index] ?? []));
    this.#bySlot = new Map(
      this.#pools.flatMap((watched) =>
        watched.members.map((backend) => {
          return [backend.slot, { watched, backend, happened: new HealthCounts() }] as const;
        }),
      ),
    );
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
      if (watched.sweepMs === 0) continue;
      this.#timers.push(setInterval(() => this.#sweep(watched), watched.sweepMs));
    }
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const timer of this.#timers) clearInterval(timer);
    for (const { advanceTimer } of this.#pools) clearTimeout(advanceTimer ?? undefined);
    await this.#checks.stop();
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

  #watch(pool: PoolConfig, members: readonly Backend[]): Watched {
    const checks = new Map(pool.backends.map(({ id, healthCheck }) => [id, healthCheck]));
    return {
      name: pool.name,
      members,
      health: new PoolHealth({
        members: members.map(({ id }) => ({ id, check: checks.get(id) ?? null })),
        settings: settingsOf(pool),
        random: Math.random,
        now: this.#clock(),
      }),
      counts: new OutcomeCounts(this.#scoreboard, members),
      keepsBound: pool.sticky?.drain === "finish",
      sweepMs: pool.outlierDetection?.intervalMs ?? 0,
      advanceTimer: null,
    };
  }

  #checked({ slot }: Backend, passed: boolean, reason: string): void {
    this.#bySlot.get(slot)?.happened.checked(passed);
    this.#change(slot, ({ health }, { id }, now) => health.checked(id, passed, reason, now));
  }

  #wantsCheck(slot: number): boolean {
    const found = this.#bySlot.get(slot);
    return found?.watched.health.wantsCheck(found.backend.id) ?? false;
  }

  #sweep(watched: Watched): void {
    const now = this.#clock();
    this.#apply(watched, watched.health.swept(watched.counts.sinceLast(), now), "outlier");
  }

  #change(
    slot: number,
    decide: (watched: Watched, backend: Backend, now: number) => readonly HealthChange[],
    cause: EjectionCause | null = null,
  ): void {
    const found = this.#bySlot.get(slot);
    if (found === undefined || this.#isStopped) return;
    this.#apply(found.watched, decide(found.watched, found.backend, this.#clock()), cause);
  }

  /** `cause`: what an ejection among the changes is due to. */
  #apply(
    watched: Watched,
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
  #follow({ members }: Watched, change: HealthChange, cause: EjectionCause | null): void {
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

  #write({ members, health, keepsBound }: Watched): void {
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
  #planAdvance(watched: Watched): void {
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

function settingsOf(pool: PoolConfig): HealthSettings {
  const { circuitBreaker, outlierDetection, slowStartMs, panicThreshold } = pool;
  return { breaker: circuitBreaker, outlier: outlierDetection, slowStartMs, panicThreshold };
}
