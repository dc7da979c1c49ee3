import { describe, expect } from "vitest";
import type { Explanation } from "../src/explain/explanation.ts";
import { explanationSchema } from "../src/explain/explanation-schema.ts";
import { explainRequest } from "../src/explain/explain-request.ts";
import { readAskedRequest } from "../src/explain/asked-request.ts";
import { startingSources } from "../src/explain/explain-sources.ts";
import { askAdmin } from "./support/admin-client.ts";
import { test } from "./support/concurrent.ts";
import { status, value } from "./support/message.ts";
import { eventually } from "./support/peer.ts";
import { ok, startBackend } from "./support/raw-backend.ts";
import { openClient } from "./support/raw-client.ts";
import {
  type ProxySettings,
  type TestProxy,
  configOf,
  get,
  startTestProxy,
} from "./support/run-proxy.ts";
import { reloaded } from "./support/reload.ts";
import { socketPath } from "./support/socket-path.ts";
import { Visitor, startSticky } from "./support/sticky.ts";

const admin = "127.0.0.1:0";
const asked = { host: "a.test", path: "/" };

async function explain(proxy: TestProxy, request: object = asked): Promise<Explanation> {
  const { status: code, text } = await askAdmin(proxy.running, "/api/v1/explain", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(request),
  });
  if (code !== 200) throw new Error((JSON.parse(text) as { detail: string }).detail);
  // As the API's description says.
  return explanationSchema.parse(JSON.parse(text));
}

/** Two backends that answer with their names, `b0` and `b1`. */
async function start(settings: Partial<ProxySettings> = {}, count = 2): Promise<TestProxy> {
  const names = Array.from({ length: count }, (_, index) => `b${index}`);
  const backends = await Promise.all(names.map((name) => startBackend(() => ok(name))));
  return await startTestProxy({
    backends: backends.map(({ url }, index) => ({ url, id: `b${index}` })),
    ...settings,
    top: { admin, ...settings.top },
  });
}

/** Of the only pool: `id: verdict`. */
function verdicts({ pools }: Explanation): Record<string, string> {
  return Object.fromEntries((pools[0]?.backends ?? []).map(({ id, verdict }) => [id, verdict]));
}

describe("what explain foretells", () => {
  const strategies = ["round-robin", "first", "least-connections", "power-of-two", "random"];
  for (const strategy of [...strategies, "peak-ewma", "rendezvous", "maglev"]) {
    test(`${strategy}: the next request goes where it said`, async () => {
      const proxy = await start({ pool: { strategy } }, 3);
      const client = await openClient(proxy.port);
      for (let turn = 0; turn < 8; turn++) {
        const { outcome } = await explain(proxy);
        if (outcome.kind !== "forward") throw new Error(outcome.kind);
        const sum = outcome.backends.reduce((total, { chance }) => total + chance, 0);
        expect(sum).toBeCloseTo(1);
        const { body } = await client.request(get());
        expect(outcome.backends.map(({ backend }) => backend)).toContain(body);
      }
    });
  }

  test("asking consumes nothing: no turn, no token, no count", async () => {
    const proxy = await start({
      top: { routes: [{ pool: "web", rateLimit: { rate: "1/h", burst: 2 } }] },
    });
    const client = await openClient(proxy.port);
    const answers: string[] = [];
    for (let turn = 0; turn < 3; turn++) {
      for (let time = 0; time < 10; time++) await explain(proxy);
      const response = await client.request(get());
      answers.push(status(response) === 200 ? response.body : String(status(response)));
    }
    expect(answers).toEqual(["b0", "b1", "429"]);
    // A question is no change, so nobody has to answer for it.
    expect(proxy.adminCalls).toEqual([]);
  });

  test("leaves every shared byte as it was, offline and for any strategy", async () => {
    for (const strategy of ["prequal", "least-response-time", "weighted-round-robin", "ip-hash"]) {
      const config = configOf({
        backends: ["http://127.0.0.1:1", "http://127.0.0.1:2"],
        pool: { strategy },
        top: { routes: [{ pool: "web", rateLimit: { rate: "5/s" } }] },
      });
      const sources = startingSources(config);
      const shared = [sources.scoreboard.buffer, ...sources.config.limitTables];
      const bytes = (): string[] => shared.map((one) => Buffer.from(one).toString("base64"));
      const before = bytes();
      const read = readAskedRequest(asked);
      if (!read.ok) throw new Error(read.message);
      expect(explainRequest(read.asked, sources).ok).toBe(true);
      expect(bytes()).toEqual(before);
    }
  });

  test("a client that has as many under way as it may is refused, and another one is not", async () => {
    const silent = await startBackend();
    const proxy = await startTestProxy({
      backends: [silent.url],
      top: { admin, routes: [{ pool: "web", concurrencyLimit: { requests: 1 } }] },
    });
    (await openClient(proxy.port)).send(get());
    await eventually("it is in flight", () => proxy.running.inFlight() === 1);
    const { outcome, concurrencyLimits } = await explain(proxy);
    expect(concurrencyLimits).toEqual([
      { key: "127.0.0.1", underWay: 1, most: 1, isAllowed: false },
    ]);
    const refused = await (await openClient(proxy.port)).request(get());
    expect(outcome).toMatchObject({ kind: "refuse", status: status(refused) });
    const other = await explain(proxy, { ...asked, clientIp: "192.0.2.1" });
    expect(other.outcome.kind).toBe("forward");
  });

  test("a rate limit that is used up refuses, as it would", async () => {
    const proxy = await start({
      top: { routes: [{ pool: "web", rateLimit: { rate: "1/h", burst: 1 } }] },
    });
    expect((await explain(proxy)).rateLimits).toMatchObject([{ isAllowed: true, remaining: 0 }]);
    const client = await openClient(proxy.port);
    await client.request(get());
    const { outcome, rateLimits } = await explain(proxy);
    // The same word as the answer has.
    const refused = JSON.parse((await client.request(get())).body) as { error: string };
    expect(refused.error).toBe("rate_limited");
    expect(outcome).toMatchObject({ kind: "refuse", status: 429, error: refused.error });
    expect(rateLimits).toMatchObject([{ isAllowed: false, key: "127.0.0.1", remaining: 0 }]);
    const other = await explain(proxy, { ...asked, clientIp: "192.0.2.1" });
    expect(other.outcome.kind).toBe("forward");
  });
});

test("who comes through a unix socket is known by that name, to its limits, too", async () => {
  const path = socketPath();
  const proxy = await start({
    top: {
      listeners: [{ address: "127.0.0.1:0" }, { address: `unix:${path}`, name: "files" }],
      routes: [{ pool: "web", rateLimit: { rate: "1/h", burst: 1 } }],
    },
  });
  await (await openClient(path)).request(get());
  const { request, outcome } = await explain(proxy, { ...asked, listener: "files" });
  expect(request).toMatchObject({ clientIp: "unix", peer: "unix" });
  expect(outcome).toMatchObject({ kind: "refuse", error: "rate_limited" });
  expect((await explain(proxy)).outcome.kind).toBe("forward");
  await expect(explain(proxy, { ...asked, listener: "flies" })).rejects.toThrow(
    `1 (files, unix:${path})`,
  );
});

describe("why a backend is not picked", () => {
  test("operator, checks, breaker and priority each have their word", async () => {
    const proxy = await startTestProxy({
      backends: [
        { url: (await startBackend(() => ok("a"))).url, id: "serves" },
        { url: "http://127.0.0.1:1", id: "drains" },
        { url: "http://127.0.0.1:2", id: "resting" },
        { url: "http://127.0.0.1:3", id: "spare", backup: true },
        {
          url: "http://127.0.0.1:4",
          id: "sick",
          healthCheck: { interval: "50ms", unhealthyThreshold: 1 },
        },
      ],
      top: { admin },
    });
    proxy.running.setBackendState("web", "drains", "draining", "deploy 7");
    proxy.running.setBackendState("web", "resting", "maintenance", "");
    await eventually("the check has failed", () =>
      proxy.healthChanges.some(({ backend, to }) => backend === "sick" && to === "unhealthy"),
    );
    const explained = await explain(proxy);
    expect(verdicts(explained)).toEqual({
      serves: "picked",
      drains: "draining",
      resting: "maintenance",
      spare: "backup",
      sick: "unhealthy",
    });
    const [, drains] = explained.pools[0]?.backends ?? [];
    expect(drains?.reason).toContain("deploy 7");
  });

  test("an ejected one says until when and for what", async () => {
    const failing = await startBackend(() => "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n");
    const proxy = await startTestProxy({
      backends: [
        { url: failing.url, id: "bad" },
        { url: (await startBackend(() => ok("good"))).url, id: "good" },
      ],
      pool: { circuitBreaker: { failureThreshold: 1, resetTimeout: "1h" } },
      top: { admin },
    });
    await (await openClient(proxy.port)).request(get());
    const [bad, good] = (await explain(proxy)).pools[0]?.backends ?? [];
    expect(bad).toMatchObject({ verdict: "ejected", breaker: "open", chance: 0 });
    expect(bad?.reason).toMatch(/^until \d{4}-.*Z: 1 failures in a row/);
    expect(Date.parse(bad?.ejectedUntil ?? "")).toBeGreaterThan(Date.now());
    expect(good).toMatchObject({ verdict: "picked", chance: 1 });
  });

  test("one at its cap says how full it is, and a pool of those makes requests wait", async () => {
    const silent = await startBackend();
    const proxy = await startTestProxy({
      backends: [{ url: silent.url, id: "busy" }],
      pool: { limits: { inFlightPerBackend: 1, queue: 7 } },
      top: { admin },
    });
    (await openClient(proxy.port)).send(get());
    await eventually("it is in flight", () => proxy.running.inFlight() === 1);
    const explained = await explain(proxy);
    expect(explained.outcome).toMatchObject({ kind: "wait" });
    expect(explained.pools[0]?.backends).toMatchObject([
      { verdict: "at-capacity", reason: "1 of 1 in flight", inFlight: 1, cap: 1 },
    ]);
  });
});

describe("a sticky cookie", () => {
  test("is judged as the data path judges it", async () => {
    const { proxy } = await startSticky({}, { top: { admin } });
    const visitor = new Visitor(await openClient(proxy.port));
    const home = await visitor.visit();
    const cookieOf = async (cookie: string): Promise<unknown> => {
      const { pools, forwarded } = await explain(proxy, { ...asked, headers: { cookie } });
      expect(forwarded?.head.join("\n")).not.toContain("X-LB-Backend");
      return pools[0]?.sticky;
    };
    expect(await cookieOf(`x=1; ${visitor.cookie}`)).toMatchObject({
      verdict: "bound",
      backend: `b${home}`,
    });
    expect(await cookieOf(`${visitor.cookie.slice(0, -1)}!`)).toMatchObject({
      verdict: "malformed",
    });
    expect(await cookieOf("x=1")).toMatchObject({ verdict: "absent", backend: null });
    const bound = await explain(proxy, { ...asked, headers: { cookie: visitor.cookie } });
    expect(new Set(Object.values(verdicts(bound)))).toEqual(new Set(["picked", "bound-elsewhere"]));
  });
});

describe("retries", () => {
  const retriesOf = async (proxy: TestProxy, request: object): Promise<readonly string[]> => {
    const { pools } = await explain(proxy, { ...asked, ...request });
    const after = pools[0]?.retry.after ?? [];
    return after.filter(({ isRetried }) => isRetried).map(({ outcome }) => outcome);
  };

  test("are granted as the policy would grant them, by method, body and status", async () => {
    const proxy = await start({ pool: { retry: { statuses: [503], bufferBody: "1KiB" } } });
    const refused = "connection refused";
    const [lost, late] = ["connection lost after sending", "response timeout"];
    expect(await retriesOf(proxy, {})).toEqual([refused, lost, late, "status 503"]);
    const post = (length: number): object => {
      return { method: "POST", headers: { "content-length": String(length) } };
    };
    expect(await retriesOf(proxy, post(1_024))).toEqual([refused]);
    expect(await retriesOf(proxy, post(1_025))).toEqual([]);
    const keyed = { method: "POST", headers: { "idempotency-key": "a" } };
    expect(await retriesOf(proxy, keyed)).toEqual([refused, lost, late, "status 503"]);
  });
});

describe("routing", () => {
  const routes = [
    {
      host: "api.test",
      path: "/v1",
      methods: ["GET"],
      pool: "web",
      rewrite: { stripPrefix: true },
    },
    { host: "api.test", headers: { "x-beta": "yes" }, pool: "web" },
    { host: "old.test", redirect: { to: "https://new.test{path}{query}", status: 301 } },
    { path: "/v1", pool: "web", allow: ["192.0.2.0/24"] },
  ];

  test("says which route decides, what it rewrites, and what the others lack", async () => {
    const proxy = await start({ top: { routes } });
    const { route, nearRoutes, forwarded } = await explain(proxy, {
      url: "http://api.test/v1/users?x=1",
    });
    expect(route?.number).toBe(1);
    expect(forwarded?.target).toBe("/users?x=1");
    expect(nearRoutes.map(({ number, failed }) => [number, failed])).toEqual([
      [4, []],
      [2, ['header x-beta="yes": no, it is absent']],
    ]);
    expect(nearRoutes[0]?.outranked).toContain("an exact host before a wildcard");
  });

  test("a 404 shows what came near", async () => {
    const proxy = await start({ top: { routes } });
    const { outcome, route, nearRoutes } = await explain(proxy, {
      method: "PUT",
      url: "http://api.test/v1/users",
      clientIp: "192.0.2.9",
    });
    expect([outcome.kind, route?.number]).toEqual(["forward", 4]);
    const missed = await explain(proxy, { method: "PUT", url: "http://api.test/v2" });
    expect(missed.outcome).toMatchObject({ kind: "refuse", status: 404 });
    expect(missed.nearRoutes.map(({ number }) => number)).toContain(1);
    expect(nearRoutes.find(({ number }) => number === 1)?.failed).toEqual([
      "method PUT is not GET",
    ]);
  });

  test("redirects, denied clients and requests that the parser refuses get what they would get", async () => {
    const proxy = await start({ top: { routes } });
    const client = await openClient(proxy.port);
    const cases = [
      ["old.test", "/x?y"],
      ["b.test", "/v1"],
      ["b.test", "/../v1"],
      ["b.test", "/v2"],
    ] as const;
    for (const [host, path] of cases) {
      const { outcome } = await explain(proxy, { host, path });
      const live = await openClient(proxy.port);
      const response = await live.request(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
      expect([path, "status" in outcome ? outcome.status : 0]).toEqual([path, status(response)]);
      if (outcome.kind === "redirect") {
        expect(value(response, "location")).toBe(outcome.location);
      }
    }
    expect(client.isClosed).toBe(false);
  });

  test("a client is in the arm of the split that it is told", async () => {
    const backends = [(await startBackend(() => ok("a"))).url];
    const pools = {
      a: { backends, healthCheck: false },
      b: { backends: [(await startBackend(() => ok("b"))).url], healthCheck: false },
    };
    const split = [
      { pool: "a", weight: 50 },
      { pool: "b", weight: 50 },
    ];
    const top = { admin, pools, routes: [{ split, splitBy: "header:x-user" }] };
    const proxy = await startTestProxy({ top });
    const client = await openClient(proxy.port);
    for (let user = 0; user < 8; user++) {
      const { pools: explained } = await explain(proxy, {
        ...asked,
        headers: { "x-user": String(user) },
      });
      const { body } = await client.request(get("/", `X-User: ${user}\r\n`));
      expect(explained.map(({ pool }) => pool)).toEqual([body]);
    }
  });
});

describe("after a reload", () => {
  test("pools and backends are still those that requests go to", async () => {
    const named = async (name: string): Promise<object> => {
      return { url: (await startBackend(() => ok(name))).url, id: name };
    };
    const [a, b, c] = [await named("a"), await named("b"), await named("c")];
    const pool = (...backends: readonly object[]): object => ({ backends, healthCheck: false });
    const top = (pools: object): ProxySettings => {
      return { top: { admin, pools, routes: [{ pool: "last" }] } };
    };
    const proxy = await startTestProxy(top({ first: pool(a), last: pool(a, b) }));
    await reloaded(proxy, top({ last: pool(c, b) }));
    const client = await openClient(proxy.port);
    for (let turn = 0; turn < 4; turn++) {
      const { outcome, pools } = await explain(proxy);
      expect(pools[0]?.backends.map(({ id }) => id)).toEqual(["c", "b"]);
      const { body } = await client.request(get());
      const last = outcome.kind === "forward" ? outcome.backends : [];
      expect(last.map(({ backend }) => backend)).toContain(body);
    }
  });
});

describe("what cannot be explained", () => {
  const refused: readonly (readonly [object, string])[] = [
    [{ urll: "http://a/" }, 'unknown key "urll"; did you mean "url"?'],
    [{ url: "http://a/", path: "/" }, "give either url, or host and path"],
    [{ ...asked, clientIp: "me" }, "clientIp: expected an IP address"],
    [{ ...asked, headers: { "x-a": "1\r\nHost: b" } }, "the value of x-a must be one line"],
    [{ ...asked, listener: 5 }, "there is no listener"],
    [{ ...asked, path: "/a b" }, "path: expected a path without spaces"],
    [[], "expected"],
  ];
  for (const [body, said] of refused) {
    test(`${JSON.stringify(body)} is refused with what is wrong`, async () => {
      const proxy = await start();
      await expect(explain(proxy, body)).rejects.toThrow(said);
    });
  }
});

describe("listeners", () => {
  test("each have the routes that are for them, and a name to be asked by", async () => {
    const listeners = [
      { address: "127.0.0.1:0", name: "public" },
      { address: "127.0.0.1:0", name: "inside", deny: ["192.0.2.0/24"] },
    ];
    const routes = [{ listeners: ["inside"], path: "/ops", pool: "web" }];
    const proxy = await start({ top: { listeners, routes } });
    const ops = { host: "a.test", path: "/ops" };
    const outside = await explain(proxy, ops);
    expect(outside.outcome).toMatchObject({ kind: "refuse", status: 404 });
    expect(outside.nearRoutes[0]?.failed).toEqual(["listener public is not inside"]);
    const inside = await explain(proxy, { ...ops, listener: "inside" });
    expect(inside.route?.because).toContain("listener inside is inside");
    const denied = await explain(proxy, { ...ops, listener: 1, clientIp: "192.0.2.1" });
    expect(denied.outcome).toMatchObject({ kind: "refuse", status: 403 });
  });
});
