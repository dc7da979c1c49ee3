import {
  type LimitOverflow,
  limitEvictions,
  uncountedRequests,
} from "../admission/limit-overflows.ts";
import { statusClasses } from "../observe/answer-codes.ts";
import { DurationTotals } from "../observe/duration-histogram.ts";
import {
  type TrafficCounters,
  bindingNames,
  outcomeNames,
  proxyErrors,
} from "../observe/traffic-counters.ts";
import { poolMembers } from "../generation/placed-config.ts";
import type { Metric, MetricSources } from "./metric.ts";

/** A pool's name and its row; the last one stands for requests that no pool got. */
interface PoolRow {
  readonly name: string;
  readonly index: number | null;
}

function poolRows({ config }: MetricSources): PoolRow[] {
  const rows: PoolRow[] = config.pools.map(({ name, row }) => ({ name, index: row }));
  return [...rows, { name: "", index: null }];
}

/** Over all threads. */
function sum({ counters }: MetricSources, read: (thread: TrafficCounters) => number): number {
  return counters.reduce((total, thread) => total + read(thread), 0);
}

/** What was counted where requests and attempts end. */
export const trafficMetrics: readonly Metric[] = [
  {
    name: "evenkeel_requests_total",
    type: "counter",
    help: "Requests that ended, by class of the status; pool is empty where no pool got them.",
    labels: ["pool", "code_class"],
    read: (sources) =>
      poolRows(sources).flatMap(({ name, index }) =>
        statusClasses.map((statusClass) => ({
          labels: [name, statusClass],
          value: sum(sources, (thread) => thread.requests(index, statusClass)),
        })),
      ),
  },
  {
    name: "evenkeel_request_errors_total",
    type: "counter",
    help: "Requests that ended with an error of ours, by the token that Proxy-Status and log say.",
    labels: ["pool", "error"],
    read: (sources) =>
      poolRows(sources).flatMap(({ name, index }) =>
        proxyErrors.map((error) => ({
          labels: [name, error],
          value: sum(sources, (thread) => thread.errors(index, error)),
        })),
      ),
  },
  {
    name: "evenkeel_request_duration_seconds",
    type: "histogram",
    help: "From the end of a request's head to the end of its response; tunnels are left out.",
    labels: ["pool"],
    read: (sources) =>
      poolRows(sources).map(({ name, index }) => {
        const durations = new DurationTotals();
        for (const thread of sources.counters) thread.addDurationsTo(durations, index);
        return { labels: [name], durations };
      }),
  },
  {
    name: "evenkeel_bytes_total",
    type: "counter",
    help: "Content of request bodies (in) and response bodies (out), without heads and framing.",
    labels: ["pool", "direction"],
    read: (sources) =>
      poolRows(sources).flatMap(({ name, index }) => [
        { labels: [name, "in"], value: sum(sources, (thread) => thread.bytesIn(index)) },
        { labels: [name, "out"], value: sum(sources, (thread) => thread.bytesOut(index)) },
      ]),
  },
  {
    name: "evenkeel_retries_total",
    type: "counter",
    help: "Attempts after the first one of each request that ended, second copies (hedge) among them.",
    labels: ["pool"],
    read: (sources) =>
      sources.config.pools.map(({ name, row }) => ({
        labels: [name],
        value: sum(sources, (thread) => thread.retries(row)),
      })),
  },
  {
    name: "evenkeel_sticky_responses_total",
    type: "counter",
    help: "Answers of sticky pools to clients that were bound by them (new), stayed (kept), or lost their backend (moved).",
    labels: ["pool", "client"],
    read: (sources) =>
      sources.config.pools.flatMap(({ name, row }) =>
        bindingNames.map((binding) => ({
          labels: [name, binding],
          value: sum(sources, (thread) => thread.bindings(row, binding)),
        })),
      ),
  },
  {
    name: "evenkeel_backend_requests_total",
    type: "counter",
    help: "Attempts that ended, by class of the answer or by why there was none.",
    labels: ["pool", "backend", "outcome"],
    read: (sources) =>
      backendRows(sources).flatMap(({ pool, id, slot }) =>
        outcomeNames.map((outcome) => ({
          labels: [pool, id, outcome],
          value: sum(sources, (thread) => thread.attempts(slot, outcome)),
        })),
      ),
  },
  {
    name: "evenkeel_backend_duration_seconds",
    type: "histogram",
    help: "From the choice of the backend to the end of its answer; attempts without one and tunnels are left out.",
    labels: ["pool", "backend"],
    read: (sources) =>
      backendRows(sources).map(({ pool, id, slot }) => {
        const durations = new DurationTotals();
        for (const thread of sources.counters) thread.addAttemptDurationsTo(durations, slot);
        return { labels: [pool, id], durations };
      }),
  },
  {
    name: "evenkeel_backend_in_flight",
    type: "gauge",
    help: "Attempts that have not ended.",
    labels: ["pool", "backend"],
    read: (sources) =>
      backendRows(sources).map(({ pool, id, slot }) => ({
        labels: [pool, id],
        value: sources.scoreboard.inFlight(slot),
      })),
  },
  {
    name: "evenkeel_pool_waiting_requests",
    type: "gauge",
    help: "Requests that wait for room at a backend (limits).",
    labels: ["pool"],
    read: ({ config, scoreboard }) =>
      config.pools.map(({ name, row }) => {
        const workers = Array.from({ length: scoreboard.shape.workers }, (_, worker) => worker);
        const waiting = workers.map((worker) => scoreboard.waitingIn(worker, row));
        return { labels: [name], value: waiting.reduce((sum, count) => sum + count, 0) };
      }),
  },
  {
    name: "evenkeel_rate_limit_evictions_total",
    type: "counter",
    help: "Keys that a rate limit forgot too early for want of room, and so gave their burst back: raise maxKeys.",
    labels: ["route", "limit"],
    read: ({ config, scoreboard }) =>
      limitEvictions(config, scoreboard.shape.workers).map(overflowValue),
  },
  {
    name: "evenkeel_concurrency_limit_uncounted_total",
    type: "counter",
    help: "Requests that a concurrency limit let pass uncounted for want of room: raise maxKeys.",
    labels: ["route", "limit"],
    read: ({ config, scoreboard }) =>
      uncountedRequests(config, scoreboard.shape.workers).map(overflowValue),
  },
  {
    name: "evenkeel_client_connections",
    type: "gauge",
    help: "Open client connections.",
    labels: [],
    read: ({ scoreboard }) => [{ labels: [], value: scoreboard.clients }],
  },
];

function overflowValue({ route, limit, count }: LimitOverflow): {
  readonly labels: readonly string[];
  readonly value: number;
} {
  return { labels: [route, limit], value: count };
}

interface BackendRow {
  readonly pool: string;
  readonly id: string;
  readonly slot: number;
}

function backendRows({ config }: MetricSources): BackendRow[] {
  const members = poolMembers(config);
  return config.pools.flatMap(({ name }, index) =>
    (members[index] ?? []).map(({ id, slot }) => ({ pool: name, id, slot })),
  );
}
