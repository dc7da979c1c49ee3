import { Worker } from "node:worker_threads";
import { describe, expect, test as inOrder, vi } from "vitest";
import { test } from "./support/concurrent.ts";
import { type Message, status, value } from "./support/message.ts";
import { eventually } from "./support/peer.ts";
import { type RawBackend, ok, startBackend } from "./support/raw-backend.ts";
import { type RawClient, openClient } from "./support/raw-client.ts";
import { reloaded } from "./support/reload.ts";
import {
  type ProxySettings,
  type TestProxy,
  get,
  post,
  startTestProxy,
} from "./support/run-proxy.ts";

type Settings = Readonly<Record<string, unknown>>;

interface Scene {
  readonly proxy: TestProxy;
  /** Answers what asks for /now; the test answers the rest. */
  readonly backend: RawBackend;
}

const byUser = { requests: 1, key: "header:x-user" };

function settingsOf(backend: RawBackend, limit: unknown, more: Settings = {}): ProxySettings {
  const { pool = {}, route = {}, top = {} } = more as Readonly<Record<string, Settings>>;
  const routes = [{ pool: "web", concurrencyLimit: limit, ...route }];
  return { backends: [backend.url], pool, top: { routes, ...top } };
}

async function start(limit: unknown, more: Settings = {}): Promise<Scene> {
  const backend = await startBackend(({ line }) => (line.includes(" /now ") ? ok() : null));
  return { backend, proxy: await startTestProxy(settingsOf(backend, limit, more)) };
}

function by(user: string, target = "/hold"): string {
  return get(target, `X-User: ${user}\r\n`);
}

/** A request that the backend has and does not answer. */
async function hold({ proxy, backend }: Scene, text: string): Promise<RawClient> {
  const before = backend.requests.length;
  const client = await openClient(proxy.port);
  client.send(text);
  await eventually("the backend has it", () => backend.requests.length > before);
  return client;
}

async function ask({ proxy }: Scene, text: string): Promise<Message> {
  return await (await openClient(proxy.port)).request(text);
}

async function statusOf(scene: Scene, text: string): Promise<number> {
  return status(await ask(scene, text));
}

describe("of one key", () => {
  test("so many requests are served at a time, and the next when one has ended", async () => {
    const scene = await start({ requests: 2, key: "header:x-user" });
    const clients = [await hold(scene, by("a")), await hold(scene, by("a"))];
    expect(await statusOf(scene, by("a", "/now"))).toBe(429);
    expect(await statusOf(scene, by("b", "/now"))).toBe(200);
    (await scene.backend.connection()).send(ok("done"));
    expect((await clients[0]?.response())?.body).toBe("done");
    expect(await statusOf(scene, by("a", "/now"))).toBe(200);
  });

  test("one more is told so, and recorded", async () => {
    const scene = await start(byUser);
    await hold(scene, by("a"));
    const refused = await ask(scene, by("a"));
    expect(refused.line).toBe("HTTP/1.1 429 Too Many Requests");
    expect(value(refused, "retry-after")).toMatch(/^[12]$/);
    expect(value(refused, "proxy-status")).toBe("evenkeel; error=concurrency_limited");
    const problem = JSON.parse(refused.body) as Settings;
    expect(problem).toMatchObject({ status: 429, detail: "more than 1 request at a time" });
    const [record] = await scene.proxy.recorded(1);
    expect(record).toMatchObject({ status: 429, error: "concurrency_limited", pool: "web" });
    expect(scene.backend.requests).toHaveLength(1);
  });

  test("one that was refused takes nothing", async () => {
    const scene = await start(byUser);
    const client = await hold(scene, by("a"));
    for (let time = 0; time < 5; time++) expect(await statusOf(scene, by("a", "/now"))).toBe(429);
    (await scene.backend.connection()).send(ok());
    await client.response();
    expect(await statusOf(scene, by("a", "/now"))).toBe(200);
    expect(await statusOf(scene, by("a", "/now"))).toBe(200);
  });

  test.each([
    ["client-ip", get("/now")],
    ["global", get("/now")],
    ["cookie:id", get("/now", "Cookie: id=a\r\n")],
    ["query:id", get("/now?id=a")],
  ] as const)("the key may be %s", async (key, text) => {
    const scene = await start({ requests: 1, key });
    await hold(scene, text.replace("/now", "/hold"));
    expect(await statusOf(scene, text)).toBe(429);
  });
});

describe("a request gives its room back", () => {
  const ends: readonly (readonly [how: string, end: (scene: Scene) => Promise<unknown>])[] = [
    [
      "when its client goes before the answer",
      async (scene) => (await hold(scene, by("a"))).reset(),
    ],
    [
      "when its client goes in the middle of the answer",
      async (scene) => {
        const client = await hold(scene, by("a"));
        const connection = await scene.backend.connection();
        connection.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf");
        await client.untilReceived("half");
        client.reset();
      },
    ],
    [
      "when its backend goes in the middle of the answer",
      async (scene) => {
        const client = await hold(scene, by("a"));
        const connection = await scene.backend.connection();
        connection.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf");
        await client.untilReceived("half");
        connection.reset();
        await client.untilEnded();
      },
    ],
    [
      "when it is retried until nobody is left to ask",
      async (scene) => {
        const client = await openClient(scene.proxy.port);
        client.send(by("a"));
        for (let attempt = 0; attempt < 3; attempt++) {
          const connection = await scene.backend.connection(attempt);
          await eventually("it is there", () => scene.backend.requests.length > attempt);
          connection.reset();
        }
        expect(status(await client.response())).toBe(502);
      },
    ],
    [
      "when its answer is late",
      async (scene) => {
        const client = await hold(scene, by("a"));
        expect(status(await client.response())).toBe(504);
      },
    ],
    [
      "when its tunnel ends",
      async (scene) => {
        const client = await hold(
          scene,
          get("/", "X-User: a\r\nConnection: upgrade\r\nUpgrade: x\r\n"),
        );
        const connection = await scene.backend.connection();
        connection.send("HTTP/1.1 101 X\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\nhi");
        await client.untilReceived("hi");
        expect(await statusOf(scene, by("a", "/now"))).toBe(429);
        client.reset();
      },
    ],
    [
      "when another limit refuses it",
      async (scene) => {
        const client = await openClient(scene.proxy.port);
        await client.request(by("a", "/now"));
        await client.request(by("a", "/now"));
      },
    ],
    [
      "when its body is too large",
      async (scene) =>
        expect(await statusOf(scene, post("x".repeat(99), "X-User: a\r\n"))).toBe(413),
    ],
  ];
  test.each(ends)("%s", async (how, end) => {
    const rate = { rate: "1/h", burst: how.includes("limit") ? 1 : 100, key: "query:never" };
    const late = how.includes("late") ? { timeouts: { response: "50ms" } } : {};
    const pool = { ...late, circuitBreaker: false, retry: { maxRetries: 2, backoff: "1ms" } };
    const listeners = [{ address: "127.0.0.1:0", limits: { body: "9B" } }];
    const scene = await start(byUser, { pool, route: { rateLimit: rate }, top: { listeners } });
    await end(scene);
    await eventually("its record is written", () => scene.proxy.records().length > 0);
    const isRated = how.includes("limit");
    expect(await statusOf(scene, by("a", "/now"))).toBe(isRated ? 429 : 200);
    if (isRated || how.includes("late")) return;
    // Once, not twice: two at a time are still one too many.
    const before = scene.backend.requests.length;
    await hold(scene, by("a"));
    expect(await statusOf(scene, by("a", "/now"))).toBe(429);
    expect(scene.backend.requests.length).toBe(before + 1);
  });
});

test("a client that asks again on its connection has its room back each time", async () => {
  const scene = await start(byUser);
  const client = await openClient(scene.proxy.port);
  client.send(by("a", "/now").repeat(20));
  for (let time = 0; time < 20; time++) expect(status(await client.response())).toBe(200);
});

test("all limits of a list must have room, and who is refused by one takes none of the others", async () => {
  const scene = await start([byUser, { requests: 2, key: "global" }]);
  await hold(scene, by("a"));
  expect(await statusOf(scene, by("a", "/now"))).toBe(429);
  const second = await hold(scene, by("b"));
  expect(await statusOf(scene, by("c", "/now"))).toBe(429);
  second.reset();
  await eventually("it is over", () => scene.proxy.records().length === 3);
  expect(await statusOf(scene, by("c", "/now"))).toBe(200);
});

test("a mirrored copy takes no room", async () => {
  const backend = await startBackend(({ line }) => (line.includes(" /now ") ? ok() : null));
  const shadow = await startBackend();
  const pools = {
    web: { backends: [backend.url], healthCheck: false },
    shadow: { backends: [shadow.url], healthCheck: false },
  };
  const routes = [{ pool: "web", concurrencyLimit: byUser, mirror: { pool: "shadow" } }];
  const scene = { backend, proxy: await startTestProxy({ top: { pools, routes } }) };
  expect(await statusOf(scene, by("a", "/now"))).toBe(200);
  await (await shadow.connection()).untilReceived("GET /now");
  expect(await statusOf(scene, by("a", "/now"))).toBe(200);
});

test("a limit goes on over a reload that leaves it as it is, and begins anew when it changes", async () => {
  const scene = await start(byUser);
  await hold(scene, by("a"));
  const pool = { retry: { maxRetries: 0 } };
  await reloaded(scene.proxy, settingsOf(scene.backend, byUser, { pool }));
  expect(await statusOf(scene, by("a", "/now"))).toBe(429);
  await reloaded(scene.proxy, settingsOf(scene.backend, { ...byUser, requests: 2 }, { pool }));
  expect(await statusOf(scene, by("a", "/now"))).toBe(200);
});

describe("with two workers", () => {
  test("a key has its requests over both", async () => {
    const scene = await start({ requests: 3, key: "global" }, { top: { workers: 2 } });
    const clients = await Promise.all(
      Array.from({ length: 30 }, () => openClient(scene.proxy.port)),
    );
    for (const client of clients) client.send(get("/hold"));
    const refused = (): number =>
      clients.filter(({ received }) => received.includes(" 429 ")).length;
    await eventually("all are decided", () => refused() + scene.backend.requests.length === 30);
    expect([refused(), scene.backend.requests.length]).toEqual([27, 3]);
  });

  inOrder("what a worker had that died is free, and what the others have is not", async () => {
    const spy = vi.spyOn(Worker.prototype, "on");
    const scene = await start({ requests: 20, key: "global" }, { top: { workers: 2 } });
    const [victim] = new Set(spy.mock.contexts as Worker[]);
    spy.mockRestore();
    const clients = await Promise.all(
      Array.from({ length: 20 }, () => openClient(scene.proxy.port)),
    );
    for (const client of clients) client.send(get("/hold"));
    await eventually("all are under way", () => scene.backend.requests.length === 20);
    expect(await statusOf(scene, get("/now"))).toBe(429);
    await victim?.terminate();
    await eventually("it is replaced", () => scene.proxy.replaced.length === 1);
    const lost = clients.filter(({ isEnded, isClosed }) => isEnded || isClosed).length;
    expect(lost).toBeGreaterThan(0);
    const more = await Promise.all(Array.from({ length: 20 }, () => openClient(scene.proxy.port)));
    for (const client of more) client.send(get("/hold"));
    const refused = (): number => more.filter(({ received }) => received.includes(" 429 ")).length;
    await eventually("all are decided", () => refused() + scene.backend.requests.length === 40);
    expect(refused()).toBe(20 - lost);
  });
});
