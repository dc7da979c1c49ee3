import { appendFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { startHttp } from "../../test/servers.ts";
import { parseThreshold } from "../thresholds/parse-threshold.ts";
import { generatorBreaches } from "./generator-breaches.ts";
import { loadVocabulary } from "./load-metrics.ts";
import { LoadTotals } from "./load-totals.ts";
import { runLoad } from "./run-load.ts";
import { resolveRun, type RunOptions } from "./run-options.ts";
import { loadDocument } from "./document.ts";
import { renderLoad } from "./report.ts";
import { plain } from "../print/paint.ts";
import { loadPlanFor } from "../../test/load-plans.ts";

function planOf(url: string, options: Partial<RunOptions>) {
  return resolveRun({ url, allowSaturation: true, timeoutMs: 5000, ...options });
}

function verdictsOf(run: Awaited<ReturnType<typeof runLoad>>): Record<string, string> {
  return Object.fromEntries(
    run.thresholds.map(({ threshold, verdict }) => [threshold.text, verdict]),
  );
}

/** Every third answer is a 503, and they take turns. */
async function startFlaky() {
  let requests = 0;
  return await startHttp((_request, response) => {
    requests += 1;
    response.statusCode = requests % 3 === 0 ? 503 : 200;
    response.setHeader("X-Backend", requests % 2 === 0 ? "even" : "odd").end("ok");
  });
}

test("judges every metric that it knows", async () => {
  const { url } = await startFlaky();
  const thresholds = {
    "latency: p(100)<10s": "met",
    "latency{request=request}: min<0ms": "not-met",
    "service: avg<10s": "met",
    "lag: max<10s": "met",
    "requests: count==30": "met",
    "throughput: rate>0/s": "met",
    "failed: count==10": "met",
    "failed{request=request}: rate<33%": "not-met",
    "errors==0": "met",
    "errors{kind=timeout}==0": "met",
    "dropped==0": "met",
    "status{code=503}: count==10": "met",
    "status{code=404}: count>0": "not-met",
    "backend{name=even}: share<=50%": "met",
    "backend{name=nobody}: count==0": "met",
    "checks: rate>60%": "met",
    "lost==0": "unknown",
  } as const;
  const plan = planOf(url, {
    requests: 30,
    connections: 2,
    thresholds: Object.keys(thresholds),
    checks: [{ kind: "status", ranges: [{ from: 200, to: 299 }] }],
  });
  const run = await runLoad(plan);
  expect(verdictsOf(run)).toEqual(thresholds);
  expect(run.pass).toBe(false);
});

test("without a threshold nothing is judged, and that is no failure", async () => {
  const { url } = await startFlaky();
  const run = await runLoad(planOf(url, { requests: 5 }));
  expect(run).toMatchObject({ pass: true, thresholds: [] });
  expect(renderLoad(run, plain)).toContain("no --threshold, so nothing is judged");
});

test("ends as soon as a threshold is missed, but not before the delay", async () => {
  const { url } = await startFlaky();
  const thresholds = ["failed: rate<1%", "requests: count>1000000"];
  const load = { ratePerSecond: 200, durationMs: 60_000, thresholds, abortOnFail: true };
  const run = await runLoad(planOf(url, { ...load, abortDelayMs: 700 }));
  expect(run.abortedBy?.threshold.text).toBe("failed: rate<1%");
  expect(run.pass).toBe(false);
  expect(run.isPartial).toBe(false);
  expect(run.result.durationMs).toBeGreaterThanOrEqual(700);
  expect(run.result.durationMs).toBeLessThan(60_000);
  expect(renderLoad(run, plain)).toContain("ended early: failed: rate<1% was missed");
});

test("a target that nobody is at is an error, in an open loop, too", async () => {
  const { url, server } = await startFlaky();
  server.close();
  const plan = planOf(url, { ratePerSecond: 100, durationMs: 100 });
  await expect(runLoad(plan)).rejects.toThrow(/cannot reach .*: connection refused/);
});

test("an interrupted run is partial, and its document says so", async () => {
  const { url } = await startFlaky();
  const interruption = new AbortController();
  const plan = planOf(url, { ratePerSecond: 100, durationMs: 60_000 });
  const onProgress = (): void => interruption.abort();
  const run = await runLoad(plan, { signal: interruption.signal, onProgress });
  expect(loadDocument(run)).toMatchObject({ partial: true, schema: "evenkeel.loadtest.run/1" });
});

async function ledgerFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "evenkeel-run-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

/** A balancer of the worst kind: what it writes down is up to `log` and `see`. */
async function startLogging(
  log: (id: string, line: (attempts: number) => Promise<void>) => Promise<void>,
  see: (id: string, line: () => Promise<void>) => Promise<void>,
) {
  const folder = await ledgerFolder();
  const files = { log: join(folder, "access.json"), ledger: join(folder, "a.ndjson") };
  const before = '{"time":"2026-01-01T00:00:00Z","path":"/?id=e0-1","status":200,"attempts":9}\n';
  await Promise.all([writeFile(files.log, before), writeFile(files.ledger, "")]);
  const { url } = await startHttp((request, response) => {
    const id = String(request.headers["x-evenkeel-id"]);
    const time = new Date().toISOString();
    const line = (fields: object): string => `${JSON.stringify({ time, ...fields })}\n`;
    const target = request.url;
    const work = async (): Promise<void> => {
      await see(id, () => appendFile(files.ledger, line({ event: "ended", target })));
      await log(id, (attempts) =>
        appendFile(files.log, line({ path: target, status: 200, attempts })),
      );
      response.setHeader("X-Backend", "a").end();
    };
    void work();
  });
  const ledger = { balancerLog: files.log, backendLedgers: new Map([["a", files.ledger]]) };
  return { url, ledger };
}

const isNumber = (id: string, number: number): boolean => id.endsWith(`-${number}`);

test("ledgers that agree pass", async () => {
  const { url, ledger } = await startLogging(
    (_id, line) => line(1),
    (_id, line) => line(),
  );
  const run = await runLoad(planOf(url, { requests: 20, connections: 4, ledger, retryBudget: 0 }));
  expect(run.counts).toMatchObject({
    sent: 20,
    retries: 0,
    entries: { balancer: 20, backends: 20 },
  });
  expect(run.pass).toBe(true);
});

test("lists by id what was done twice, seen by nobody, and not logged", async () => {
  const { url, ledger } = await startLogging(
    async (id, line) => {
      if (!isNumber(id, 3)) await line(isNumber(id, 4) ? 2 : 1);
    },
    async (id, line) => {
      if (isNumber(id, 1)) await line();
      if (!isNumber(id, 2)) await line();
    },
  );
  const options = { requests: 8, connections: 1, body: "x", ledger, retryBudget: 0.1 };
  const run = await runLoad(planOf(url, options));
  expect(verdictsOf(run)).toEqual({
    "lost: count==0": "met",
    "doubled: count==0": "not-met",
    "unexplained: count==0": "not-met",
    "unlogged: count==0": "not-met",
    "retries: rate<=10%": "not-met",
  });
  const text = renderLoad(run, plain);
  expect(text).toMatch(/doubled +e[\da-f]+-1 \(POST, seen 2/);
  expect(text).toMatch(/unexplained +e[\da-f]+-2$/m);
  expect(text).toMatch(/unlogged +e[\da-f]+-3$/m);
});

test("a ledger that is not there is said before any load", async () => {
  const { url } = await startFlaky();
  const ledger = { balancerLog: "/nowhere/access.json" };
  await expect(runLoad(planOf(url, { requests: 1, ledger }))).rejects.toThrow(
    /balancer log: ENOENT/,
  );
});

test("reads what test-backends count themselves, and refuses one that has forgotten", async () => {
  let forgotten = 0;
  const ids: Record<string, number> = {};
  const { url } = await startHttp((request, response) => {
    if (request.url === "/__stats") {
      return void response.end(
        JSON.stringify({ byRequestId: ids, requestIdsForgotten: forgotten }),
      );
    }
    ids[String(request.headers["x-req-id"])] = 1;
    return void response.setHeader("X-Backend", "a").end();
  });
  const ledger = { backendUrls: [url] };
  const run = await runLoad(planOf(url, { requests: 10, ledger }));
  expect(run.counts?.entries.backends).toBe(10);
  expect(run.pass).toBe(true);
  forgotten = 5;
  const attempt = runLoad(planOf(url, { requests: 1, ledger }));
  await expect(attempt).rejects.toThrow(/has forgotten 5 request ids/);
});

function breachesOf(
  loop: "open" | "closed",
  {
    lagMs = 0,
    utilizations = [0.1],
  }: { readonly lagMs?: number; readonly utilizations?: number[] },
): string[] {
  const totals = new LoadTotals(loadPlanFor("http://127.0.0.1:1"));
  for (let n = 0; n < 100; n++) {
    totals.lagUs.record(lagMs * 1000);
    totals.latencyUs.record(20_000);
  }
  const stages = [{ fromPerSecond: 1, toPerSecond: 1, durationMs: 1000 }];
  const shape =
    loop === "open"
      ? ({ loop, stages, arrivals: "constant", requests: undefined, maxInFlight: 1 } as const)
      : ({ loop, connections: 1, requests: 1, durationMs: undefined } as const);
  return generatorBreaches({ shape }, { totals, utilizations });
}

test("says when the generator is the limit: late, or busy in any worker", () => {
  expect(breachesOf("open", { lagMs: 4 })).toEqual([]);
  expect(breachesOf("open", { lagMs: 6 })).toEqual([
    expect.stringMatching(/p99 lag 6.0 ms, allowed 5.0/),
  ]);
  expect(breachesOf("open", { utilizations: [0.2, 0.95] })).toEqual([
    expect.stringMatching(/busy 95.0 % of the time, more than 90 %/),
  ]);
  expect(breachesOf("closed", { lagMs: 6, utilizations: [0.95] })).toEqual([]);
  expect(breachesOf("closed", { utilizations: [0.2, 0.99] })).toEqual([
    expect.stringMatching(/busy 99.0 % of the time: req\/s and latencies are its own limit/),
  ]);
});

test("knows every metric of its help", () => {
  for (const name of Object.keys(loadVocabulary.metrics)) {
    const { kind } = loadVocabulary.metrics[name] ?? { kind: "requests" };
    const limit = {
      requests: "==0",
      share: "==100%",
      time: "<1s",
      trend: ": max<1s",
      throughput: ">1/s",
    };
    expect(parseThreshold(name + limit[kind], loadVocabulary).metric).toBe(name);
  }
});
