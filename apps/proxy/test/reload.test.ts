import { describe, expect } from "vitest";
import { scrape } from "./support/admin-client.ts";
import { test } from "./support/concurrent.ts";
import type { Family } from "./support/exposition.ts";
import { eventually } from "./support/peer.ts";
import { type RawBackend, ok, startBackend } from "./support/raw-backend.ts";
import { openClient } from "./support/raw-client.ts";
import { reloadWith, reloaded } from "./support/reload.ts";
import { type ProxySettings, type TestProxy, get, startTestProxy } from "./support/run-proxy.ts";

function waitingIn(families: ReadonlyMap<string, Family>): number | undefined {
  return families.get("evenkeel_pool_waiting_requests")?.series[0]?.value;
}

function named(name: string): Promise<RawBackend> {
  return startBackend(() => ok(name));
}

async function answerOf(proxy: TestProxy, target = "/"): Promise<string> {
  return (await (await openClient(proxy.port)).request(get(target))).body;
}

async function answersOf(proxy: TestProxy, count: number): Promise<ReadonlySet<string>> {
  const client = await openClient(proxy.port);
  const bodies = new Set<string>();
  for (let turn = 0; turn < count; turn++) bodies.add((await client.request(get())).body);
  return bodies;
}

const workerCounts = [0, 2] as const;

describe("a reload", () => {
  for (const workers of workerCounts) {
    test(`sends the next request to the new backends (${workers} workers)`, async () => {
      const [one, other] = [await named("one"), await named("other")];
      const settings = { top: { workers } };
      const proxy = await startTestProxy({ backends: [one.url], ...settings });
      expect(await answerOf(proxy)).toBe("one");
      const changes = await reloaded(proxy, { backends: [other.url], ...settings });
      expect(changes).toEqual([
        `pools.web.backends: +127.0.0.1:${other.port} −127.0.0.1:${one.port}`,
      ]);
      expect(await answersOf(proxy, 10)).toEqual(new Set(["other"]));
      expect(proxy.reloads).toEqual([
        { ok: true, generation: 2, changes, warnings: [], by: "the test" },
      ]);
    });

    test(`lets a request that runs finish where it is (${workers} workers)`, async () => {
      const [held, next] = [await startBackend(), await named("next")];
      const proxy = await startTestProxy({ backends: [held.url], top: { workers } });
      const client = await openClient(proxy.port);
      client.send(get());
      const connection = await held.connection();
      await connection.request();
      await reloaded(proxy, { backends: [next.url], top: { workers } });
      expect(await answerOf(proxy)).toBe("next");
      connection.send(ok("late"));
      expect((await client.response()).body).toBe("late");
      expect((await client.request(get())).body).toBe("next");
      await proxy.untilQuiet();
      await eventually("its connection is not kept", () => held.openConnections.length === 0);
    });
  }

  test("counts what is in flight at a backend that stays, over any number of generations", async () => {
    const [busy, spare] = [await startBackend(), await named("spare")];
    const extra = await named("extra");
    const pool = { strategy: "least-connections", slowStart: "off" };
    const of = (...urls: string[]): ProxySettings => ({ backends: urls, pool });
    const proxy = await startTestProxy(of(busy.url));
    const client = await openClient(proxy.port);
    client.send(get());
    await (await busy.connection()).request();
    await reloaded(proxy, of(extra.url, spare.url, busy.url));
    await reloaded(proxy, of(busy.url, spare.url));
    expect(proxy.running.inFlight()).toBe(1);
    expect(await answersOf(proxy, 20)).toEqual(new Set(["spare"]));
    (await busy.connection()).send(ok("busy"));
    await client.response();
    busy.answer = () => ok("busy");
    await proxy.untilQuiet();
    expect(await answersOf(proxy, 20)).toEqual(new Set(["busy", "spare"]));
  });

  test("keeps idle connections to backends that stay and closes those to others", async () => {
    const [stays, goes] = [await named("stays"), await named("goes")];
    const pool = { connections: { idleTimeout: "5m" } };
    const proxy = await startTestProxy({ backends: [stays.url, goes.url], pool });
    await answersOf(proxy, 4);
    await reloaded(proxy, {
      backends: [stays.url],
      pool: { ...pool, timeouts: { response: "9s" } },
    });
    await answersOf(proxy, 4);
    expect(stays.connections).toHaveLength(1);
    await eventually("the other's is closed", () => goes.openConnections.length === 0);
  });

  test("keeps an open breaker open, and lets a new address begin anew", async () => {
    const [bad, good] = [
      await startBackend((_, from) => (from.reset(), null)),
      await named("good"),
    ];
    const moved = await named("moved");
    const pool = { circuitBreaker: { failureThreshold: 1, resetTimeout: "1h" }, slowStart: "off" };
    const of = (url: string, extra = {}): ProxySettings => ({
      backends: [
        { id: "a", url },
        { id: "b", url: good.url },
      ],
      pool: { ...pool, ...extra },
    });
    const proxy = await startTestProxy(of(bad.url));
    await answersOf(proxy, 4);
    const statusOf = (): readonly string[] =>
      proxy.running.health()[0]?.backends.map(({ status }) => status) ?? [];
    await eventually("it is ejected", () => statusOf()[0] === "ejected");
    const asked = bad.requests.length;
    await reloaded(proxy, of(bad.url, { timeouts: { response: "9s" } }));
    expect(statusOf()).toEqual(["ejected", "healthy"]);
    await answersOf(proxy, 10);
    expect(bad.requests).toHaveLength(asked);
    await reloaded(proxy, of(moved.url));
    expect(statusOf()).toEqual(["healthy", "healthy"]);
    while (!(await answersOf(proxy, 10)).has("moved"));
  });

  test("gives a new backend nothing before its first check has passed", async () => {
    const [old, sick] = [await named("old"), await startBackend()];
    const healthCheck = { path: "/health", interval: "1h", timeout: "50s" };
    const of = (...backends: string[]): ProxySettings => ({ backends, pool: { healthCheck } });
    const proxy = await startTestProxy(of(old.url));
    await reloaded(proxy, of(old.url, sick.url));
    const check = await sick.connection();
    expect((await check.request()).line).toContain("/health");
    expect(await answersOf(proxy, 10)).toEqual(new Set(["old"]));
    sick.answer = () => ok("new");
    check.send(ok());
    while (!(await answersOf(proxy, 4)).has("new"));
  });

  test("waits for the first check of backends that would be the only ones", async () => {
    const [old, late] = [await named("old"), await startBackend()];
    const healthCheck = { path: "/health", interval: "1h", timeout: "50s" };
    const of = (...backends: string[]): ProxySettings => ({ backends, pool: { healthCheck } });
    const proxy = await startTestProxy(of(old.url));
    const reloading = reloaded(proxy, of(late.url));
    const check = await late.connection();
    await check.request();
    expect(await answerOf(proxy)).toBe("old");
    late.answer = () => ok("late");
    check.send(ok());
    await reloading;
    expect(await answersOf(proxy, 10)).toEqual(new Set(["late"]));
  });

  test("goes on counting for pools by their names, in whatever order they are", async () => {
    const backend = await named("x");
    const pool = { backends: [backend.url], healthCheck: false };
    const of = (...names: string[]): ProxySettings => ({
      top: {
        admin: "127.0.0.1:0",
        pools: Object.fromEntries(names.map((name) => [name, pool])),
        routes: names.map((name) => ({ path: `/${name}`, pool: name })),
      },
    });
    const proxy = await startTestProxy(of("a", "b"));
    for (let turn = 0; turn < 3; turn++) await answerOf(proxy, "/b");
    await reloaded(proxy, of("c", "b", "a"));
    await answerOf(proxy, "/b");
    await answerOf(proxy, "/c");
    const records = await proxy.recorded(5);
    expect(records.map(({ pool: name }) => name)).toEqual(["b", "b", "b", "b", "c"]);
    expect(proxy.running.health().map(({ pool: name }) => name)).toEqual(["c", "b", "a"]);
  });

  test("serves who waits for room by the generation that they came in", async () => {
    const backend = await startBackend();
    const pool = { limits: { inFlightPerBackend: 1, queueTimeout: "20s" } };
    const top = { admin: "127.0.0.1:0" };
    const proxy = await startTestProxy({ backends: [backend.url], pool, top });
    const [running, waiting] = [await openClient(proxy.port), await openClient(proxy.port)];
    running.send(get("/running"));
    const connection = await backend.connection();
    await connection.request();
    waiting.send(get("/waiting"));
    while (waitingIn(await scrape(proxy.running)) !== 1);
    await reloaded(proxy, {
      backends: [backend.url],
      pool: { ...pool, timeouts: { response: "9s" } },
      top,
    });
    backend.answer = () => ok("served");
    connection.send(ok("first"));
    expect((await running.response()).body).toBe("first");
    expect((await waiting.response()).body).toBe("served");
    await proxy.untilQuiet();
  });

  test("takes those who wait for room to the new backends when the old ones are gone", async () => {
    const [old, next] = [await startBackend(), await named("next")];
    const pool = { limits: { inFlightPerBackend: 1, queueTimeout: "20s" } };
    const top = { admin: "127.0.0.1:0" };
    const proxy = await startTestProxy({ backends: [old.url], pool, top });
    const running = await openClient(proxy.port);
    running.send(get("/running"));
    const connection = await old.connection();
    await connection.request();
    const waiting = await Promise.all([1, 2, 3].map(() => openClient(proxy.port)));
    for (const client of waiting) client.send(get("/waiting"));
    while (waitingIn(await scrape(proxy.running)) !== 3);
    await reloaded(proxy, { backends: [next.url], pool, top });
    for (const client of waiting) expect((await client.response()).body).toBe("next");
    connection.send(ok("first"));
    expect((await running.response()).body).toBe("first");
    expect(waitingIn(await scrape(proxy.running))).toBe(0);
    await proxy.untilQuiet();
  });

  test("lets a request whose backend dies go on at a new one", async () => {
    const [old, next] = [await startBackend(), await named("next")];
    const proxy = await startTestProxy({ backends: [old.url] });
    const client = await openClient(proxy.port);
    client.send(get());
    const connection = await old.connection();
    await connection.request();
    await reloaded(proxy, { backends: [next.url] });
    connection.reset();
    expect((await client.response()).body).toBe("next");
  });

  test("answers what was read before it at the backends of then or of now", async () => {
    const [old, next] = [await named("old"), await named("next")];
    const proxy = await startTestProxy({ backends: [old.url] });
    for (let turn = 0; turn < 20; turn++) {
      const urls = turn % 2 === 0 ? [next.url] : [old.url];
      const clients = await Promise.all([1, 2, 3, 4].map(() => openClient(proxy.port)));
      for (const client of clients) client.send(get());
      await reloaded(proxy, { backends: urls });
      for (const client of clients) expect((await client.response()).line).toContain("200");
    }
  });

  test("keeps what is left of a rate limit that stays, and begins one that changed anew", async () => {
    const backend = await named("x");
    const of = (burst: number, response = "9s"): ProxySettings => ({
      backends: [backend.url],
      pool: { timeouts: { response } },
      top: { routes: [{ pool: "web", rateLimit: { rate: "1/h", burst, key: "global" } }] },
    });
    const statusOf = async (): Promise<string | undefined> =>
      (await (await openClient(proxy.port)).request(get())).line.split(" ")[1];
    const proxy = await startTestProxy(of(1));
    expect(await statusOf()).toBe("200");
    expect(await statusOf()).toBe("429");
    await reloaded(proxy, of(1, "8s"));
    expect(await statusOf()).toBe("429");
    await reloaded(proxy, of(2));
    expect(await statusOf()).toBe("200");
  });

  test("keeps clients where they are when a sticky secret is rotated", async () => {
    const [one, two] = [await named("one"), await named("two")];
    const [old, next] = ["o".repeat(32), "n".repeat(32)];
    const of = (secrets: object): ProxySettings => ({
      backends: [one.url, two.url],
      pool: { sticky: { cookie: "S", ...secrets } },
    });
    const proxy = await startTestProxy(of({ secret: old }));
    const first = await (await openClient(proxy.port)).request(get());
    const cookie = first.fields.find(([name]) => name.toLowerCase() === "set-cookie")?.[1];
    const value = cookie?.split(";")[0] ?? "";
    const changes = await reloaded(proxy, of({ secrets: [next, old] }));
    expect(changes).toEqual([
      "pools.web.sticky.secret: [redacted] → (none)",
      'pools.web.sticky.secrets: (none) → ["[redacted]","[redacted]"]',
    ]);
    const client = await openClient(proxy.port);
    for (let turn = 0; turn < 6; turn++) {
      const answer = await client.request(get("/", `Cookie: ${value}\r\n`));
      expect(answer.body).toBe(first.body);
    }
  });

  test("changes the format of access records", async () => {
    const backend = await named("x");
    const proxy = await startTestProxy({ backends: [backend.url] });
    await answerOf(proxy);
    await proxy.recorded(1);
    await reloaded(proxy, { backends: [backend.url], top: { accessLog: "common" } });
    await answerOf(proxy, "/after");
    await eventually("it is written", () => proxy.log().includes('"GET /after HTTP/1.1" 200'));
  });
});

describe("a reload that cannot be", () => {
  const refused: readonly (readonly [string, (backend: RawBackend) => ProxySettings, string])[] = [
    ["another number of workers", () => ({ top: { workers: 3 } }), "workers run"],
    ["another admin listener", () => ({ top: { admin: "127.0.0.1:0" } }), "admin listener"],
    [
      "an address that is taken",
      ({ port }) => ({
        top: { listeners: [{ address: "127.0.0.1:0" }, { address: `127.0.0.1:${port}` }] },
      }),
      "the address is in use",
    ],
  ];
  for (const [what, next, said] of refused) {
    test(`for ${what} changes nothing`, async () => {
      const [one, other] = [await named("one"), await named("other")];
      const proxy = await startTestProxy({ backends: [one.url] });
      const result = await reloadWith(proxy, { backends: [other.url], ...next(one) });
      expect(result).toMatchObject({ ok: false, generation: 1 });
      expect(JSON.stringify(result)).toContain(said);
      expect(await answersOf(proxy, 4)).toEqual(new Set(["one"]));
      await reloaded(proxy, { backends: [other.url] });
      expect(await answersOf(proxy, 4)).toEqual(new Set(["other"]));
    });
  }

  test("with more backends than fit changes nothing", async () => {
    const one = await named("one");
    const proxy = await startTestProxy({ backends: [one.url] });
    const many = Array.from({ length: 4_097 }, (_, index) => {
      return `http://127.1.${index >> 8}.${index & 255}:80`;
    });
    const result = await reloadWith(proxy, { backends: many });
    expect(JSON.stringify(result)).toContain("room for 256 pools and 4096 backends");
    expect(await answersOf(proxy, 4)).toEqual(new Set(["one"]));
    await reloaded(proxy, { backends: many.slice(0, 4_000) });
  });
});
