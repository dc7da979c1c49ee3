import { describe, expect } from "vitest";
import { test } from "./support/concurrent.ts";
import { status, value } from "./support/message.ts";
import { eventually } from "./support/peer.ts";
import { type RawBackend, ok, refusingPort, startBackend } from "./support/raw-backend.ts";
import { type RawClient, openClient } from "./support/raw-client.ts";
import { get, post, startTestProxy } from "./support/run-proxy.ts";

const check = {
  path: "/health",
  interval: "50ms",
  fastInterval: "50ms",
  timeout: "500ms",
  jitter: "0%",
  unhealthyThreshold: 2,
  healthyThreshold: 2,
};

/** Answers checks with `health` and everything else with its name. */
async function startChecked(name: string, health = { code: 200 }): Promise<RawBackend> {
  return await startBackend(({ line }) =>
    line.startsWith("GET /health ")
      ? `HTTP/1.1 ${health.code} X\r\nContent-Length: 0\r\n\r\n`
      : ok(name),
  );
}

/** Who answers these many requests. */
async function askedOf(client: RawClient, count: number): Promise<Set<string>> {
  const bodies = new Set<string>();
  for (let turn = 0; turn < count; turn++) bodies.add((await client.request(get())).body);
  return bodies;
}

describe("active checks", () => {
  test("take a backend out after unhealthyThreshold failures, and back in", async () => {
    const health = { code: 200 };
    const backends = [await startChecked("a"), await startChecked("b", health)] as const;
    const proxy = await startTestProxy({
      backends: backends.map(({ url }, index) => ({ url, id: `b${index}` })),
      pool: { healthCheck: check, slowStart: "off" },
    });
    const client = await openClient(proxy.port);
    await eventually("both are healthy", () => proxy.healthChanges.length === 2);
    expect(await askedOf(client, 10)).toEqual(new Set(["a", "b"]));

    health.code = 500;
    await eventually("one is out", () => proxy.healthChanges.length === 3);
    expect(proxy.healthChanges[2]).toMatchObject({
      pool: "web",
      backend: "b1",
      from: "healthy",
      to: "unhealthy",
      permission: "none",
      reason: "GET /health answered 500, expected 200-399",
    });
    expect(await askedOf(client, 10)).toEqual(new Set(["a"]));

    health.code = 200;
    await eventually("it is back", () => proxy.healthChanges.length === 4);
    expect(proxy.healthChanges[3]).toMatchObject({ backend: "b1", to: "healthy" });
    expect(await askedOf(client, 10)).toEqual(new Set(["a", "b"]));
  });

  test("notice a killed process and a restarted one", async () => {
    const backends = [await startChecked("a"), await startChecked("b")] as const;
    const proxy = await startTestProxy({
      backends: backends.map(({ url }) => url),
      pool: { healthCheck: check, slowStart: "off" },
    });
    const client = await openClient(proxy.port);
    await eventually("both are healthy", () => proxy.healthChanges.length === 2);
    await backends[1].kill();
    await eventually("it is out", () => proxy.healthChanges.length === 3);
    expect(proxy.healthChanges[2]).toMatchObject({ to: "unhealthy", reason: "connection refused" });
    expect(await askedOf(client, 10)).toEqual(new Set(["a"]));
    expect(new Set((await proxy.recorded(10)).map(({ attempts }) => attempts))).toEqual(
      new Set([1]),
    );
    await backends[1].restart();
    await eventually("it is back", () => proxy.healthChanges.length === 4);
    expect(await askedOf(client, 10)).toEqual(new Set(["a", "b"]));
  });

  test("count failures in a row only", async () => {
    let asked = 0;
    const flapping = await startBackend(({ line }) => {
      if (!line.startsWith("GET /health ")) return ok("flapping");
      return `HTTP/1.1 ${asked++ % 2 === 0 ? 200 : 500} X\r\nContent-Length: 0\r\n\r\n`;
    });
    const proxy = await startTestProxy({
      backends: [flapping.url],
      pool: { healthCheck: { ...check, interval: "20ms", fastInterval: "20ms" } },
    });
    await eventually("it was checked often", () => asked >= 12);
    expect(proxy.healthChanges.map(({ to }) => to)).toEqual(["healthy"]);
  });

  test("that are not answered in time have failed", async () => {
    const silent = await startBackend(({ line }) => (line.includes("/health") ? null : ok()));
    const proxy = await startTestProxy({
      backends: [silent.url],
      pool: { healthCheck: { ...check, timeout: "100ms", unhealthyThreshold: 1 } },
    });
    await eventually("it is out", () => proxy.healthChanges.length === 1);
    expect(proxy.healthChanges[0]).toMatchObject({
      from: "unknown",
      to: "unhealthy",
      reason: "GET /health not answered within 100 ms",
    });
  });

  test("accept the statuses of expectedStatus and no others", async () => {
    const backend = await startChecked("a", { code: 204 });
    const proxy = await startTestProxy({
      backends: [backend.url],
      pool: { healthCheck: { ...check, expectedStatus: 200, unhealthyThreshold: 1 } },
    });
    await eventually("it is out", () => proxy.healthChanges.length === 1);
    expect(proxy.healthChanges[0]?.reason).toBe("GET /health answered 204, expected 200");
  });

  test("look into the answer for expectedBody", async () => {
    const backend = await startBackend(() => ok("status: down"));
    const proxy = await startTestProxy({
      backends: [backend.url],
      pool: { healthCheck: { ...check, expectedBody: "status: up", unhealthyThreshold: 1 } },
    });
    await eventually("it is out", () => proxy.healthChanges.length === 1);
    const reason = 'the answer to GET /health does not contain "status: up"';
    expect(proxy.healthChanges[0]).toMatchObject({ to: "unhealthy", reason });
    backend.answer = () => ok("status: up");
    await eventually("it is back", () => proxy.healthChanges.length === 2);
  });

  test("ask with HEAD where that is configured", async () => {
    const backend = await startBackend(({ line }) =>
      line.startsWith("HEAD /health ") ? "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n" : ok("GET"),
    );
    const proxy = await startTestProxy({
      backends: [backend.url],
      pool: { healthCheck: { ...check, method: "HEAD" } },
    });
    await eventually("it was checked", () => proxy.healthChanges.length === 1);
    expect(proxy.healthChanges[0]?.reason).toBe("HEAD /health answered 200");
  });

  test("of type tcp want a connection and nothing more", async () => {
    const deaf = await startBackend();
    const proxy = await startTestProxy({
      backends: [
        { url: deaf.url, id: "deaf" },
        { url: `http://127.0.0.1:${await refusingPort()}`, id: "gone" },
      ],
      pool: { healthCheck: { ...check, path: undefined, type: "tcp", unhealthyThreshold: 1 } },
    });
    await eventually("both were checked", () => proxy.healthChanges.length === 2);
    const found = proxy.healthChanges.map(({ backend, to, reason }) => [backend, to, reason]);
    expect(found).toContainEqual(["deaf", "healthy", "connected"]);
    expect(found).toContainEqual(["gone", "unhealthy", "connection refused"]);
  });

  test("come before traffic with initialState: unhealthy", async () => {
    const health = { code: 500 };
    const backend = await startChecked("a", health);
    const proxy = await startTestProxy({
      backends: [backend.url],
      pool: { healthCheck: { ...check, initialState: "unhealthy" } },
    });
    const client = await openClient(proxy.port);
    expect(status(await client.request(get()))).toBe(503);
    health.code = 200;
    await eventually("it is back", () => proxy.healthChanges.some(({ to }) => to === "healthy"));
    expect((await client.request(get())).body).toBe("a");
  });

  test("of a backend start within a second whatever the interval", async () => {
    const backend = await startChecked("a");
    const proxy = await startTestProxy({
      backends: [backend.url],
      pool: { healthCheck: { ...check, interval: "1h", fastInterval: "1h" } },
    });
    await eventually("it was checked", () => proxy.healthChanges.length === 1);
  });

  test("end with the proxy", async () => {
    const backend = await startChecked("a");
    const proxy = await startTestProxy({
      backends: [backend.url],
      pool: { healthCheck: check },
    });
    await eventually("it was checked", () => backend.requests.length > 0);
    await proxy.stop();
    const checks = backend.connections.length;
    for (let turn = 0; turn < 40; turn++) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(backend.connections).toHaveLength(checks);
  });
});

describe("a backend", () => {
  test("takes traffic before its first check", async () => {
    const backend = await startChecked("a");
    const proxy = await startTestProxy({
      backends: [backend.url],
      pool: { healthCheck: { ...check, interval: "1h" } },
    });
    const client = await openClient(proxy.port);
    expect((await client.request(get())).body).toBe("a");
  });

  test("is never checked with healthCheck: false, and goes on taking traffic", async () => {
    const checked = await startChecked("a");
    const unchecked = await startChecked("b", { code: 500 });
    const proxy = await startTestProxy({
      backends: [checked.url, { url: unchecked.url, healthCheck: false }],
      pool: { healthCheck: check },
    });
    await eventually("the other was checked often", () => checked.requests.length >= 5);
    expect(unchecked.connections).toHaveLength(0);
    const client = await openClient(proxy.port);
    expect(await askedOf(client, 10)).toEqual(new Set(["a", "b"]));
  });
});

describe("when no backend is ready", () => {
  test("the answer is 503 with Retry-After, and the next one is right when a backend is back", async () => {
    const health = { code: 500 };
    const backend = await startChecked("a", health);
    const proxy = await startTestProxy({
      backends: [backend.url],
      pool: { healthCheck: { ...check, unhealthyThreshold: 1 } },
    });
    await eventually("it is out", () => proxy.healthChanges.length === 1);
    const client = await openClient(proxy.port);
    const response = await client.request(get());
    expect(response.line).toBe("HTTP/1.1 503 Service Unavailable");
    expect(value(response, "retry-after")).toBe("1");
    expect(value(response, "proxy-status")).toBe("evenkeel; error=destination_unavailable");
    expect((await proxy.recorded(1))[0]).toMatchObject({
      status: 503,
      pool: "web",
      backend: null,
      attempts: 0,
    });
    health.code = 200;
    await eventually("it is back", () => proxy.healthChanges.length === 2);
    expect((await client.request(get())).body).toBe("a");
  });

  test("nobody is asked, not even for a retry", async () => {
    const port = await refusingPort();
    const proxy = await startTestProxy({
      backends: [`http://127.0.0.1:${port}`],
      pool: { healthCheck: { ...check, unhealthyThreshold: 1 } },
    });
    await eventually("it is out", () => proxy.healthChanges.length === 1);
    const client = await openClient(proxy.port);
    expect(status(await client.request(get()))).toBe(503);
    expect((await proxy.recorded(1))[0]?.attempts).toBe(0);
  });
});

describe("a backend that stops answering", () => {
  test("loses who waits for it, as soon as checks have found out, to another one", async () => {
    const hung = await startBackend();
    const good = await startChecked("good");
    const proxy = await startTestProxy({
      backends: [hung.url, good.url],
      pool: { healthCheck: { ...check, timeout: "50ms" } },
    });
    const waiting = await openClient(proxy.port);
    waiting.send(get("/waiting"));
    await (await hung.connection()).untilReceived("/waiting");
    expect((await waiting.response()).body).toBe("good");
    expect((await proxy.recorded(1))[0]).toMatchObject({ attempts: 2, status: 200 });
  });

  test("keeps a request that it may have heard and that must not be repeated", async () => {
    const hung = await startBackend();
    const good = await startChecked("good");
    const proxy = await startTestProxy({
      backends: [hung.url, good.url],
      pool: { healthCheck: { ...check, timeout: "50ms" }, timeouts: { response: "1s" } },
    });
    const waiting = await openClient(proxy.port);
    waiting.send(post("order"));
    expect(status(await waiting.response())).toBe(504);
    expect(good.requests.filter(({ line }) => line.startsWith("POST"))).toHaveLength(0);
    expect(proxy.healthChanges.some(({ to }) => to === "unhealthy")).toBe(true);
  });
});

describe("failures of real traffic", () => {
  test("bring the next check forward, so that a pool that is gone is known to be", async () => {
    const backends = [await startChecked("a"), await startChecked("b")] as const;
    const proxy = await startTestProxy({
      backends: backends.map(({ url }) => url),
      pool: {
        healthCheck: { ...check, interval: "1h", fastInterval: "1h" },
        circuitBreaker: { failureThreshold: 2 },
      },
      listener: { limits: { requestsPerConnection: 0 } },
    });
    await eventually("both are healthy", () => proxy.healthChanges.length === 2);
    await Promise.all(backends.map(async (backend) => await backend.kill()));
    const client = await openClient(proxy.port);
    const down = (): number => proxy.healthChanges.filter(({ to }) => to === "unhealthy").length;
    while (down() < 2) await client.request(get());
    expect(status(await client.request(get()))).toBe(503);
  });
});
