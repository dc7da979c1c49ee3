/* Every check's own result as a report: valid by the schema, complete, and without secrets. */
import { expect, test } from "vitest";
import { failoverRunOf } from "../../test/failover-run.ts";
import { parseScopedThreshold, judgeScoped } from "../chaos/chaos-thresholds.ts";
import { chaosWindows, tally } from "../chaos/chaos-windows.ts";
import { resolveChaos } from "../chaos/options.ts";
import type { ChaosRun } from "../chaos/run-chaos.ts";
import { chaosReport } from "../chaos/to-report.ts";
import { resolveDistribution } from "../distribution/options.ts";
import { verdictOn } from "../distribution/run-distribution.ts";
import { distributionReport } from "../distribution/to-report.ts";
import { ClientLedger } from "../engine/client-ledger.ts";
import { reconcile } from "../failover/ledgers/reconcile.ts";
import { failoverReport } from "../failover/to-report.ts";
import { createRecorder } from "../observation/recorder.ts";
import { TimeSeries } from "../observation/time-series.ts";
import { judgeSticky } from "../sticky/judge-sticky.ts";
import { stickyReport } from "../sticky/to-report.ts";
import type { Visit } from "../sticky/visit.ts";
import type { ReportContext } from "./report-context.ts";
import { type ReportDocument, type ReportSeries } from "./report-document.ts";
import { reportSchema } from "./report-schema.ts";

const context: ReportContext = {
  command: "evenkeel loadtest …",
  environment: {
    version: "0.1.0",
    commit: null,
    node: "v26",
    os: "linux",
    cpu: "one",
    cores: 2,
    memoryBytes: 1024,
  },
};

/** What comes out of JSON is what went in, and what the schema reads. */
function expectValid(report: ReportDocument): void {
  expect(reportSchema.parse(JSON.parse(JSON.stringify(report)))).toEqual(report);
  expect(JSON.stringify(report)).not.toContain("secret");
}

function sumOf(column: readonly number[] | undefined): number {
  return (column ?? []).reduce((sum, count) => sum + count, 0);
}

function seriesOf(report: ReportDocument): ReportSeries {
  const series = report.runs[0]?.series;
  if (series === null || series === undefined) throw new Error("nothing over time");
  return series;
}

test("failover: every request is in the series, the ledger and the bands", () => {
  const run = failoverRunOf(["failed<1%", "p99<1ms"]);
  const report = failoverReport([run], context);
  expectValid(report);
  expect(report).toMatchObject({
    kind: "failover",
    target: "http://user:***@127.0.0.1/",
    verdict: { kind: "fail", reasons: ["doubled==0: 1", expect.stringMatching(/^p99<1ms: /)] },
    partial: false,
  });
  const [part] = report.runs;
  expect(part?.ledger).toMatchObject({ sent: 3000, succeeded: 2975, lost: 25, doubled: 1 });
  expect(part?.ledger?.listed[0]?.ids).toHaveLength(20);
  expect(part?.faults).toMatchObject([{ fromMs: 1000, toMs: 2000, label: "kill" }]);
  expect(part?.thresholds.map(({ verdict }) => verdict)).toContain("not-met");
  const series = seriesOf(report);
  expect(series.intervalMs).toBe(100);
  expect(sumOf(series.offered)).toBe(3000);
  expect(sumOf(series.failed)).toBe(25);
  expect(series.failed.findIndex((count) => count > 0)).toBe(10);
  expect(sumOf(series.outcomes["reset"])).toBe(25);
  expect(part?.latency).toMatchObject({ from: "due", count: 2975, maxUs: 3000 });
  expect(part?.serviceTime).toMatchObject({ from: "sent", count: 2975, maxUs: 2000 });
  expect(series.latency.flat().reduce((sum, [, count]) => sum + count, 0)).toBe(2975);
});

test("failover: several runs are as good as the worst, and have a table of all", () => {
  const good = failoverRunOf([]);
  const fine = { ...good, pass: true, promises: [], compared: [] };
  expect(failoverReport([fine, fine], context).verdict.kind).toBe("pass");
  const report = failoverReport([fine, failoverRunOf(["p99<1ms"])], context);
  expectValid(report);
  expect(report.verdict.kind).toBe("fail");
  expect(report.verdict.reasons[0]).toMatch(/^kill of .*: /);
  expect(report.tables[0]?.rows).toHaveLength(2);
  const late = { ...fine, invalid: ["too late"] };
  expect(failoverReport([fine, late], context).verdict).toMatchObject({ kind: "invalid" });
});

test("chaos: windows, faults to the end of the run, and thresholds with their windows", () => {
  const { load, counts, url } = failoverRunOf([]);
  const plan = resolveChaos({ timeline: "t=1s: kill 1", durationMs: 3000 }, 2);
  const client = new ClientLedger(load.ledger);
  const struck = { label: "kill of a", fault: "kill", backends: ["a"] };
  const faults = [{ ...struck, fromMs: 1000, toMs: Infinity }];
  const runId = "e1";
  const windows = chaosWindows(faults, { client, reconciliation: counts, runId, endMs: 3000 });
  const whole = tally([...client.entries()], () => false);
  const thresholds = ["during: failed==0", "calm: failed==0"].map((text) =>
    judgeScoped(parseScopedThreshold(text), windows, whole),
  );
  const common = { plan, url, load, counts, whole, faults, windows, thresholds };
  const ended = { invalid: [], isPartial: true, abortedBy: undefined, pass: false };
  const run: ChaosRun = { ...common, ...ended };
  const report = chaosReport(run, context);
  expectValid(report);
  expect(report).toMatchObject({ kind: "chaos", title: "Chaos: 1 fault", partial: true });
  expect(report.runs[0]?.faults).toEqual([
    { fromMs: 1000, toMs: null, label: "kill", backends: ["a"] },
  ]);
  expect(report.runs[0]?.tables[0]?.rows).toHaveLength(2);
  const [during, calm] = report.runs[0]?.thresholds ?? [];
  expect(during).toMatchObject({ verdict: "not-met" });
  expect(during?.value).toContain("from 1.00 s to 3.00 s");
  expect(calm).toMatchObject({ verdict: "met", value: "kept in all of them" });
});

test("distribution: shares with what was promised, and a series that adds up", () => {
  const recorder = createRecorder(5000);
  for (let n = 0; n < 90; n++) {
    const endedAtMs = 5000 + 10 * (n + 1);
    const backend = ["a", "b", "b"][n % 3];
    recorder.record({ kind: "response", status: 200, backend, latencyMs: 4, endedAtMs });
  }
  recorder.record({ kind: "error", error: "reset", code: undefined, endedAtMs: 5905 });
  const startedAt = new Date(Date.UTC(2026, 0, 1));
  const observation = recorder.finish({ startedAt, startedAtMs: 5000, generatorUtilization: 0.1 });
  const url = "http://me:secret@127.0.0.1:1/";
  const headers = [["Authorization", "secret"]] as const;
  const resolved = resolveDistribution({ url, headers, expectBackends: 2 });
  const verdict = verdictOn(observation, resolved);
  const remarks = { notes: [], warnings: [], isPartial: false };
  const report = distributionReport({ ...resolved, observation, verdict, ...remarks }, context);
  expectValid(report);
  expect(report.verdict.kind).toBe("fail");
  expect(report.runs[0]?.backends).toEqual([
    {
      name: "a",
      requests: 30,
      share: 30 / 90,
      expectedShare: 0.5,
      leastShare: 0.475,
      mostShare: 0.525,
      verdict: "outside",
      note: "",
    },
    expect.objectContaining({ name: "b", requests: 60, verdict: "outside" }),
  ]);
  const series = seriesOf(report);
  expect(sumOf(series.offered)).toBe(91);
  expect(sumOf(series.achieved)).toBe(90);
  expect(sumOf(series.failed)).toBe(1);
  expect(sumOf(series.backends["b"])).toBe(60);
  expect(report.runs[0]?.latency).toMatchObject({ from: "sent", count: 90, maxUs: 4000 });
});

test("sticky: what the sessions did, and when the victim was away", () => {
  const visit = (backend: string): Visit => ({ status: 200, backend, hasNewCookie: true });
  const visits = [
    [visit("a"), visit("b")],
    [visit("b"), visit("b")],
  ];
  const series = new TimeSeries();
  for (const [index, { backend }] of visits.flat().entries()) {
    const atMs = 100 * index;
    series.offered(atMs);
    series.arrived(atMs + 5);
    const outcome = { label: "2xx", isFailed: false, latencyUs: 5000 };
    series.ended(atMs, { ...outcome, backend: backend ?? undefined });
  }
  const report = stickyReport(
    {
      plan: {
        sessions: 2,
        visits: 4,
        connections: 1,
        path: "/",
        timeoutMs: 1000,
        backendHeader: "X-Backend",
        breaks: true,
      },
      url: "http://me:secret@127.0.0.1:1/",
      startedAt: "2026-01-01T00:00:00.000Z",
      durationMs: 400,
      series: series.snapshot(),
      statuses: new Map([[200, 4]]),
      killedAtMs: 150,
      restartedAtMs: null,
      victim: "a",
      visits,
      verdict: judgeSticky(visits, "a"),
      counts: reconcile({
        runId: "e1",
        client: new ClientLedger(),
        balancer: undefined,
        backends: undefined,
      }),
      partial: false,
    },
    context,
  );
  expectValid(report);
  expect(report.runs[0]?.faults).toEqual([
    { fromMs: 150, toMs: null, label: "kill", backends: ["a"] },
  ]);
  expect(report.runs[0]?.backends.map(({ name, requests }) => [name, requests])).toEqual([
    ["a", 1],
    ["b", 3],
  ]);
  expect(report.runs[0]?.tables[0]?.rows).toContainEqual(["began at the victim", 1]);
  expect(sumOf(seriesOf(report).offered)).toBe(4);
});
