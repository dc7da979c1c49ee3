import { setTimeout as pause } from "node:timers/promises";
import { describe, expect } from "vitest";
import type { TraceRecord } from "../src/trace/trace-record.ts";
import { traceSchema } from "../src/trace/trace-schema.ts";
import { askAdmin } from "./support/admin-client.ts";
import { test } from "./support/concurrent.ts";
import { ok, startBackend } from "./support/raw-backend.ts";
import { openClient } from "./support/raw-client.ts";
import { reloaded } from "./support/reload.ts";
import { type ProxySettings, type TestProxy, get, startTestProxy } from "./support/run-proxy.ts";

const traced = { admin: "127.0.0.1:0", traces: { sample: "100%", keep: 20 } };
const failing = "HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n";

interface Answer {
  readonly sample: string;
  readonly until: string | null;
  readonly kept: number;
  readonly dropped: number;
  readonly traces: readonly TraceRecord[];
}

async function tracesOf(proxy: TestProxy, query = ""): Promise<Answer> {
  const { status, text } = await askAdmin(proxy.running, `/api/v1/traces${query}`);
  if (status !== 200) throw new Error((JSON.parse(text) as { detail: string }).detail);
  const answer = JSON.parse(text) as Answer;
  // As the API's description says.
  for (const trace of answer.traces) traceSchema.parse(trace);
  return answer;
}

async function traceNow(proxy: TestProxy, body: unknown): Promise<Answer> {
  const { status, text } = await askAdmin(proxy.running, "/api/v1/traces", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  if (status !== 200) throw new Error((JSON.parse(text) as { detail: string }).detail);
  return JSON.parse(text) as Answer;
}

/** The test's own time limit ends it. */
async function eventually(isTrue: () => Promise<boolean>): Promise<void> {
  while (!(await isTrue())) await pause(10);
}

/** All traces, when there are at least this many. */
async function someTraces(proxy: TestProxy, count: number): Promise<readonly TraceRecord[]> {
  let found: readonly TraceRecord[] = [];
  await eventually(async () => {
    found = (await tracesOf(proxy)).traces;
    return found.length >= count;
  });
  return found;
}

async function start(settings: Partial<ProxySettings> = {}): Promise<TestProxy> {
  const good = await startBackend(() => ok("good"));
  const bad = await startBackend(() => failing);
  return await startTestProxy({
    backends: [
      { url: bad.url, id: "bad" },
      { url: good.url, id: "good" },
    ],
    top: traced,
    ...settings,
  });
}

describe("a trace", () => {
  test("has every attempt, what it came to, why there was another, and who else could have served", async () => {
    const proxy = await start({ pool: { retry: { statuses: [503] }, strategy: "first" } });
    const client = await openClient(proxy.port);
    await client.request(get("/x?y"));
    const [trace] = await someTraces(proxy, 1);
    expect(trace).toMatchObject({
      method: "GET",
      path: "/x?y",
      clientIp: "127.0.0.1",
      route: 1,
      pool: "web",
      status: 200,
      error: null,
      waits: 0,
      attempts: [
        {
          backend: "bad",
          outcome: "status 503",
          retry: { isGranted: true, delayMs: 0, reason: null },
          candidates: [
            { backend: "bad", standing: "candidate", inFlight: 0 },
            { backend: "good", standing: "candidate", inFlight: 0 },
          ],
        },
        {
          backend: "good",
          outcome: "status 200",
          retry: null,
          candidates: [{ backend: "bad", standing: "tried" }, { standing: "candidate" }],
        },
      ],
    });
    const [record] = await proxy.recorded(1);
    expect(trace?.requestId).toBe(record?.request_id);
    for (const { ms } of trace?.attempts ?? []) expect(ms).toBeGreaterThan(0);
  });

  test("of a refused retry says which rule refused it", async () => {
    const proxy = await start({
      pool: { retry: { statuses: [503], maxRetries: 0 }, strategy: "first" },
    });
    await (await openClient(proxy.port)).request(get());
    const [trace] = await someTraces(proxy, 1);
    expect(trace?.attempts).toMatchObject([{ retry: { isGranted: false, reason: "attempts" } }]);
  });

  test("says why a backend got nothing, in the words of health", async () => {
    const proxy = await start({ pool: { strategy: "least-connections" } });
    proxy.running.setBackendState("web", "bad", "maintenance", "disk");
    await (await openClient(proxy.port)).request(get());
    const [trace] = await someTraces(proxy, 1);
    expect(trace?.attempts[0]?.candidates).toMatchObject([
      { backend: "bad", standing: "out", reason: "maintenance: operator: maintenance: disk" },
      { backend: "good", standing: "candidate", score: { load: 1 } },
    ]);
  });

  test("is also made of requests that get to no backend", async () => {
    const proxy = await start({ top: { ...traced, routes: [{ host: "b.test", pool: "web" }] } });
    await (await openClient(proxy.port)).request(get());
    const [trace] = await someTraces(proxy, 1);
    expect(trace).toMatchObject({
      route: null,
      pool: null,
      status: 404,
      error: "destination_not_found",
      attempts: [],
    });
  });

  test("of a request with a second copy has both, and which of them was overtaken", async () => {
    const [one, other] = [await startBackend(() => ok()), await startBackend(() => ok("other"))];
    const proxy = await startTestProxy({
      backends: [
        { url: one.url, id: "one" },
        { url: other.url, id: "other" },
      ],
      pool: {
        strategy: "first",
        circuitBreaker: false,
        hedge: { minDelay: "50ms", budget: "100%" },
      },
      top: traced,
    });
    const client = await openClient(proxy.port);
    for (let answer = 0; answer < 100; answer++) await client.request(get("/before"));
    one.answer = () => null;
    expect((await client.request(get("/slow"))).body).toBe("other");
    await eventually(async () => (await tracesOf(proxy)).traces[0]?.path === "/slow");
    const [trace] = (await tracesOf(proxy)).traces;
    expect(trace?.attempts).toMatchObject([
      { backend: "one", outcome: "canceled", ms: null },
      { backend: "other", outcome: "status 200", candidates: [{ standing: "tried" }, {}] },
    ]);
    expect(trace?.attempts[1]?.startedMs).toBeGreaterThan(0);
  });

  test("of a request that waited for room says so", async () => {
    const silent = await startBackend();
    const proxy = await startTestProxy({
      backends: [silent.url],
      pool: { limits: { inFlightPerBackend: 1, queueTimeout: "5m" } },
      top: traced,
    });
    const [first, second] = [await openClient(proxy.port), await openClient(proxy.port)];
    first.send(get());
    const connection = await silent.connection();
    await connection.request();
    second.send(get("/second"));
    await eventually(async () => {
      const { text } = await askAdmin(proxy.running, "/metrics");
      return /waiting\S* 1$/m.test(text);
    });
    silent.answer = () => ok();
    connection.send(ok());
    await second.response();
    const all = await someTraces(proxy, 2);
    const waits = Object.fromEntries(all.map(({ path, waits: count }) => [path, count > 0]));
    expect(waits).toEqual({ "/": false, "/second": true });
  });
});

describe("traces", () => {
  test("are off unless asked for, and then for as long as asked for", async () => {
    const proxy = await start({ top: { admin: "127.0.0.1:0" } });
    const client = await openClient(proxy.port);
    await client.request(get("/before"));
    expect(await tracesOf(proxy)).toMatchObject({ sample: "off", until: null, traces: [] });
    expect(await traceNow(proxy, { sample: "100%", for: "1h" })).toMatchObject({ sample: "100%" });
    await client.request(get("/during"));
    expect((await someTraces(proxy, 1)).map(({ path }) => path)).toEqual(["/during"]);
    expect(proxy.adminCalls).toMatchObject([
      { status: 200, change: { subject: "tracing", from: "off", to: "100%" } },
    ]);
    await traceNow(proxy, { sample: "100%", for: "10ms" });
    await eventually(async () => (await tracesOf(proxy)).sample === "off");
    await client.request(get("/after"));
    await proxy.recorded(3);
    expect((await tracesOf(proxy)).traces.map(({ path }) => path)).toEqual(["/during"]);
  });

  test("come from all workers, the newest first, and only as many as are kept", async () => {
    const proxy = await start({
      top: { ...traced, workers: 2, traces: { sample: "100%", keep: 5 } },
    });
    for (let turn = 0; turn < 12; turn++) {
      await (await openClient(proxy.port)).request(get(`/${turn}`));
    }
    await eventually(async () => (await tracesOf(proxy)).traces.some(({ path }) => path === "/11"));
    const { traces, kept } = await tracesOf(proxy);
    expect([traces.length, kept]).toEqual([5, 5]);
    expect((await tracesOf(proxy, "?limit=2")).traces).toEqual(traces.slice(0, 2));
  });

  test("are found by what they say", async () => {
    const proxy = await start({ pool: { strategy: "round-robin" } });
    const client = await openClient(proxy.port);
    for (let turn = 0; turn < 4; turn++) await client.request(get(`/${turn % 2}`));
    const all = await someTraces(proxy, 4);
    const pathsOf = async (query: string): Promise<readonly string[]> =>
      (await tracesOf(proxy, query)).traces.map(({ path }) => path);
    expect(await pathsOf("?status=5xx")).toEqual(["/0", "/0"]);
    expect(await pathsOf("?backend=good&status=200")).toEqual(["/1", "/1"]);
    expect(await pathsOf("?path=/1")).toEqual(["/1", "/1"]);
    expect(await pathsOf("?pool=other")).toEqual([]);
    expect(await pathsOf("?retried=true")).toEqual([]);
    expect(await pathsOf(`?requestId=${all[0]?.requestId}`)).toEqual(["/1"]);
  });

  for (const workers of [0, 2]) {
    test(`asked for hold through a reload until the configured share changes (${workers} workers)`, async () => {
      const good = await startBackend(() => ok("good"));
      const settings = (changes: object = {}, pool = {}): ProxySettings => {
        return { backends: [good.url], pool, top: { admin: "127.0.0.1:0", workers, ...changes } };
      };
      const proxy = await startTestProxy(settings());
      const visit = async (path: string): Promise<void> => {
        await (await openClient(proxy.port)).request(get(path));
      };
      await traceNow(proxy, { sample: "100%", for: "1h" });
      await reloaded(proxy, settings({}, { retry: { maxRetries: 1 } }));
      await visit("/held");
      expect((await someTraces(proxy, 1)).map(({ path }) => path)).toEqual(["/held"]);
      expect((await tracesOf(proxy)).until).not.toBeNull();

      await reloaded(proxy, settings({ traces: { sample: "99%", keep: 1 } }));
      expect(await tracesOf(proxy)).toMatchObject({ sample: "99%", until: null });
      await reloaded(proxy, settings({ traces: { sample: "100%", keep: 1 } }));
      await visit("/configured");
      await eventually(async () => (await tracesOf(proxy)).traces[0]?.path === "/configured");
      expect((await tracesOf(proxy)).kept).toBe(1);

      await reloaded(proxy, settings());
      await visit("/off");
      await proxy.recorded(3);
      expect(await tracesOf(proxy)).toMatchObject({
        sample: "off",
        traces: [{ path: "/configured" }],
      });
    });
  }

  const refused: readonly (readonly [string, string])[] = [
    ["?polo=web", 'did you mean "pool"?'],
    ["?status=9", "status: expected"],
    ["?limit=0", "limit: expected a whole number from 1 to 1000"],
    ["?retried=no", "retried: expected true"],
  ];
  for (const [query, said] of refused) {
    test(`${query} is refused with what is valid`, async () => {
      await expect(tracesOf(await start(), query)).rejects.toThrow(said);
    });
  }

  const wrong: readonly (readonly [unknown, string])[] = [
    [{ sample: "lots" }, "sample:"],
    [{ sample: "200%" }, "sample: must be at most 100%"],
    [{ for: "2h" }, "for: must be more than 0s, and at most 1h"],
    [{ until: "noon" }, 'unknown key "until"; there are sample, for'],
  ];
  for (const [body, said] of wrong) {
    test(`${JSON.stringify(body)} starts nothing`, async () => {
      const proxy = await start({ top: { admin: "127.0.0.1:0" } });
      await expect(traceNow(proxy, body)).rejects.toThrow(said);
      expect((await tracesOf(proxy)).sample).toBe("off");
    });
  }
});
