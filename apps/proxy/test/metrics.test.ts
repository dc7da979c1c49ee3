import { readFileSync } from "node:fs";
import { Worker } from "node:worker_threads";
import { afterEach, describe, expect, test, vi } from "vitest";
import { createMetricsPage, labelValues } from "../src/metrics/reference-page.ts";
import { metrics } from "../src/metrics/registry.ts";
import { askAdmin, askHealth, scrape } from "./support/admin-client.ts";
import { type Family, valueOf } from "./support/exposition.ts";
import { eventually } from "./support/peer.ts";
import { ok, refusingPort, startBackend } from "./support/raw-backend.ts";
import { openClient } from "./support/raw-client.ts";
import { get, post, startTestProxy } from "./support/run-proxy.ts";

const admin = "127.0.0.1:0";

afterEach(() => {
  vi.restoreAllMocks();
});

/** Sum over the series of a metric that have these labels, among others. */
function sumOf(
  families: ReadonlyMap<string, Family>,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number {
  const series = families.get(name)?.series ?? [];
  return series
    .filter((one) => Object.entries(labels).every(([key, value]) => one.labels[key] === value))
    .reduce((sum, { value }) => sum + value, 0);
}

test("the reference page is the committed one (if not: pnpm --filter @evenkeel/proxy metrics)", () => {
  const page = new URL("../../../docs/reference/metrics.md", import.meta.url);
  expect(createMetricsPage()).toBe(readFileSync(page, "utf8"));
});

describe("the exposition", () => {
  test("is valid, of the type that Prometheus asks for, and has exactly the registered metrics", async () => {
    const backend = await startBackend(() => ok());
    const routes = [
      { pool: "web", rateLimit: { rate: "1/s" }, concurrencyLimit: { requests: 9_999 } },
    ];
    const proxy = await startTestProxy({
      backends: [backend.url],
      top: { admin, workers: 2, routes },
    });
    const { headers } = await askAdmin(proxy.running, "/metrics");
    expect(headers["content-type"]).toBe("text/plain; version=0.0.4; charset=utf-8");
    const families = await scrape(proxy.running);
    expect([...families.keys()]).toEqual(metrics.map(({ name }) => name));
    for (const { name, type, labels } of metrics) {
      const family = families.get(name);
      expect(family?.type).toBe(type);
      expect(family?.series.length).toBeGreaterThan(0);
      for (const series of family?.series ?? []) {
        const own = Object.keys(series.labels).filter((label) => label !== "le");
        expect(own).toEqual(labels);
        for (const [label, value] of Object.entries(series.labels)) {
          if (label in labelValues) expect(labelValues[label]).toContain(value);
        }
      }
    }
  });

  test("escapes what an id may hold", async () => {
    const id = 'a"b\\c{d}=e,f\\n';
    const proxy = await startTestProxy({
      backends: [{ url: "http://127.0.0.1:1", id }],
      top: { admin },
    });
    const labels = { pool: "web", backend: id };
    expect(valueOf(await scrape(proxy.running), "evenkeel_backend_in_flight", labels)).toBe(0);
  });

  test("has series for what the configuration names and nothing that a client sends", async () => {
    const backend = await startBackend(() => ok());
    const proxy = await startTestProxy({ backends: [backend.url], top: { admin } });
    const lines = async (): Promise<number> =>
      (await askAdmin(proxy.running, "/metrics")).text.split("\n").length;
    const before = await lines();
    const client = await openClient(proxy.port);
    for (let turn = 0; turn < 50; turn++) {
      await client.request(get(`/${turn}?q=${turn}`, `X-Request-Id: r${turn}\r\n`));
      await client.request(`M${turn} /${turn} HTTP/1.1\r\nHost: h${turn}.test\r\n\r\n`);
    }
    expect(await lines()).toBe(before);
  });
});

describe("counters", () => {
  test("equal what 200 requests through 2 workers were", async () => {
    const backends = await Promise.all(
      [0, 1].map(() =>
        startBackend(({ line }) => {
          const code = Number(/\/(\d+) /.exec(line)?.[1] ?? 200);
          return `HTTP/1.1 ${code} X\r\nContent-Length: 5\r\n\r\nhello`;
        }),
      ),
    );
    const proxy = await startTestProxy({
      backends: backends.map(({ url }, index) => ({ url, id: `b${index}` })),
      top: { admin, workers: 2, routes: [{ path: "/", host: "a.test", pool: "web" }] },
    });
    const clients = await Promise.all(Array.from({ length: 10 }, () => openClient(proxy.port)));
    await Promise.all(
      clients.map(async (client) => {
        for (let turn = 0; turn < 4; turn++) {
          await client.request(get("/200"));
          await client.request(get("/301"));
          await client.request(get("/404"));
          await client.request(get("/500"));
          await client.request(post("12345678901"));
        }
      }),
    );
    await proxy.recorded(200);
    const families = await scrape(proxy.running);
    const classes = ["1xx", "2xx", "3xx", "4xx", "5xx"].map((code_class) =>
      valueOf(families, "evenkeel_requests_total", { pool: "web", code_class }),
    );
    expect(classes).toEqual([0, 80, 40, 40, 40]);
    expect(sumOf(families, "evenkeel_requests_total", { pool: "" })).toBe(0);
    expect(sumOf(families, "evenkeel_request_errors_total")).toBe(0);
    expect(sumOf(families, "evenkeel_retries_total")).toBe(0);
    const bytes = (direction: string): number =>
      valueOf(families, "evenkeel_bytes_total", { pool: "web", direction });
    expect([bytes("in"), bytes("out")]).toEqual([40 * 11, 200 * 5]);
    expect(valueOf(families, "evenkeel_request_duration_seconds_count", { pool: "web" })).toBe(200);
    const seconds = proxy.records().reduce((sum, { latency_ms: ms }) => sum + ms / 1_000, 0);
    const counted = valueOf(families, "evenkeel_request_duration_seconds_sum", { pool: "web" });
    // Records are rounded to microseconds.
    expect(Math.abs(counted - seconds)).toBeLessThan(200 * 1e-6);
    for (const le of [0.001, 0.01, 0.1]) {
      const upTo = proxy.records().filter(({ latency_ms: ms }) => ms <= le * 1_000).length;
      const labels = { pool: "web", le: String(le) };
      expect(valueOf(families, "evenkeel_request_duration_seconds_bucket", labels)).toBe(upTo);
    }
    for (const [index, { requests }] of backends.entries()) {
      const labels = { pool: "web", backend: `b${index}` };
      expect(sumOf(families, "evenkeel_backend_requests_total", labels)).toBe(requests.length);
      for (const code of [200, 301, 404, 500]) {
        const outcome = `${Math.floor(code / 100)}xx`;
        const sent = proxy
          .records()
          .filter(({ backend, status }) => backend === `b${index}` && status === code).length;
        expect(valueOf(families, "evenkeel_backend_requests_total", { ...labels, outcome })).toBe(
          sent,
        );
      }
      expect(valueOf(families, "evenkeel_backend_in_flight", labels)).toBe(0);
    }
    expect(valueOf(families, "evenkeel_client_connections")).toBe(10);
  });

  test("tell errors of ours from answers, retries from requests, and clients that left", async () => {
    const refusing = await refusingPort();
    const backend = await startBackend(({ line }) => (line.includes("/hang") ? null : ok()));
    const proxy = await startTestProxy({
      backends: [
        { url: `http://127.0.0.1:${refusing}`, id: "gone" },
        { url: backend.url, id: "here" },
      ],
      top: { admin, routes: [{ host: "a.test", pool: "web" }] },
    });
    const client = await openClient(proxy.port);
    // First turns go to the first backend, so two of four are retried.
    for (let turn = 0; turn < 4; turn++) expect((await client.request(get())).body).toBe("ok");
    await client.request("GET / HTTP/1.1\r\nHost: other.test\r\n\r\n");
    await (await openClient(proxy.port)).request("GET / HTTP/1.1\r\n\r\n");
    const leaving = await openClient(proxy.port);
    leaving.send(get("/hang"));
    await eventually("the backend has it", () => backend.requests.length === 5);
    leaving.reset();
    await proxy.recorded(7);
    const families = await scrape(proxy.running);
    const errors = families
      .get("evenkeel_request_errors_total")
      ?.series.filter(({ value }) => value > 0)
      .map(({ labels, value }) => [labels["pool"], labels["error"], value]);
    expect(errors).toEqual([
      ["web", "client_aborted", 1],
      ["", "destination_not_found", 1],
      ["", "http_request_error", 1],
    ]);
    expect(sumOf(families, "evenkeel_requests_total", { pool: "web" })).toBe(5);
    expect(sumOf(families, "evenkeel_requests_total", { pool: "" })).toBe(2);
    const attempts = proxy.records().reduce((sum, { attempts: count }) => sum + count, 0);
    const retries = valueOf(families, "evenkeel_retries_total", { pool: "web" });
    expect(retries).toBeGreaterThan(0);
    expect(retries).toBe(attempts - 5);
    const ofBackend = (name: string, outcome: string): number =>
      valueOf(families, "evenkeel_backend_requests_total", { pool: "web", backend: name, outcome });
    expect(ofBackend("gone", "connect")).toBe(retries);
    expect(ofBackend("here", "2xx")).toBe(4);
    expect(ofBackend("here", "canceled")).toBe(1);
    expect(sumOf(families, "evenkeel_backend_requests_total")).toBe(attempts);
  });

  test("never fall, and buckets are monotone, however often they are read under load", async () => {
    const backend = await startBackend(() => ok());
    const proxy = await startTestProxy({ backends: [backend.url], top: { admin, workers: 2 } });
    const clients = await Promise.all(Array.from({ length: 8 }, () => openClient(proxy.port)));
    const clock = { isOver: false };
    const load = Promise.all(
      clients.map(async (client) => {
        let asked = 0;
        for (; !clock.isOver; asked++) await client.request(get());
        return asked;
      }),
    );
    let last = new Map<string, number>();
    for (let turn = 0; turn < 40; turn++) {
      const families = await scrape(proxy.running);
      const now = new Map<string, number>();
      for (const { type, series } of families.values()) {
        if (type === "gauge") continue;
        for (const { name, labels, value } of series) now.set(name + JSON.stringify(labels), value);
      }
      for (const [key, value] of last) expect(now.get(key) ?? -1).toBeGreaterThanOrEqual(value);
      last = now;
    }
    clock.isOver = true;
    const asked = (await load).reduce((sum, count) => sum + count, 0);
    await proxy.recorded(asked);
    expect(sumOf(await scrape(proxy.running), "evenkeel_requests_total")).toBe(asked);
  });

  test("ask the workers nothing", async () => {
    const postMessage = vi.spyOn(Worker.prototype, "postMessage");
    const backend = await startBackend(() => ok());
    const proxy = await startTestProxy({ backends: [backend.url], top: { admin, workers: 2 } });
    await (await openClient(proxy.port)).request(get());
    postMessage.mockClear();
    for (const path of ["/metrics", "/admin/health", "/readyz"])
      await askAdmin(proxy.running, path);
    expect(postMessage).not.toHaveBeenCalled();
  });

  test("go on when a worker is replaced, which is counted", async () => {
    const made = vi.spyOn(Worker.prototype, "on");
    const backend = await startBackend(() => ok());
    const proxy = await startTestProxy({ backends: [backend.url], top: { admin, workers: 1 } });
    await (await openClient(proxy.port)).request(get());
    await proxy.recorded(1);
    const threads = (): Worker[] => [...new Set(made.mock.contexts as Worker[])];
    await threads()[0]?.terminate();
    await eventually("there is another", () => threads().length === 2);
    const replaced = await scrape(proxy.running);
    expect(valueOf(replaced, "evenkeel_worker_restarts_total", { worker: "0" })).toBe(1);
    expect(sumOf(replaced, "evenkeel_requests_total")).toBe(1);
    let answer = "";
    while (answer === "") {
      const client = await openClient(proxy.port).catch(() => null);
      answer = (await client?.request(get()).catch(() => null))?.body ?? "";
    }
    await proxy.recorded(2);
    expect(sumOf(await scrape(proxy.running), "evenkeel_requests_total")).toBe(2);
  });
});

describe("health", () => {
  const check = { interval: "50ms", fastInterval: "50ms", jitter: "0%", unhealthyThreshold: 2 };

  test("is one state of each backend, with the checks that made it", async () => {
    const backend = await startBackend(() => ok());
    const refusing = await refusingPort();
    const proxy = await startTestProxy({
      backends: [
        { url: backend.url, id: "up" },
        { url: `http://127.0.0.1:${refusing}`, id: "down" },
      ],
      pool: { healthCheck: check },
      top: { admin },
    });
    await eventually("both are judged", () => proxy.healthChanges.length === 2);
    const families = await scrape(proxy.running);
    const states = (name: string, label: string): unknown =>
      families
        .get(name)
        ?.series.filter(({ value }) => value === 1)
        .map(({ labels }) => [labels["backend"], labels[label]]);
    expect(states("evenkeel_backend_status", "status")).toEqual([
      ["up", "healthy"],
      ["down", "unhealthy"],
    ]);
    expect(states("evenkeel_backend_breaker_state", "state")).toEqual([
      ["up", "closed"],
      ["down", "closed"],
    ]);
    const checks = (id: string, result: string): number =>
      valueOf(families, "evenkeel_health_checks_total", { pool: "web", backend: id, result });
    expect(checks("up", "passed")).toBeGreaterThan(0);
    expect(checks("up", "failed")).toBe(0);
    expect(checks("down", "failed")).toBeGreaterThanOrEqual(2);
    expect(valueOf(families, "evenkeel_pool_ready_backends", { pool: "web" })).toBe(1);
    expect(valueOf(families, "evenkeel_backend_share", { pool: "web", backend: "up" })).toBe(1);
    expect(sumOf(families, "evenkeel_ejections_total")).toBe(0);
  });
});

describe("an ejection", () => {
  const breaker = { failureThreshold: 2, resetTimeout: "4m", jitter: "0%" };

  test("shows in metrics and health with what made it, once", async () => {
    const failing = await startBackend(() => "HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n");
    const fine = await startBackend(() => ok());
    const proxy = await startTestProxy({
      backends: [
        { url: failing.url, id: "failing" },
        { url: fine.url, id: "fine" },
      ],
      pool: { circuitBreaker: breaker },
      top: { admin, workers: 2 },
    });
    const client = await openClient(proxy.port);
    while (proxy.healthChanges.length === 0) await client.request(get());
    const families = await scrape(proxy.running);
    const labels = { pool: "web", backend: "failing" };
    const ejections = (backend: string, reason: string): number =>
      valueOf(families, "evenkeel_ejections_total", { pool: "web", backend, reason });
    expect(ejections("failing", "consecutive-failures")).toBe(1);
    expect(sumOf(families, "evenkeel_ejections_total")).toBe(1);
    const breakerIs = (state: string): number =>
      valueOf(families, "evenkeel_backend_breaker_state", { ...labels, state });
    expect([breakerIs("open"), breakerIs("closed"), breakerIs("half-open")]).toEqual([1, 0, 0]);
    expect(valueOf(families, "evenkeel_backend_status", { ...labels, status: "ejected" })).toBe(1);
    expect(valueOf(families, "evenkeel_pool_ready_backends", { pool: "web" })).toBe(1);
    const [shown] = await askHealth(proxy.running);
    expect(shown).toMatchObject({ id: "failing", status: "ejected", breaker: "open" });
    expect(shown?.reason).toMatch(/^\d failures in a row$/);
    const lengthMs = Date.parse(shown?.ejectedUntil ?? "") - Date.parse(shown?.since ?? "");
    expect(Math.abs(lengthMs - 240_000)).toBeLessThanOrEqual(2);
  });

  test("that the pool cannot spare the backend for is counted apart", async () => {
    const failing = await startBackend(() => "HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n");
    const proxy = await startTestProxy({
      backends: [{ url: failing.url, id: "only" }],
      pool: { circuitBreaker: breaker },
      top: { admin },
    });
    const client = await openClient(proxy.port);
    await client.request(get());
    await client.request(get());
    await proxy.recorded(2);
    const families = await scrape(proxy.running);
    const labels = { pool: "web", backend: "only" };
    expect(valueOf(families, "evenkeel_ejections_capped_total", labels)).toBe(1);
    expect(sumOf(families, "evenkeel_ejections_total")).toBe(0);
    expect(valueOf(families, "evenkeel_backend_status", { ...labels, status: "healthy" })).toBe(1);
  });
});

test("event-loop delay shows a thread that was kept from its sockets", async () => {
  const proxy = await startTestProxy({ backends: ["http://127.0.0.1:1"], top: { admin } });
  const late = async (): Promise<number> => {
    const families = await scrape(proxy.running);
    const name = "evenkeel_event_loop_delay_seconds";
    return (
      valueOf(families, `${name}_count`, { thread: "worker-0" }) -
      valueOf(families, `${name}_bucket`, { thread: "worker-0", le: "0.25" })
    );
  };
  const before = await late();
  const until = performance.now() + 400;
  while (performance.now() < until);
  while ((await late()) === before);
  expect(await late()).toBeGreaterThan(before);
});
