import {
  PoolHealth,
  type BackendHealthView,
  type CheckSettings,
  type HealthChange,
  type HealthMember,
  type HealthSettings,
  type Random,
} from "../src/index.ts";
import type { OutcomeCounts } from "../src/health/outlier-statistics.ts";

/** The documented defaults. */
export const check: CheckSettings = {
  unhealthyThreshold: 3,
  healthyThreshold: 2,
  initialState: "unknown",
};

export const breaker: NonNullable<HealthSettings["breaker"]> = {
  failureThreshold: 5,
  resetTimeoutMs: 30_000,
  halfOpenRequests: 1,
  jitter: 0.2,
};

export const outlier: NonNullable<HealthSettings["outlier"]> = {
  intervalMs: 10_000,
  failurePercentage: 0.85,
  successRateDeviation: 1.9,
  minRequests: 50,
  minBackends: 5,
  maxEjected: 0.5,
  maxEjectionTimeMs: 300_000,
};

export const settings: HealthSettings = {
  breaker,
  outlier,
  slowStartMs: 10_000,
  panicThreshold: 0,
};

/** `b0`, `b1`, ... */
export function members(count: number, checked: CheckSettings | null = null): HealthMember[] {
  return Array.from({ length: count }, (_, index) => ({ id: `b${index}`, check: checked }));
}

export interface PoolHealthSetup {
  /** How many, or which; without checks unless they say so. */
  readonly of?: number | readonly HealthMember[];
  readonly settings?: Partial<HealthSettings>;
  /** Of the jitter; the least of it unless given. */
  readonly random?: Random;
}

/** A pool whose process starts at 0. */
export function poolHealth({
  of = 4,
  settings: changed,
  random = () => 0,
}: PoolHealthSetup = {}): PoolHealth {
  return new PoolHealth({
    members: typeof of === "number" ? members(of) : of,
    settings: { ...settings, ...changed },
    random,
    now: 0,
  });
}

/** Changes as people would read them: "b0 healthy -> ejected (open, none): 5 failures in a row". */
export function told(changes: readonly HealthChange[]): string[] {
  return changes.map(
    ({ backend, from, to, breaker, permission, reason }) =>
      `${backend} ${from} -> ${to} (${breaker}, ${permission}): ${reason}`,
  );
}

export function viewOf(pool: PoolHealth, id: string): BackendHealthView {
  const view = pool.view(id);
  if (view === undefined) throw new Error(`${id} is no member`);
  return view;
}

/** Status, breaker and permission of one backend. */
export function stateOf(pool: PoolHealth, id: string): string {
  const { status, breaker, permission } = viewOf(pool, id);
  return `${status}, ${breaker}, ${permission}`;
}

export function permissions(pool: PoolHealth, count: number): string[] {
  return members(count).map(({ id }) => pool.permission(id));
}

/** `percent[index]` of 100 requests to `b<index>` failed. */
export function failedPercent(...percent: number[]): Map<string, OutcomeCounts> {
  return new Map(
    percent.map((failures, index) => [`b${index}`, { successes: 100 - failures, failures }]),
  );
}

/** Checks of `id` at `now` with these results: + passes, - fails. */
export function checkResults(
  pool: PoolHealth,
  id: string,
  results: string,
  now: number,
): HealthChange[] {
  return results
    .split("")
    .flatMap((result) =>
      result === "+"
        ? pool.checked(id, true, "GET / answered 200", now)
        : pool.checked(id, false, "connection refused", now),
    );
}
