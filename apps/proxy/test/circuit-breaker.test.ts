import { describe, expect } from "vitest";
import { test } from "./support/concurrent.ts";
import { status } from "./support/message.ts";
import { eventually } from "./support/peer.ts";
import { type RawBackend, ok, startBackend } from "./support/raw-backend.ts";
import { type RawClient, openClient } from "./support/raw-client.ts";
import {
  type ProxySettings,
  type TestProxy,
  get,
  post,
  startTestProxy,
} from "./support/run-proxy.ts";

const failing = "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n";
const breaker = { failureThreshold: 3, resetTimeout: "100ms", jitter: "0%" };

interface Running {
  readonly proxy: TestProxy;
  readonly client: RawClient;
  readonly good: RawBackend;
  readonly bad: RawBackend;
}

/** Two backends, of which one answers what `bad.answer` says, 500 at first. */
async function start(pool: ProxySettings["pool"] = {}): Promise<Running> {
  const good = await startBackend(() => ok("good"));
  const bad = await startBackend(() => failing);
  const proxy = await startTestProxy({
    backends: [
      { url: good.url, id: "good" },
      { url: bad.url, id: "bad" },
    ],
    pool: { circuitBreaker: breaker, slowStart: "off", ...pool },
  });
  return { proxy, good, bad, client: await openClient(proxy.port) };
}

async function ask(client: RawClient, count: number): Promise<number[]> {
  const statuses: number[] = [];
  for (let turn = 0; turn < count; turn++) statuses.push(status(await client.request(get())));
  return statuses;
}

/** No request more: on a busy machine ten take longer than the breaker stays open. */
async function askUntilOpen({ proxy, client }: Running): Promise<void> {
  for (let turn = 0; turn < 6; turn++) await client.request(get());
  await eventually("it is open", () => proxy.healthChanges.at(-1)?.breaker === "open");
}

describe("the circuit breaker", () => {
  test("opens after failureThreshold failures in a row, and says why", async () => {
    const { proxy, client, bad } = await start({
      circuitBreaker: { ...breaker, resetTimeout: "1h" },
    });
    const statuses = await ask(client, 20);
    expect(statuses.filter((code) => code === 500)).toHaveLength(3);
    expect(bad.requests).toHaveLength(3);
    expect(proxy.healthChanges).toMatchObject([
      {
        pool: "web",
        backend: "bad",
        to: "ejected",
        breaker: "open",
        reason: "3 failures in a row",
      },
    ]);
    const backends = proxy.running.health()[0]?.backends;
    expect(
      backends?.map((backend) => [backend.backend.id, backend.status, backend.breaker]),
    ).toEqual([
      ["good", "healthy", "closed"],
      ["bad", "ejected", "open"],
    ]);
  });

  test("does not open for failures that are not in a row", async () => {
    const { proxy, client, bad } = await start();
    let asked = 0;
    bad.answer = () => (asked++ % 3 === 2 ? ok("bad") : failing);
    await ask(client, 24);
    expect(bad.requests).toHaveLength(12);
    expect(proxy.healthChanges).toEqual([]);
  });

  test("does not open because clients go away", async () => {
    const { proxy, bad } = await start();
    bad.answer = null;
    for (let turn = 0; turn < 8; turn++) {
      const before = bad.connections.length;
      const client = await openClient(proxy.port);
      client.send(get());
      await eventually(
        "it is answered or waits",
        () => client.received !== "" || bad.connections.length > before,
      );
      client.reset();
    }
    await proxy.recorded(8);
    expect(proxy.healthChanges).toEqual([]);
  });

  test("lets one request try the backend after resetTimeout, and closes when it succeeds", async () => {
    const running = await start();
    const { proxy, client, bad } = running;
    await askUntilOpen(running);
    bad.answer = () => ok("back");
    await eventually("it is half-open", () => proxy.healthChanges.at(-1)?.breaker === "half-open");
    expect(bad.requests).toHaveLength(3);

    expect((await client.request(get())).body).toBe("back");
    await eventually("it is closed", () => proxy.healthChanges.at(-1)?.breaker === "closed");
    expect(proxy.healthChanges.at(-1)).toMatchObject({ from: "ejected", to: "healthy" });
    const bodies = new Set<string>();
    for (let turn = 0; turn < 4; turn++) bodies.add((await client.request(get())).body);
    expect(bodies).toEqual(new Set(["good", "back"]));
  });

  test("opens again for longer when the trial fails", async () => {
    const running = await start();
    const { proxy, client, bad } = running;
    await askUntilOpen(running);
    await eventually("it is half-open", () => proxy.healthChanges.at(-1)?.breaker === "half-open");
    expect(await ask(client, 1)).toEqual([500]);
    await eventually("it is open", () => proxy.healthChanges.at(-1)?.breaker === "open");
    const [first, , second] = proxy.healthChanges.map(({ at, untilMs }) => (untilMs ?? at) - at);
    expect(first).toBeCloseTo(100, 3);
    expect(second).toBeCloseTo(200, 3);
    expect(bad.requests).toHaveLength(4);
  });

  test("tries with nothing that could not be repeated", async () => {
    const running = await start();
    const { proxy, client, bad } = running;
    await askUntilOpen(running);
    await eventually("it is half-open", () => proxy.healthChanges.at(-1)?.breaker === "half-open");
    for (let turn = 0; turn < 6; turn++) {
      expect((await client.request(post("x"))).body).toBe("good");
    }
    expect(bad.requests).toHaveLength(3);
  });

  test("never takes the last backend", async () => {
    const { proxy, client, good, bad } = await start();
    good.answer = () => failing;
    await ask(client, 40);
    const open = proxy.running
      .health()[0]
      ?.backends.filter((backend) => backend.breaker === "open");
    expect(open).toHaveLength(1);
    expect(good.requests.length + bad.requests.length).toBeGreaterThan(30);
  });

  test("is off with circuitBreaker: false", async () => {
    const { proxy, client, bad } = await start({ circuitBreaker: false });
    await ask(client, 40);
    expect(bad.requests).toHaveLength(20);
    expect(proxy.healthChanges).toEqual([]);
  });

  test("asks an active check before it lets a request try", async () => {
    let isUp = false;
    const running = await start({
      healthCheck: {
        path: "/health",
        interval: "50ms",
        fastInterval: "50ms",
        timeout: "5s",
        // Checks alone never take it out here, or there would be no breaker to close.
        unhealthyThreshold: 100,
      },
    });
    const { proxy, client, bad } = running;
    bad.answer = ({ line }) => (line.includes("/health") && isUp ? ok("up") : failing);
    await askUntilOpen(running);
    const requests = (): number => bad.requests.filter(({ line }) => line.includes(" / ")).length;
    const before = requests();
    await eventually("it is half-open", () => proxy.healthChanges.at(-1)?.breaker === "half-open");
    await ask(client, 10);
    expect(requests()).toBe(before);
    isUp = true;
    await eventually("it is on trial", () => proxy.healthChanges.at(-1)?.permission === "trial");
    await ask(client, 1);
    expect(requests()).toBe(before + 1);
  });
});

describe("outlier detection", () => {
  test("ejects a backend that fails most of an interval's requests without a row", async () => {
    const { proxy, client, bad } = await start({
      circuitBreaker: false,
      outlierDetection: { interval: "200ms", failurePercentage: "60%", minRequests: 10 },
    });
    let asked = 0;
    bad.answer = () => (asked++ % 4 === 3 ? ok("bad") : failing);
    await eventually("it is ejected", () => {
      client.send(get().repeat(10));
      return proxy.healthChanges.length > 0;
    });
    expect(proxy.healthChanges[0]).toMatchObject({ backend: "bad", to: "ejected" });
    expect(proxy.healthChanges[0]?.reason).toMatch(/^failed [78]\d(\.\d)? % of \d+ requests/);
  });
});

describe("slow start", () => {
  test("gives a backend that comes back a growing part of its share", async () => {
    const running = await start({ slowStart: "1h" });
    const { proxy, client, bad } = running;
    await askUntilOpen(running);
    bad.answer = () => ok("back");
    await eventually("it is half-open", () => proxy.healthChanges.at(-1)?.breaker === "half-open");
    await ask(client, 1);
    await eventually("it is closed", () => proxy.healthChanges.at(-1)?.breaker === "closed");
    const before = bad.requests.length;
    await ask(client, 100);
    // A tenth of its half, at the beginning of an hour.
    expect(bad.requests.length - before).toBeGreaterThanOrEqual(4);
    expect(bad.requests.length - before).toBeLessThanOrEqual(7);
  });
});

describe("the operator", () => {
  test("drains a backend: no new request, those that run finish, and traffic comes back", async () => {
    const { proxy, client, good, bad } = await start();
    bad.answer = null;
    const slow = await openClient(proxy.port);
    await client.request(get());
    slow.send(get("/slow"));
    const connection = await bad.connection();
    await connection.untilReceived("/slow");

    expect(proxy.running.setBackendState("web", "bad", "draining", "deploy 7")).toBe(true);
    expect(await ask(client, 10)).toEqual(Array.from({ length: 10 }, () => 200));
    expect(good.requests).toHaveLength(11);
    connection.send(ok("finished"));
    expect((await slow.response()).body).toBe("finished");
    expect(proxy.healthChanges.at(-1)).toMatchObject({ backend: "bad", to: "draining" });
    expect(proxy.healthChanges.at(-1)?.reason).toContain("deploy 7");

    bad.answer = () => ok("back");
    proxy.running.setBackendState("web", "bad", "active", "deploy 7 is done");
    await ask(client, 4);
    expect(bad.requests.length).toBeGreaterThanOrEqual(2);
  });

  test("is told when there is no such backend", async () => {
    const { proxy } = await start();
    expect(proxy.running.setBackendState("web", "other", "draining", "")).toBe(false);
    expect(proxy.running.setBackendState("api", "bad", "draining", "")).toBe(false);
  });

  test("may take all of them: 503 at once, and the first that is back serves", async () => {
    const { proxy, client, bad } = await start();
    bad.answer = () => ok("bad");
    for (const id of ["good", "bad"])
      proxy.running.setBackendState("web", id, "maintenance", "move");
    expect(await ask(client, 3)).toEqual([503, 503, 503]);
    proxy.running.setBackendState("web", "bad", "active", "moved");
    expect((await client.request(get())).body).toBe("bad");
  });
});

describe("panic", () => {
  test("sends requests to ejected backends while fewer than panicThreshold could serve", async () => {
    const { proxy, client, bad } = await start({
      panicThreshold: "60%",
      circuitBreaker: { ...breaker, resetTimeout: "1h" },
    });
    await ask(client, 40);
    expect(proxy.running.health()[0]?.isPanicking).toBe(true);
    expect(bad.requests.length).toBeGreaterThan(10);
  });
});
