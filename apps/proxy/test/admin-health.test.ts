import { describe, expect } from "vitest";
import { askAdmin, askHealth } from "./support/admin-client.ts";
import { test } from "./support/concurrent.ts";
import { eventually } from "./support/peer.ts";
import { type RawBackend, ok, refusingPort, startBackend } from "./support/raw-backend.ts";
import { openClient } from "./support/raw-client.ts";
import { type TestProxy, get, startTestProxy } from "./support/run-proxy.ts";

const admin = "127.0.0.1:0";
const check = { interval: "50ms", fastInterval: "50ms", jitter: "0%", unhealthyThreshold: 2 };

async function statusesOf({ running }: TestProxy): Promise<string[]> {
  return (await askHealth(running)).map(({ status }) => status);
}

async function untilStatuses(proxy: TestProxy, wanted: readonly string[]): Promise<void> {
  let seen: readonly string[] = [];
  for (const deadline = performance.now() + 20_000; String(seen) !== String(wanted);) {
    if (performance.now() > deadline)
      throw new Error(`waited for ${wanted.join()}, saw ${seen.join()}`);
    seen = await statusesOf(proxy);
  }
}

function answering(health: { code: number }): Promise<RawBackend> {
  return startBackend(() => `HTTP/1.1 ${health.code} X\r\nContent-Length: 0\r\n\r\n`);
}

describe("GET /admin/health", () => {
  test("shows every backend of every pool with exactly these facts", async () => {
    const backend = await answering({ code: 200 });
    const port = await refusingPort();
    const proxy = await startTestProxy({
      top: {
        admin,
        pools: {
          web: {
            healthCheck: check,
            backends: [backend.url, { url: `http://127.0.0.1:${port}`, id: "gone" }],
          },
          "other.pool": { healthCheck: false, backends: ["http://[::1]:1"] },
        },
        routes: [{ pool: "web" }],
      },
    });
    await untilStatuses(proxy, ["healthy", "unhealthy"]);
    const response = await askAdmin(proxy.running, "/admin/health");
    expect(response.status).toBe(200);
    expect(response.headers["content-type"]).toBe("application/json");
    const body = JSON.parse(response.text) as unknown;
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string;
    const count = expect.any(Number) as number;
    expect(body).toEqual({
      pools: {
        web: {
          isPanicking: false,
          backends: [
            {
              id: `127.0.0.1:${backend.port}`,
              url: backend.url,
              status: "healthy",
              lastCheck: time,
              lastError: null,
              consecutiveSuccesses: count,
              consecutiveFailures: 0,
              breaker: "closed",
              reason: "GET / answered 200",
              since: time,
              ejectedUntil: null,
            },
            {
              id: "gone",
              url: `http://127.0.0.1:${port}`,
              status: "unhealthy",
              lastCheck: time,
              lastError: "connection refused",
              consecutiveSuccesses: 0,
              consecutiveFailures: count,
              breaker: "closed",
              reason: "connection refused",
              since: time,
              ejectedUntil: null,
            },
          ],
        },
        "other.pool": {
          isPanicking: false,
          backends: [
            {
              id: "[::1]:1",
              url: "http://[::1]:1",
              status: "healthy",
              lastCheck: null,
              lastError: null,
              consecutiveSuccesses: 0,
              consecutiveFailures: 0,
              breaker: "closed",
              reason: "no active check is configured",
              since: time,
              ejectedUntil: null,
            },
          ],
        },
      },
    });
  });

  for (const workers of [0, 2]) {
    test(`follows a backend that fails and recovers (${workers} workers)`, async () => {
      const health = { code: 200 };
      const backend = await answering(health);
      const proxy = await startTestProxy({
        backends: [backend.url],
        pool: { healthCheck: check },
        top: { admin, workers },
      });
      await untilStatuses(proxy, ["healthy"]);
      health.code = 500;
      await untilStatuses(proxy, ["unhealthy"]);
      const [failed] = await askHealth(proxy.running);
      expect(failed?.consecutiveFailures).toBeGreaterThanOrEqual(2);
      expect(failed?.lastError).toBe("GET / answered 500, expected 200-399");
      health.code = 200;
      await untilStatuses(proxy, ["healthy"]);
      const [recovered] = await askHealth(proxy.running);
      // What the last failure was stays known; the reason is that of the change.
      expect(recovered?.lastError).toBe("GET / answered 500, expected 200-399");
      expect(recovered?.reason).toBe("GET / answered 200");
      expect(Date.parse(recovered?.since ?? "")).toBeGreaterThan(Date.parse(failed?.since ?? ""));
      expect(Math.abs(Date.parse(recovered?.since ?? "") - Date.now())).toBeLessThan(60_000);
    });
  }

  test("is unknown before the first check", async () => {
    const backend = await startBackend();
    const proxy = await startTestProxy({
      backends: [backend.url],
      pool: { healthCheck: { ...check, timeout: "30s", interval: "1h" } },
      top: { admin },
    });
    expect(await askHealth(proxy.running)).toMatchObject([
      { status: "unknown", lastCheck: null, reason: "not checked yet" },
    ]);
  });
});

describe("readiness", () => {
  test("is 200 while every pool has a ready backend, and 503 with the reason when one has none", async () => {
    const health = { code: 200 };
    const [fine, failing] = [await answering({ code: 200 }), await answering(health)];
    const pool = (url: string): object => ({ backends: [url], healthCheck: check });
    const proxy = await startTestProxy({
      top: {
        admin,
        pools: { fine: pool(fine.url), failing: pool(failing.url) },
        routes: [{ pool: "fine" }],
      },
    });
    const ready = await askAdmin(proxy.running, "/readyz");
    expect([ready.status, JSON.parse(ready.text)]).toEqual([200, { status: "ready" }]);
    health.code = 500;
    await eventually("it is out", () => proxy.healthChanges.some(({ to }) => to === "unhealthy"));
    const unready = await askAdmin(proxy.running, "/readyz");
    expect(unready.status).toBe(503);
    expect(unready.headers["content-type"]).toBe("application/problem+json");
    expect(JSON.parse(unready.text)).toEqual({
      type: "about:blank",
      title: "Service Unavailable",
      status: 503,
      detail: "pool failing has no ready backend",
    });
    health.code = 200;
    await eventually("it is back", () => proxy.healthChanges.at(-1)?.to === "healthy");
    expect((await askAdmin(proxy.running, "/readyz")).status).toBe(200);
  });

  for (const workers of [0, 1]) {
    test(`is 503 while requests drain, and health and metrics still answer (${workers})`, async () => {
      const backend = await startBackend();
      const proxy = await startTestProxy({
        backends: [backend.url],
        top: { admin, workers, shutdown: { timeout: "20s" } },
      });
      const client = await openClient(proxy.port);
      client.send(get());
      const connection = await backend.connection();
      await connection.request();
      const stopped = proxy.stop();
      const { status, text } = await askAdmin(proxy.running, "/readyz");
      expect([status, (JSON.parse(text) as { detail: string }).detail]).toEqual([503, "draining"]);
      expect((await askAdmin(proxy.running, "/livez")).status).toBe(200);
      expect((await askAdmin(proxy.running, "/metrics")).status).toBe(200);
      connection.send(ok());
      await client.response();
      client.end();
      expect(await stopped).toEqual({ isClean: true });
      await expect(askAdmin(proxy.running, "/livez")).rejects.toThrow();
    });
  }

  test("has nothing to do with being alive", async () => {
    const proxy = await startTestProxy({
      backends: ["http://127.0.0.1:1"],
      pool: { healthCheck: { ...check, unhealthyThreshold: 1 } },
      top: { admin },
    });
    await eventually("the backend is out", () => proxy.healthChanges.length === 1);
    expect((await askAdmin(proxy.running, "/readyz")).status).toBe(503);
    for (const path of ["/livez", "/healthz"]) {
      const { status, text } = await askAdmin(proxy.running, path);
      expect([status, text]).toEqual([200, '{"status":"alive"}\n']);
    }
  });
});
