import { describe, expect } from "vitest";
import { test } from "./support/concurrent.ts";
import { type Message, value } from "./support/message.ts";
import { type RawBackend, ok } from "./support/raw-backend.ts";
import { openClient } from "./support/raw-client.ts";
import { type TestProxy, get, startPair } from "./support/run-proxy.ts";
import { upgrade } from "./support/tunnel.ts";

interface Limited {
  readonly rateLimit?: unknown;
  readonly workers?: number;
  readonly listener?: Readonly<Record<string, unknown>>;
}

/** No token of `1/h` comes back while a test runs. */
async function startLimited({
  rateLimit,
  workers = 0,
  listener = {},
}: Limited): Promise<{ readonly proxy: TestProxy; readonly backend: RawBackend }> {
  const routes = [
    { path: "/free", pool: "web" },
    { pool: "web", rateLimit },
  ];
  return await startPair({ listener, top: { routes, workers } }, () => ok());
}

/** Status of each request, all on one connection. */
async function statuses(proxy: TestProxy, requests: readonly string[]): Promise<number[]> {
  const client = await openClient(proxy.port);
  const found: number[] = [];
  for (const request of requests) {
    found.push(Number((await client.request(request)).line.split(" ")[1]));
  }
  return found;
}

async function answerTo(proxy: TestProxy, request = get()): Promise<Message> {
  return await (await openClient(proxy.port)).request(request);
}

const forwarded = (addresses: string): string => get("/", `X-Forwarded-For: ${addresses}\r\n`);

test("of 300 requests that 30 connections send to two workers exactly the burst of 100 passes", async () => {
  const rateLimit = { rate: "1/h", burst: 100 };
  const { proxy, backend } = await startLimited({ rateLimit, workers: 2 });
  const requests = Array.from({ length: 10 }, () => get());
  const all = await Promise.all(Array.from({ length: 30 }, () => statuses(proxy, requests)));
  expect(all.flat().filter((status) => status === 200)).toHaveLength(100);
  expect(all.flat().filter((status) => status === 429)).toHaveLength(200);
  expect(backend.requests).toHaveLength(100);
  const records = await proxy.recorded(300);
  // A request id begins with what is its worker's own.
  expect(new Set(records.map(({ request_id: id }) => id.split("-")[0])).size).toBe(2);
}, 60_000);

describe("a request above the limit", () => {
  test("is told when to come back, and that it was we who refused it", async () => {
    const { proxy, backend } = await startLimited({ rateLimit: { rate: "6/h", burst: 2 } });
    expect(await statuses(proxy, [get(), get()])).toEqual([200, 200]);
    const { line, body, ...head } = await answerTo(proxy);
    const message = { line, body, ...head };
    expect(line).toBe("HTTP/1.1 429 Too Many Requests");
    expect(value(message, "content-type")).toBe("application/problem+json");
    expect(value(message, "proxy-status")).toBe("evenkeel; error=rate_limited");
    expect(value(message, "ratelimit-policy")).toBe('"6/h";q=2;w=1200');
    const [, seconds = ""] = /^"6\/h";r=0;t=(\d+)$/.exec(value(message, "ratelimit") ?? "") ?? [];
    expect(Number(seconds)).toBeGreaterThan(590);
    expect(Number(seconds)).toBeLessThanOrEqual(600);
    const retryAfter = Number(value(message, "retry-after"));
    expect(retryAfter).toBeGreaterThanOrEqual(Number(seconds));
    expect(retryAfter).toBeLessThanOrEqual(660);
    expect(JSON.parse(body)).toMatchObject({
      type: "https://iana.org/assignments/http-problem-types#quota-exceeded",
      title: "Too Many Requests",
      status: 429,
      detail: "more requests than the rate limit allows",
      error: "rate_limited",
      "violated-policies": ["6/h"],
    });
    expect(backend.requests).toHaveLength(2);
  });

  test("is in the log with its pool and the reason, and no attempt", async () => {
    const { proxy } = await startLimited({ rateLimit: { rate: "1/h" } });
    await statuses(proxy, [get(), get()]);
    const [, record] = await proxy.recorded(2);
    expect(record).toMatchObject({
      status: 429,
      error: "rate_limited",
      pool: "web",
      backend: null,
      attempts: 0,
    });
  });

  test("keeps its connection, and other routes are open to it", async () => {
    const { proxy } = await startLimited({ rateLimit: { rate: "1/h" } });
    const free = get("/free");
    expect(await statuses(proxy, [get(), get(), free, get(), free])).toEqual([
      200, 429, 200, 429, 200,
    ]);
  });

  test("is refused also when it asks for another protocol", async () => {
    const { proxy, backend } = await startLimited({ rateLimit: { rate: "1/h" } });
    expect(await statuses(proxy, [get(), upgrade()])).toEqual([200, 429]);
    expect(backend.requests).toHaveLength(1);
  });
});

describe("RateLimit fields", () => {
  const burst = { rate: "1/h", burst: 3 };

  test("say on ordinary responses what is left", async () => {
    const { proxy } = await startLimited({ rateLimit: burst });
    const client = await openClient(proxy.port);
    const first = await client.request(get());
    const second = await client.request(get());
    expect(value(first, "ratelimit")).toMatch(/^"1\/h";r=2;t=3600$/);
    expect(value(second, "ratelimit")).toMatch(/^"1\/h";r=1;t=3600$/);
    expect(value(second, "ratelimit-policy")).toBe('"1/h";q=3;w=10800');
    expect(value(await client.request(get("/free")), "ratelimit")).toBeUndefined();
  });

  test("with headers: false are on 429 only", async () => {
    const { proxy } = await startLimited({ rateLimit: { ...burst, burst: 1, headers: false } });
    const client = await openClient(proxy.port);
    const passed = await client.request(get());
    expect([value(passed, "ratelimit"), value(passed, "ratelimit-policy")]).toEqual([
      undefined,
      undefined,
    ]);
    const refused = await client.request(get());
    expect(refused.line).toContain(" 429 ");
    expect(value(refused, "ratelimit")).toMatch(/^"1\/h";r=0;t=\d+$/);
  });

  test("of several limits are lists, and a refused request is charged to none of them", async () => {
    const rateLimit = [
      { rate: "2/h", key: "header:x-user" },
      { rate: "9/h", key: "global" },
    ];
    const { proxy } = await startLimited({ rateLimit });
    const byUser = (user: string): string => get("/", `X-User: ${user}\r\n`);
    const ada = byUser("ada");
    expect(await statuses(proxy, [ada, ada, ada, ada, ada])).toEqual([200, 200, 429, 429, 429]);
    const response = await answerTo(proxy, byUser("bob"));
    expect(value(response, "ratelimit")).toMatch(/^"2\/h";r=1;t=\d+, "9\/h";r=6;t=\d+$/);
    expect(value(response, "ratelimit-policy")).toBe('"2/h";q=2;w=3600, "9/h";q=9;w=3600');
  });
});

describe("the key", () => {
  const of = (key: string): Limited => ({ rateLimit: { rate: "1/h", key } });

  test("may be a header, where those without it are one client", async () => {
    const { proxy } = await startLimited(of("header:x-user"));
    const requests = ["X-User: a\r\n", "X-User: b\r\n", "x-user: a\r\n", "", "X-Other: a\r\n"];
    expect(
      await statuses(
        proxy,
        requests.map((fields) => get("/", fields)),
      ),
    ).toEqual([200, 200, 429, 200, 429]);
  });

  test("may be a cookie or a parameter", async () => {
    const cookies = await startLimited(of("cookie:id"));
    const cookie = (id: string): string => get("/", `Cookie: a=1; id=${id}\r\n`);
    expect(await statuses(cookies.proxy, [cookie("x"), cookie("y"), cookie("x")])).toEqual([
      200, 200, 429,
    ]);
    const queries = await startLimited(of("query:id"));
    const paths = ["/?id=x", "/?id=y", "/other?id=x"].map((path) => get(path));
    expect(await statuses(queries.proxy, paths)).toEqual([200, 200, 429]);
  });

  test("global counts everybody together", async () => {
    const { proxy } = await startLimited({
      ...of("global"),
      listener: { trustedProxies: ["127.0.0.1"] },
    });
    expect(await statuses(proxy, [forwarded("192.0.2.1"), forwarded("192.0.2.2")])).toEqual([
      200, 429,
    ]);
  });
});

describe("the client's address", () => {
  const rateLimit = { rate: "1/h" };
  const trusting = { trustedProxies: ["127.0.0.1", "10.0.0.0/8"] };

  test("is the peer's, whatever an untrusted peer claims", async () => {
    const { proxy } = await startLimited({ rateLimit });
    const claims = ["192.0.2.1", "192.0.2.2", "127.0.0.1", "10.0.0.1, 192.0.2.3"];
    expect(await statuses(proxy, claims.map(forwarded))).toEqual([200, 429, 429, 429]);
  });

  test("is the right-most that no trusted proxy has: what stands before it is free to invent", async () => {
    const { proxy } = await startLimited({ rateLimit, listener: trusting });
    const chains = [
      "192.0.2.1",
      "198.51.100.1, 192.0.2.1",
      "10.9.9.9, 192.0.2.1, 10.0.0.7",
      "nonsense, 192.0.2.1",
      "192.0.2.2, 10.0.0.7",
      "192.0.2.1, 192.0.2.2",
    ];
    expect(await statuses(proxy, chains.map(forwarded))).toEqual([200, 429, 429, 429, 200, 429]);
  });

  test("spoofed in a second field line is no way around it", async () => {
    const { proxy } = await startLimited({ rateLimit, listener: trusting });
    const twice = (first: string): string =>
      get("/", `X-Forwarded-For: ${first}\r\nX-Forwarded-For: 192.0.2.1\r\n`);
    expect(await statuses(proxy, [twice("a"), twice("192.0.2.7"), twice("10.0.0.1")])).toEqual([
      200, 429, 429,
    ]);
  });

  test("of IPv6 counts by its /64", async () => {
    const { proxy } = await startLimited({ rateLimit, listener: trusting });
    const addresses = [
      "2001:db8:0:1::1",
      "2001:DB8:0:1:ffff::2",
      "2001:db8:0:2::1",
      "::ffff:9.9.9.9",
    ];
    expect(await statuses(proxy, [...addresses, "9.9.9.9"].map(forwarded))).toEqual([
      200, 429, 200, 200, 429,
    ]);
  });
});

describe("allow and deny", () => {
  const trusting = { trustedProxies: ["127.0.0.1"] };
  const from = ["10.1.2.3", "10.9.0.1", "192.0.2.1", "2001:db8::1", "::ffff:10.1.2.3"];
  const lists = { allow: ["10.0.0.0/8", "2001:db8::/32"], deny: ["10.9.0.0/16"] };

  test("of a route answer 403 to whom they do not let pass", async () => {
    const routes = [{ pool: "web", ...lists }];
    const { proxy, backend } = await startPair({ listener: trusting, top: { routes } }, () => ok());
    expect(await statuses(proxy, from.map(forwarded))).toEqual([200, 403, 403, 200, 200]);
    expect(backend.requests).toHaveLength(3);
    const response = await answerTo(proxy, forwarded("192.0.2.1"));
    expect(response.line).toBe("HTTP/1.1 403 Forbidden");
    expect(value(response, "proxy-status")).toBe("evenkeel; error=http_request_denied");
    expect(JSON.parse(response.body)).toMatchObject({
      status: 403,
      error: "http_request_denied",
      detail: "clients with this address are not served here",
    });
    const record = (await proxy.recorded(6)).at(-1);
    expect(record).toMatchObject({ status: 403, error: "http_request_denied", pool: "web" });
  });

  test("of a listener hold for every route, also for requests that no route matches", async () => {
    const routes = [{ path: "/a", pool: "web" }];
    const listener = { ...trusting, ...lists };
    const { proxy } = await startPair({ listener, top: { routes } }, () => ok());
    const at = (path: string, address: string): string =>
      get(path, `X-Forwarded-For: ${address}\r\n`);
    const requests = [at("/a", "10.1.1.1"), at("/b", "10.1.1.1"), at("/a", "10.9.1.1")];
    expect(await statuses(proxy, [...requests, at("/b", "192.0.2.1")])).toEqual([
      200, 404, 403, 403,
    ]);
  });

  test("believe no address that an untrusted peer claims", async () => {
    const { proxy } = await startPair({ listener: { deny: ["127.0.0.1"] } }, () => ok());
    expect(await statuses(proxy, [forwarded("10.1.1.1")])).toEqual([403]);
  });

  test("are asked before the rate limit, so that a denied request costs nothing", async () => {
    const routes = [
      { pool: "web", deny: ["192.0.2.1"], rateLimit: { rate: "1/h", key: "global" } },
    ];
    const { proxy } = await startPair({ listener: trusting, top: { routes } }, () => ok());
    const addresses = ["192.0.2.1", "192.0.2.1", "10.1.1.1", "10.1.1.1"];
    expect(await statuses(proxy, addresses.map(forwarded))).toEqual([403, 403, 200, 429]);
  });
});
