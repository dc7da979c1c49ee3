import { describe, expect } from "vitest";
import { restGenerations } from "../src/generation/keyed-places.ts";
import { askAdmin } from "./support/admin-client.ts";
import { test } from "./support/concurrent.ts";
import { eventually } from "./support/peer.ts";
import { ok, refusingPort, startBackend } from "./support/raw-backend.ts";
import { openClient } from "./support/raw-client.ts";
import { reloaded } from "./support/reload.ts";
import { type TestProxy, get, startTestProxy } from "./support/run-proxy.ts";

const admin = "127.0.0.1:0";

interface BackendFigures {
  readonly id: string;
  readonly requests: number;
  readonly selections: number;
  readonly healthy: boolean;
  readonly avg_response: number | null;
  readonly p50_response: number | null;
  readonly p95_response: number | null;
  readonly p99_response: number | null;
  readonly status_codes: Readonly<Record<string, number>>;
  readonly algorithm: string;
}

async function json<Shown>(proxy: TestProxy, path: string): Promise<Shown> {
  const headers = { accept: "application/json" };
  return JSON.parse((await askAdmin(proxy.running, path, { headers })).text) as Shown;
}

async function backends(proxy: TestProxy): Promise<readonly BackendFigures[]> {
  return (await json<{ backends: BackendFigures[] }>(proxy, "/metrics")).backends;
}

/** Answers with the status that the path begins with, after the milliseconds that follow it. */
async function startTeller(): Promise<string> {
  const { url } = await startBackend(({ line }, connection) => {
    const [, code = "200", ms] = /\/(\d+)(?:\/(\d+))? /.exec(line) ?? [];
    const text = `HTTP/1.1 ${code} X\r\nContent-Length: 2\r\n\r\nok`;
    if (ms === undefined) return text;
    setTimeout(() => connection.send(text), Number(ms));
    return null;
  });
  return url;
}

describe("the metrics as JSON", () => {
  test("are what each backend was asked and answered, by both workers", async () => {
    const proxy = await startTestProxy({
      backends: [
        { url: await startTeller(), id: "b0" },
        { url: await startTeller(), id: "b1" },
      ],
      top: { admin, workers: 2 },
    });
    const clients = await Promise.all(Array.from({ length: 6 }, () => openClient(proxy.port)));
    await Promise.all(
      clients.map(async (client) => {
        for (const path of ["/200", "/201", "/404", "/599", "/200"])
          await client.request(get(path));
      }),
    );
    await proxy.recorded(30);
    const { total_requests, algorithm, uptime } = await json<Record<string, unknown>>(
      proxy,
      "/metrics",
    );
    expect([total_requests, algorithm]).toEqual([30, "round-robin"]);
    expect(uptime).toBeGreaterThan(0);
    for (const one of await backends(proxy)) {
      const records = proxy.records().filter(({ backend }) => backend === one.id);
      expect([one.requests, one.selections]).toEqual([records.length, records.length]);
      const codes = Object.groupBy(records, ({ status }) => (status === 599 ? "5xx" : `${status}`));
      const counts = Object.entries(codes).map(([code, some]) => [code, some?.length]);
      expect(one.status_codes).toEqual(Object.fromEntries(counts));
      expect([one.healthy, one.algorithm]).toEqual([true, "round-robin"]);
      expect(one.p50_response).toBeGreaterThan(0);
      expect(one.p95_response).toBeGreaterThanOrEqual(one.p50_response ?? Infinity);
      expect(one.p99_response).toBeGreaterThanOrEqual(one.p95_response ?? Infinity);
    }
  });

  test("tell a slow backend from a fast one, and a choice from an answer", async () => {
    const proxy = await startTestProxy({
      backends: [
        { url: await startTeller(), id: "slow" },
        { url: (await startBackend(() => ok())).url, id: "fast" },
        { url: (await startBackend(() => null)).url, id: "silent" },
      ],
      top: { admin },
    });
    const client = await openClient(proxy.port);
    await client.request(get("/200/300"));
    await client.request(get("/200"));
    (await openClient(proxy.port)).send(get("/200"));
    await eventually("the silent one was chosen", () => proxy.running.inFlight() === 1);
    const [slow, fast, silent] = await backends(proxy);
    expect(slow?.avg_response).toBeGreaterThanOrEqual(290);
    expect(slow?.p50_response).toBeGreaterThanOrEqual(290 * 0.9);
    const [, ofFast] = await proxy.recorded(2);
    expect(fast?.avg_response).toBeLessThanOrEqual((ofFast?.latency_ms ?? 0) + 0.01);
    expect(silent).toMatchObject({
      requests: 0,
      selections: 1,
      avg_response: null,
      p50_response: null,
      status_codes: {},
    });
  });

  test("do not charge a backend for what came before it was chosen", async () => {
    const proxy = await startTestProxy({
      backends: [
        { url: await startTeller(), id: "first" },
        { url: (await startBackend(() => ok())).url, id: "second" },
      ],
      pool: { retry: { maxRetries: 1, statuses: [503] } },
      top: { admin },
    });
    const answer = await (await openClient(proxy.port)).request(get("/503/300"));
    expect(answer.body).toBe("ok");
    const [first, second] = await backends(proxy);
    expect(first?.avg_response).toBeGreaterThanOrEqual(290);
    expect(first?.status_codes).toEqual({ "503": 1 });
    expect(second?.status_codes).toEqual({ "200": 1 });
    // One after the other within the request, so together no longer than that.
    const [record] = await proxy.recorded(1);
    const together = (first?.avg_response ?? NaN) + (second?.avg_response ?? NaN);
    expect(together).toBeLessThanOrEqual((record?.latency_ms ?? 0) + 0.01);
  });

  test("are asked for by Accept, which the answer says; without it there is text", async () => {
    const proxy = await startTestProxy({ backends: ["http://127.0.0.1:1"], top: { admin } });
    const typeFor = async (accept: string | null): Promise<unknown> => {
      const headers = accept === null ? {} : { accept };
      const answer = await askAdmin(proxy.running, "/metrics", { headers });
      expect([answer.status, answer.headers["vary"]]).toEqual([200, "Accept"]);
      return answer.headers["content-type"];
    };
    const text = "text/plain; version=0.0.4; charset=utf-8";
    expect(await typeFor(null)).toBe(text);
    expect(await typeFor("application/json")).toBe("application/json");
    expect(await typeFor("application/json;q=0.5, text/plain;q=0.6")).toBe(text);
    expect(await typeFor("text/html")).toBe(text);
  });

  test("name no common algorithm where pools differ", async () => {
    const backend = { backends: ["http://127.0.0.1:1"] };
    const pools = { one: backend, two: { ...backend, strategy: "random" } };
    const routes = [{ path: "/one", pool: "one" }, { pool: "two" }];
    const proxy = await startTestProxy({ top: { admin, pools, routes } });
    expect((await json<{ algorithm: unknown }>(proxy, "/metrics")).algorithm).toBeNull();
    expect((await backends(proxy)).map(({ algorithm }) => algorithm)).toEqual([
      "round-robin",
      "random",
    ]);
  });
});

describe("the balancer's own numbers", () => {
  test("are totals, rates over the window that they name, and who is healthy", async () => {
    const proxy = await startTestProxy({
      backends: [await startTeller(), `http://127.0.0.1:${await refusingPort()}`],
      pool: { healthCheck: { interval: "50ms", fastInterval: "50ms", unhealthyThreshold: 1 } },
      top: { admin },
    });
    await eventually("both were checked", () => proxy.healthChanges.length === 2);
    const client = await openClient(proxy.port);
    for (const path of ["/200", "/500", "/404", "/200"]) await client.request(get(path));
    await proxy.recorded(4);
    const numbers = await json<Record<string, number>>(proxy, "/api/v1/metrics");
    expect(numbers).toMatchObject({
      total_requests: 4,
      active_connections: 1,
      error_rate: 0.25,
      backends_healthy: 1,
      backends_unhealthy: 1,
    });
    const counted = (numbers["requests_per_second"] ?? 0) * (numbers["window_seconds"] ?? 0);
    expect(counted).toBeCloseTo(4, 1);
    expect(numbers["avg_response_time_ms"]).toBeGreaterThan(0);
  });

  test("of a balancer that nobody asked are no division by zero", async () => {
    const proxy = await startTestProxy({ backends: ["http://127.0.0.1:1"], top: { admin } });
    expect(await json(proxy, "/api/v1/metrics")).toMatchObject({
      total_requests: 0,
      requests_per_second: 0,
      active_connections: 0,
      avg_response_time_ms: null,
      error_rate: 0,
    });
  });
});

test("what a reload adds is counted from its beginning, and what it keeps goes on", async () => {
  const urls = [await startTeller(), await startTeller()];
  const backends = urls.map((url, index) => ({ url, id: `b${index}` }));
  const settings = { pool: { slowStart: "off" }, top: { admin } };
  const proxy = await startTestProxy({ backends: backends.slice(0, 1), ...settings });
  const client = await openClient(proxy.port);
  await client.request(get("/200"));
  await reloaded(proxy, { backends, ...settings });
  for (let turn = 0; turn < 4; turn++) await client.request(get("/200"));
  await proxy.recorded(5);
  const shown = await json<{ backends: BackendFigures[] }>(proxy, "/metrics");
  expect(shown.backends.map(({ id, requests }) => [id, requests])).toEqual([
    ["b0", 3],
    ["b1", 2],
  ]);
  expect(shown.backends.every(({ p50_response: half }) => half !== null)).toBe(true);
  expect(await json(proxy, "/api/v1/metrics")).toMatchObject({ total_requests: 5 });
});

test("a total does not fall when a pool is gone, nor when another one has its place", async () => {
  const backend = await startTeller();
  const { pools, routes } = {
    pools: { web: { backends: [backend] }, old: { backends: [backend] } },
    routes: [{ path: "/204", pool: "old" }, { pool: "web" }],
  };
  const proxy = await startTestProxy({ top: { admin, workers: 2, pools, routes } });
  const client = await openClient(proxy.port);
  const total = async (): Promise<number> =>
    (await json<{ total_requests: number }>(proxy, "/api/v1/metrics")).total_requests;
  await client.request(get("/204"));
  await client.request(get("/200"));
  await proxy.recorded(2);
  expect(await total()).toBe(2);
  // More than a row rests before another pool gets it.
  for (let turn = 0; turn < restGenerations + 3; turn++) {
    const other = `new-${turn}`;
    await reloaded(proxy, {
      top: {
        admin,
        workers: 2,
        pools: { web: { backends: [backend] }, [other]: { backends: [backend] } },
        routes: [{ path: "/204", pool: other }, { pool: "web" }],
      },
    });
    if (turn === 0) expect(await total()).toBe(2);
  }
  expect(await total()).toBe(2);
});

test("a server's rate and time are those of its own requests", async () => {
  const proxy = await startTestProxy({
    backends: [
      { url: await startTeller(), id: "b0" },
      { url: await startTeller(), id: "b1" },
    ],
    pool: { strategy: "first" },
    top: { admin },
  });
  const client = await openClient(proxy.port);
  for (let turn = 0; turn < 3; turn++) await client.request(get("/200/50"));
  await proxy.recorded(3);
  const { servers } = await json<{ servers: Record<string, number | null>[] }>(
    proxy,
    "/api/v1/servers",
  );
  const [asked, idle] = servers;
  expect(asked?.["requests_per_second"]).toBeGreaterThan(0);
  expect(asked?.["avg_response_time_ms"]).toBeGreaterThanOrEqual(45);
  expect(idle).toMatchObject({ requests_per_second: 0, avg_response_time_ms: null });
});
