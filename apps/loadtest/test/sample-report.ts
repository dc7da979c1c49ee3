import { seededRandom } from "@evenkeel/oracles";
import { LatencyHistogram } from "../src/observation/latency-histogram.ts";
import { TimeSeries } from "../src/observation/time-series.ts";
import {
  type ReportDocument,
  type ReportRun,
  reportSchemaName,
} from "../src/report/report-document.ts";
import { latencyOf, reportSeries } from "../src/report/report-series.ts";
import { reportLatency } from "../src/report/sparse-counts.ts";

const backends = ["Server-1", "Server-2", "Server-3"];
/** A response comes after the last request was due, and begins an interval that has hardly any length. */
const durationMs = 12_001;
const fault = { fromMs: 4000, toMs: 7000 };

/** Twelve seconds at 200 requests/s with `Server-1` killed for three of them; always the same. */
export function sampleReport(): ReportDocument {
  const run = sampleRun();
  return {
    schema: reportSchemaName,
    kind: "chaos",
    title: "Chaos: 1 fault",
    target: "http://127.0.0.1:8080/",
    command: "evenkeel loadtest chaos --timeline 't=4s: kill 1 for 3s' --html report.html",
    startedAt: "2026-01-02T03:04:05.000Z",
    durationMs,
    verdict: run.verdict,
    partial: false,
    notes: ["timeline: t=4s: kill 1 for 3s"],
    warnings: [],
    environment: {
      version: "0.1.0",
      commit: "0123456789ab",
      node: "v26.10.0",
      os: "linux 6.8.0 x64",
      cpu: "Example CPU",
      cores: 2,
      memoryBytes: 8 * 1024 ** 3,
    },
    runs: [run],
    curves: [],
    tables: [],
  };
}

function sampleRun(): ReportRun {
  const { series, errors, statuses, requests } = sampleSeries();
  const latency = latencyOf(series.snapshot());
  const all = [...requests.values()].reduce((sum, count) => sum + count, 0);
  return {
    title: "",
    startedAt: "2026-01-02T03:04:05.000Z",
    durationMs,
    verdict: { kind: "fail", reasons: ["during: failed<1%: 30 from 4.00 s to 7.00 s"] },
    partial: false,
    thresholds: [
      { text: "calm: failed==0", value: "kept in all of them", verdict: "met" },
      { text: "during: failed<1%", value: "30 from 4.00 s to 7.00 s", verdict: "not-met" },
    ],
    checks: [
      {
        what: "last failed request",
        expected: "≤ 300 ms",
        measured: "212 ms",
        verdict: "pass",
        note: "three checks of 100 ms",
      },
    ],
    figures: [
      { name: "requests sent", value: 2400, unit: "count" },
      { name: "failed", value: 30, unit: "count" },
      { name: "dropped", value: 0, unit: "count" },
      { name: "retries", value: null, unit: "count" },
      { name: "p50 latency", value: latency.percentile(50), unit: "us" },
      { name: "p99 latency", value: latency.percentile(99), unit: "us" },
      { name: "generator busy", value: 0.12, unit: "share" },
    ],
    series: reportSeries(series.snapshot()),
    latency: reportLatency(latency.snapshot(), "due"),
    serviceTime: reportLatency(serviceTimes(latency).snapshot(), "sent"),
    backends: backends.map((name) => ({
      name,
      requests: requests.get(name) ?? 0,
      share: (requests.get(name) ?? 0) / all,
      expectedShare: 1 / 3,
      leastShare: 0.95 / 3,
      mostShare: 1.05 / 3,
      verdict: name === "Server-1" ? "outside" : "within",
      note: "",
    })),
    statuses,
    errors,
    faults: [{ ...fault, label: "kill", backends: ["Server-1"] }],
    ledger: {
      due: 2400,
      sent: 2400,
      succeeded: 2370,
      errorResponses: 20,
      lost: 10,
      aborted: 0,
      dropped: 0,
      retries: 4,
      doubled: 0,
      unexplained: 0,
      unlogged: null,
      entries: { client: 2400, balancer: 2400, backends: 2374 },
      listed: [{ what: "lost", ids: ["e1-801", "e1-804"] }],
    },
    tables: [],
  };
}

function sampleSeries() {
  const random = seededRandom(7);
  const series = new TimeSeries();
  const requests = new Map<string, number>();
  const counts = { errors: 0, statuses: 0 };
  for (let index = 0; index < 2400; index++) {
    const dueAtMs = index * 5;
    const isBroken = dueAtMs >= fault.fromMs && dueAtMs < fault.toMs;
    const isFailing = isBroken && dueAtMs < fault.fromMs + 450 && index % 3 === 0;
    const alive = isBroken ? backends.slice(1) : backends;
    const backend = isFailing ? undefined : (alive[index % alive.length] ?? "");
    series.offered(dueAtMs);
    const isLost = isFailing && index % 9 === 0;
    const latencyUs = isLost ? undefined : 800 * Math.exp(1.2 * random()) * (isBroken ? 3 : 1);
    if (latencyUs !== undefined) series.arrived(dueAtMs + latencyUs / 1000);
    if (isFailing) counts[isLost ? "errors" : "statuses"] += 1;
    const label = isLost ? "reset" : isFailing ? "5xx" : "2xx";
    series.ended(dueAtMs, { label, isFailed: isFailing, backend, latencyUs });
    if (backend !== undefined) requests.set(backend, (requests.get(backend) ?? 0) + 1);
  }
  const failed = counts.errors + counts.statuses;
  const statuses = { 200: 2400 - failed, 502: counts.statuses };
  return { series, requests, statuses, errors: { reset: counts.errors } };
}

/** Half of every latency. */
function serviceTimes(latency: LatencyHistogram): LatencyHistogram {
  const half = new LatencyHistogram();
  for (let percentile = 0.05; percentile <= 100; percentile += 0.05) {
    half.record(latency.percentile(percentile) / 2);
  }
  return half;
}
