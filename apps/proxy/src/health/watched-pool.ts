import {
  type Backend,
  type HealthChange,
  type HealthMember,
  type HealthSettings,
  PoolHealth,
  type Scoreboard,
} from "@evenkeel/core";
import { type PlacedPool, membersOf } from "../generation/placed-config.ts";
import { OutcomeCounts } from "./outcome-counts.ts";

/** One pool as `HealthControl` watches it, from one generation to the next. */
export interface WatchedPool {
  readonly name: string;
  readonly health: PoolHealth;
  readonly counts: OutcomeCounts;
  members: readonly Backend[];
  /** Clients that belong to a draining backend stay there. */
  keepsBound: boolean;
  /** 0 = outcomes are not judged. */
  sweepMs: number;
  sweepTimer: NodeJS.Timeout | null;
  advanceTimer: NodeJS.Timeout | null;
}

/** `members` are those that take traffic without a check before; others join with `retune`. */
export function createWatched(
  pool: PlacedPool,
  members: readonly HealthMember[],
  scoreboard: Scoreboard,
  now: number,
): WatchedPool {
  const backends = membersOf(pool);
  const settings = healthSettings(pool);
  return {
    name: pool.name,
    members: backends,
    health: new PoolHealth({ members, settings, random: Math.random, now }),
    counts: new OutcomeCounts(scoreboard, backends),
    ...rulesOf(pool),
    sweepTimer: null,
    advanceTimer: null,
  };
}

/** Members and settings are those of the next generation; what is known of members that stay goes on. */
export function retune(
  watched: WatchedPool,
  pool: PlacedPool,
  now: number,
): readonly HealthChange[] {
  const [members, settings] = [healthMembers(pool), healthSettings(pool)];
  const backends = membersOf(pool);
  const moved = movedIds(watched.members, backends);
  // Another address is another server: what is known of an id goes with the old one.
  const staying = members.filter(({ id }) => !moved.has(id));
  const losses = moved.size === 0 ? [] : watched.health.update(staying, settings, now);
  const changes = watched.health.update(members, settings, now);
  watched.members = backends;
  watched.counts.follow(backends);
  Object.assign(watched, rulesOf(pool));
  return [...losses, ...changes];
}

export function clearTimers({ sweepTimer, advanceTimer }: WatchedPool): void {
  clearInterval(sweepTimer ?? undefined);
  clearTimeout(advanceTimer ?? undefined);
}

export function healthMembers({ backends }: PlacedPool): readonly HealthMember[] {
  return backends.map(({ id, healthCheck }) => ({ id, check: healthCheck }));
}

function movedIds(former: readonly Backend[], next: readonly Backend[]): ReadonlySet<string> {
  const slots = new Map(former.map(({ id, slot }) => [id, slot]));
  const moved = next.filter(({ id, slot }) => (slots.get(id) ?? slot) !== slot);
  return new Set(moved.map(({ id }) => id));
}

function rulesOf({
  sticky,
  outlierDetection,
}: PlacedPool): Pick<WatchedPool, "keepsBound" | "sweepMs"> {
  return {
    keepsBound: sticky?.drain === "finish",
    sweepMs: outlierDetection?.intervalMs ?? 0,
  };
}

function healthSettings(pool: PlacedPool): HealthSettings {
  const { circuitBreaker, outlierDetection, slowStartMs, panicThreshold } = pool;
  return { breaker: circuitBreaker, outlier: outlierDetection, slowStartMs, panicThreshold };
}
