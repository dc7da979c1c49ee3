import type { BackendStatus, BreakerState } from "@evenkeel/core";
import type { BackendHealthStatus } from "../health/health-control.ts";
import { ejectionCauses } from "../health/health-counts.ts";
import { poolMembers } from "../generation/placed-config.ts";
import type { Metric, MetricSources, Sample } from "./metric.ts";

// Written so that a status that is missing here does not compile.
const statusSet: Readonly<Record<BackendStatus, true>> = {
  unknown: true,
  healthy: true,
  unhealthy: true,
  ejected: true,
  draining: true,
  maintenance: true,
};
const breakerSet: Readonly<Record<BreakerState, true>> = {
  closed: true,
  open: true,
  "half-open": true,
};
export const backendStatuses: readonly string[] = Object.keys(statusSet);
export const breakerStates: readonly string[] = Object.keys(breakerSet);

/** Samples of every backend, its pool and id before the labels of its own. */
function ofBackends(
  { health }: MetricSources,
  read: (backend: BackendHealthStatus) => readonly (readonly [label: string, value: number])[],
): Sample[] {
  return health
    .status()
    .flatMap(({ pool, backends }) =>
      backends.flatMap((status) =>
        read(status).map(([label, value]) => ({ labels: [pool, status.backend.id, label], value })),
      ),
    );
}

/** 1 for the state that holds, 0 for the others. */
function oneHot(
  states: readonly string[],
  current: string,
): readonly (readonly [string, number])[] {
  return states.map((state) => [state, state === current ? 1 : 0]);
}

/** What the control plane decided about backends, and why. */
export const healthMetrics: readonly Metric[] = [
  {
    name: "evenkeel_backend_status",
    type: "gauge",
    help: "1 for the status that the backend has, 0 for the others.",
    labels: ["pool", "backend", "status"],
    read: (sources) => ofBackends(sources, ({ status }) => oneHot(backendStatuses, status)),
  },
  {
    name: "evenkeel_backend_breaker_state",
    type: "gauge",
    help: "1 for the state of the backend's circuit breaker, 0 for the others; closed = traffic flows.",
    labels: ["pool", "backend", "state"],
    read: (sources) => ofBackends(sources, ({ breaker }) => oneHot(breakerStates, breaker)),
  },
  {
    name: "evenkeel_ejections_total",
    type: "counter",
    help: "Ejections by what made them.",
    labels: ["pool", "backend", "reason"],
    read: (sources) =>
      ofBackends(sources, ({ counts }) =>
        ejectionCauses.map((cause) => [cause, counts.ejections[cause]] as const),
      ),
  },
  {
    name: "evenkeel_ejections_capped_total",
    type: "counter",
    help: "Ejections that were due and that the pool could not spare the backend for.",
    labels: ["pool", "backend"],
    read: ({ health }) =>
      health.status().flatMap(({ pool, backends }) =>
        backends.map(({ backend, capped }) => ({
          labels: [pool, backend.id],
          value: capped?.count ?? 0,
        })),
      ),
  },
  {
    name: "evenkeel_health_checks_total",
    type: "counter",
    help: "Active checks that ended.",
    labels: ["pool", "backend", "result"],
    read: (sources) =>
      ofBackends(sources, ({ counts: { checks } }) => [
        ["passed", checks.passed],
        ["failed", checks.failed],
      ]),
  },
  {
    name: "evenkeel_backend_share",
    type: "gauge",
    help: "Part of its share of the traffic that the backend may have, below 1 in slow start.",
    labels: ["pool", "backend"],
    read: ({ config, scoreboard }) => {
      const members = poolMembers(config);
      return config.pools.flatMap(({ name }, index) =>
        (members[index] ?? []).map(({ id, slot }) => ({
          labels: [name, id],
          value: scoreboard.share(slot),
        })),
      );
    },
  },
  {
    name: "evenkeel_pool_ready_backends",
    type: "gauge",
    help: "Backends that may take requests; at 0 the answer is 503.",
    labels: ["pool"],
    read: ({ config, scoreboard }) => {
      const members = poolMembers(config);
      return config.pools.map(({ name }, index) => ({
        labels: [name],
        value: (members[index] ?? []).filter(({ slot }) => scoreboard.isReady(slot)).length,
      }));
    },
  },
  {
    name: "evenkeel_pool_panicking",
    type: "gauge",
    help: "1 while so few backends can serve that ejected ones serve too (panicThreshold).",
    labels: ["pool"],
    read: ({ health }) =>
      health.status().map(({ pool, isPanicking }) => ({
        labels: [pool],
        value: isPanicking ? 1 : 0,
      })),
  },
];
