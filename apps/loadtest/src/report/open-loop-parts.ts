/* What the reports of all open loops have in common. */
import { ClientLedger } from "../engine/client-ledger.ts";
import type { OpenLoopResult } from "../engine/open-loop-messages.ts";
import type { Reconciliation } from "../failover/ledgers/reconcile.ts";
import { LatencyHistogram } from "../observation/latency-histogram.ts";
import type { ReportBackend, ReportFigure, ReportLedger, ReportRun } from "./report-document.ts";
import { ledgerSeries, reportSeries } from "./report-series.ts";
import { reportLatency } from "./sparse-counts.ts";

/** How many ids of a kind a report lists. */
const mostIds = 20;

/** The parts of a run that come from its load alone. */
export type OpenLoopParts = Pick<
  ReportRun,
  | "startedAt"
  | "durationMs"
  | "series"
  | "latency"
  | "serviceTime"
  | "backends"
  | "statuses"
  | "errors"
>;

/** Reads them off. */
export function openLoopParts(load: OpenLoopResult): OpenLoopParts {
  const client = new ClientLedger(load.ledger);
  return {
    startedAt: new Date(load.startedAtWallMs).toISOString(),
    durationMs: load.durationMs,
    series: reportSeries(ledgerSeries(client)),
    latency: reportLatency(load.latencyUs, "due"),
    serviceTime: reportLatency(load.serviceUs, "sent"),
    ...outcomesOf(client),
  };
}

function outcomesOf(client: ClientLedger): Pick<ReportRun, "backends" | "statuses" | "errors"> {
  const statuses: Record<string, number> = {};
  const errors: Record<string, number> = {};
  const backends = new Map<string, number>();
  for (const { outcome } of client.entries()) {
    if (outcome.kind === "error") errors[outcome.error] = (errors[outcome.error] ?? 0) + 1;
    if (outcome.kind !== "response") continue;
    statuses[outcome.status] = (statuses[outcome.status] ?? 0) + 1;
    if (outcome.backend === undefined) continue;
    backends.set(outcome.backend, (backends.get(outcome.backend) ?? 0) + 1);
  }
  return { statuses, errors, backends: unjudgedBackends(backends) };
}

/** Shares that nobody promised. */
export function unjudgedBackends(requests: ReadonlyMap<string, number>): ReportBackend[] {
  const all = [...requests.values()].reduce((sum, count) => sum + count, 0);
  return [...requests]
    .toSorted(([a], [b]) => a.localeCompare(b, "en", { numeric: true }))
    .map(([name, count]) => ({
      name,
      requests: count,
      share: count / all,
      expectedShare: null,
      leastShare: null,
      mostShare: null,
      verdict: "not-judged",
      note: "",
    }));
}

/** The numbers that every open loop has. */
export function openLoopFigures(load: OpenLoopResult, counts: Reconciliation): ReportFigure[] {
  const latency = new LatencyHistogram(load.latencyUs);
  const lag = new LatencyHistogram(load.lagUs);
  const { GET, POST } = counts.unsuccessful;
  return [
    { name: "requests sent", value: counts.sent, unit: "count" },
    { name: "failed", value: GET + POST, unit: "count" },
    { name: "lost", value: counts.lost.length, unit: "count" },
    { name: "doubled", value: counts.doubled?.length ?? null, unit: "count" },
    { name: "dropped", value: counts.dropped, unit: "count" },
    { name: "retries", value: counts.retries, unit: "count" },
    ...latencyFigures(latency),
    { name: "p99 schedule lag", value: lag.count === 0 ? null : lag.percentile(99), unit: "us" },
    { name: "generator busy", value: load.generatorUtilization, unit: "share" },
  ];
}

/** The usual percentiles. */
export function latencyFigures(latency: LatencyHistogram): ReportFigure[] {
  const at = (percentile: number): number | null =>
    latency.count === 0 ? null : latency.percentile(percentile);
  return [
    { name: "p50 latency", value: at(50), unit: "us" },
    { name: "p90 latency", value: at(90), unit: "us" },
    { name: "p99 latency", value: at(99), unit: "us" },
    { name: "max latency", value: at(100), unit: "us" },
  ];
}

/** The three ledgers, their lists cut. */
export function ledgerPart(counts: Reconciliation): ReportLedger {
  const { lost, doubled, unexplained, unlogged } = counts;
  const lists: [string, readonly string[]][] = [
    ["lost", lost],
    ["doubled", doubled?.map(({ id, method }) => `${id} (${method})`) ?? []],
    ["unexplained", unexplained ?? []],
    ["unlogged", unlogged ?? []],
  ];
  return {
    due: counts.due,
    sent: counts.sent,
    succeeded: counts.succeeded,
    errorResponses: counts.errorResponses,
    lost: lost.length,
    aborted: counts.aborted,
    dropped: counts.dropped,
    retries: counts.retries,
    doubled: doubled?.length ?? null,
    unexplained: unexplained?.length ?? null,
    unlogged: unlogged?.length ?? null,
    entries: counts.entries,
    listed: lists
      .filter(([, ids]) => ids.length > 0)
      .map(([what, ids]) => ({ what, ids: ids.slice(0, mostIds) })),
  };
}
