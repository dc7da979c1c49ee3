import { afterEach, describe, expect, test, vi } from "vitest";
import { value, values } from "./support/message.ts";
import { eventually } from "./support/peer.ts";
import { type RawBackend, ok, startBackend } from "./support/raw-backend.ts";
import { openClient } from "./support/raw-client.ts";
import { get, startTestProxy } from "./support/run-proxy.ts";
import { Visitor, cookieIn, secret, setCookies, startSticky } from "./support/sticky.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

/** Moves the clock that cookies go by, and no other. */
function passTime(ms: number): void {
  const now = Date.now() + ms;
  vi.spyOn(Date, "now").mockImplementation(() => now);
}

/** What the backends were sent as Cookie, since `from` requests. */
function cookiesAt(backends: readonly RawBackend[]): string[][] {
  return backends.flatMap(({ requests }) => requests.map((request) => values(request, "cookie")));
}

async function visitorsOf(port: number, count: number): Promise<Visitor[]> {
  const open = async (): Promise<Visitor> => new Visitor(await openClient(port));
  return await Promise.all(Array.from({ length: count }, open));
}

describe("a client of a sticky pool", () => {
  test("returns to the backend that served it first, and gets one cookie", async () => {
    const { proxy } = await startSticky();
    for (const visitor of await visitorsOf(proxy.port, 6)) {
      const home = await visitor.visit();
      for (let turn = 0; turn < 10; turn++) expect(await visitor.visit()).toBe(home);
      expect(visitor.cookies).toBe(1);
    }
  });

  test("gets a cookie that only its browser reads, for as long as it is worth something", async () => {
    const { proxy, backends } = await startSticky({ ttl: "1h" });
    const client = await openClient(proxy.port);
    const [line = ""] = setCookies(await client.request(get()));
    expect(line).toMatch(
      /^X-LB-Backend=[\w.-]{54}; Max-Age=3600; Path=\/; HttpOnly; SameSite=Lax$/,
    );
    expect(line).not.toContain(String(backends[0]?.port));
  });

  test("gets what the configuration says", async () => {
    const settings = { secure: true, sameSite: "strict", path: "/app", domain: "example.com" };
    const { proxy } = await startSticky({ ...settings, idle: "30m" });
    const client = await openClient(proxy.port);
    const [line = ""] = setCookies(await client.request(get()));
    expect(line.replace(/=[\w.-]{54};/, "=;")).toBe(
      "X-LB-Backend=; Max-Age=1800; Path=/app; Domain=example.com; HttpOnly; SameSite=Strict; Secure",
    );
  });

  test.each([
    [[], "https", false],
    [["127.0.0.1"], "https", true],
    [["127.0.0.1"], "http", false],
  ])(
    "that comes through proxies %j by %s: Secure is %s",
    async (trustedProxies, proto, isSecure) => {
      const { proxy } = await startSticky({}, { listener: { trustedProxies } });
      const client = await openClient(proxy.port);
      const response = await client.request(get("/", `X-Forwarded-Proto: ${proto}\r\n`));
      expect(setCookies(response)[0]?.endsWith("; Secure")).toBe(isSecure);
    },
  );

  test("keeps the cookies of its backend, and the other fields", async () => {
    const backend = await startBackend(() =>
      ok("x", "Set-Cookie: a=1\r\nSet-Cookie: b=2; Path=/\r\n"),
    );
    const proxy = await startTestProxy({ backends: [backend.url], pool: { sticky: { secret } } });
    const client = await openClient(proxy.port);
    const response = await client.request(get());
    expect(values(response, "set-cookie").slice(0, 2)).toEqual(["a=1", "b=2; Path=/"]);
    const again = await client.request(get("/", `Cookie: ${cookieIn(response)}\r\n`));
    expect(values(again, "set-cookie")).toEqual(["a=1", "b=2; Path=/"]);
  });

  test("is bound by the answer to an upgrade, too", async () => {
    const backend = await startBackend(
      () => "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
    );
    const proxy = await startTestProxy({ backends: [backend.url], pool: { sticky: { secret } } });
    const client = await openClient(proxy.port);
    client.send(get("/", "Connection: Upgrade\r\nUpgrade: websocket\r\n"));
    await client.untilReceived("\r\n\r\n");
    expect(client.received).toMatch(/^HTTP\/1.1 101 .*\r\nSet-Cookie: X-LB-Backend=/s);
  });

  test("of a pool that is not sticky gets no cookie, and its own one passes", async () => {
    const backend = await startBackend(() => ok());
    const proxy = await startTestProxy({ backends: [backend.url] });
    const client = await openClient(proxy.port);
    const response = await client.request(get("/", "Cookie: X-LB-Backend=x\r\n"));
    expect(value(response, "set-cookie")).toBeUndefined();
    expect(cookiesAt([backend])).toEqual([["X-LB-Backend=x"]]);
  });
});

describe("what backends see", () => {
  test.each([
    ["COOKIE", []],
    ["a=1; COOKIE", ["a=1"]],
    ["COOKIE; a=1;b=2", ["a=1; b=2"]],
    [
      "a=1; xX-LB-Backend=2; COOKIE; X-LB-Backend=old; b=X-LB-Backend=3",
      ["a=1; xX-LB-Backend=2; b=X-LB-Backend=3"],
    ],
    ["a=1\r\nX-Between: 1\r\nCookie: COOKIE; b=2", ["a=1; b=2"]],
  ])("of Cookie: %j is %j", async (text, seen) => {
    const { proxy, backends } = await startSticky();
    const client = await openClient(proxy.port);
    const first = await client.request(get());
    const line = `Cookie: ${text.replace("COOKIE", cookieIn(first) ?? "")}\r\n`;
    const response = await client.request(get("/", `${line}Authorization: x\r\n`));
    expect(response.body).toBe(first.body);
    const request = backends[Number(first.body)]?.requests[1];
    expect(request && values(request, "cookie")).toEqual(seen);
    expect(request && value(request, "authorization")).toBe("x");
  });

  test("is everything where the configuration says so", async () => {
    const { proxy, backends } = await startSticky({ forward: true });
    const visitor = new Visitor(await openClient(proxy.port));
    const home = Number(await visitor.visit());
    await visitor.visit();
    expect(cookiesAt([backends[home] as RawBackend])).toEqual([[], [visitor.cookie]]);
  });

  test("are cookies without ours byte for byte as they came", async () => {
    const { proxy, backends } = await startSticky({}, {}, 1);
    const client = await openClient(proxy.port);
    for (const text of [";", "=;", "a", "a=1;  b=2 ;", '"', "x".repeat(8_000), "X-LB-Backend"]) {
      expect(cookieIn(await client.request(get("/", `Cookie: ${text}\r\n`)))).toBeDefined();
      expect(cookiesAt(backends).at(-1)).toEqual([text.trim()]);
    }
  });
});

describe("a cookie that is forged, broken or out of time", () => {
  test("is as good as none: no error, and a new one", async () => {
    const { proxy } = await startSticky({}, { pool: { strategy: "first" } });
    const client = await openClient(proxy.port);
    const good = cookieIn(await client.request(get())) ?? "";
    const last = good.at(-1) === "A" ? "B" : "A";
    const forged = [`${good.slice(0, -1)}${last}`, `${good}x`, "X-LB-Backend=", 'X-LB-Backend="1"'];
    for (const cookie of [...forged, `X-LB-Backend=${"x".repeat(10_000)}`, "X-LB-Backend=b1"]) {
      const response = await client.request(get("/", `Cookie: ${cookie}\r\n`));
      expect([response.line, response.body]).toEqual(["HTTP/1.1 200 OK", "0"]);
      expect(cookieIn(response)).toBeDefined();
    }
  });

  test("does not hide the right one behind it", async () => {
    const { proxy } = await startSticky();
    const client = await openClient(proxy.port);
    const first = await client.request(get());
    for (let turn = 0; turn < 4; turn++) {
      const line = `Cookie: X-LB-Backend=tossed; ${cookieIn(first)}\r\n`;
      const response = await client.request(get("/", line));
      expect([response.body, setCookies(response)]).toEqual([first.body, []]);
    }
  });

  test("ends its session with the ttl", async () => {
    const { proxy } = await startSticky({ ttl: "1m" });
    const visitor = new Visitor(await openClient(proxy.port));
    const home = await visitor.visit();
    passTime(59_000);
    expect([await visitor.visit(), visitor.cookies]).toEqual([home, 1]);
    passTime(2_000);
    expect([await visitor.visit(), visitor.cookies]).toEqual(["1", 2]);
  });

  test("is renewed past half of `idle`, for the same backend", async () => {
    const { proxy } = await startSticky({ idle: "10m" });
    const visitor = new Visitor(await openClient(proxy.port));
    const home = await visitor.visit();
    const ages = [4, 2, 4, 2].map((minutes) => minutes * 60_000);
    const counts: number[] = [];
    for (const age of ages) {
      passTime(age);
      expect(await visitor.visit()).toBe(home);
      counts.push(visitor.cookies);
    }
    expect(counts).toEqual([1, 2, 2, 3]);
  });

  test("of an older secret is believed and replaced", async () => {
    const old = await startSticky();
    const visitor = new Visitor(await openClient(old.proxy.port));
    await visitor.visit();
    const secrets = ["a".repeat(32), secret];
    const { proxy } = await startSticky(
      { secret: undefined, secrets },
      { pool: { strategy: "first" } },
    );
    const client = await openClient(proxy.port);
    const response = await client.request(get("/", visitor.fields));
    expect(response.body).toBe("0");
    expect(cookieIn(response)).not.toBe(visitor.cookie);
    expect(
      cookieIn(await client.request(get("/", `Cookie: ${cookieIn(response)}\r\n`))),
    ).toBeUndefined();
  });
});

describe("a backend that cannot serve loses its clients", () => {
  test("each moves once, with a new cookie; the others stay; nobody moves back", async () => {
    const { proxy, backends } = await startSticky();
    const visitors = await visitorsOf(proxy.port, 30);
    const homes: string[] = [];
    for (const visitor of visitors) homes.push(await visitor.visit());
    await backends[1]?.kill();
    const after: string[] = [];
    for (let turn = 0; turn < 5; turn++) {
      if (turn === 3) await backends[1]?.restart();
      for (const [index, visitor] of visitors.entries()) {
        const home = await visitor.visit();
        after[index] ??= home;
        expect(home).toBe(after[index]);
      }
    }
    const victims = homes.map((home) => home === "1");
    expect(after.map((home, index) => home !== homes[index])).toEqual(victims);
    expect(visitors.map(({ cookies }) => cookies)).toEqual(victims.map((isOne) => (isOne ? 2 : 1)));
    expect(new Set(after)).toEqual(new Set(["0", "2"]));
    expect(proxy.records().every(({ status }) => status === 200)).toBe(true);
  });

  test("also by an answer that is retried", async () => {
    const { proxy, backends } = await startSticky({}, { pool: { retry: { statuses: [503] } } });
    const visitor = new Visitor(await openClient(proxy.port));
    const home = Number(await visitor.visit());
    (backends[home] as RawBackend).answer = () => "HTTP/1.1 503 X\r\nContent-Length: 0\r\n\r\n";
    const next = await visitor.visit();
    expect([next === String(home), visitor.cookies]).toEqual([false, 2]);
    expect([await visitor.visit(), visitor.cookies]).toEqual([next, 2]);
  });

  test("not by an error that is the application's", async () => {
    const { proxy, backends } = await startSticky();
    const visitor = new Visitor(await openClient(proxy.port));
    const home = Number(await visitor.visit());
    (backends[home] as RawBackend).answer = () => "HTTP/1.1 500 X\r\nContent-Length: 1\r\n\r\nx";
    expect([await visitor.visit(), await visitor.visit(), visitor.cookies]).toEqual(["x", "x", 1]);
  });

  test("a request that nobody answers sets no cookie", async () => {
    const { proxy, backends } = await startSticky({}, {}, 1);
    await backends[0]?.kill();
    const client = await openClient(proxy.port);
    const response = await client.request(get());
    expect([response.line, setCookies(response)]).toEqual(["HTTP/1.1 502 Bad Gateway", []]);
  });
});

describe("a draining backend", () => {
  test("keeps its clients and gets no new ones", async () => {
    const { proxy, backends } = await startSticky();
    const visitors = await visitorsOf(proxy.port, 9);
    const homes: string[] = [];
    for (const visitor of visitors) homes.push(await visitor.visit());
    proxy.running.setBackendState("web", "b1", "draining", "");
    for (const [index, visitor] of visitors.entries()) {
      expect([await visitor.visit(), visitor.cookies]).toEqual([homes[index], 1]);
    }
    const served = backends[1]?.requests.length;
    for (const visitor of await visitorsOf(proxy.port, 9))
      expect(await visitor.visit()).not.toBe("1");
    expect(backends[1]?.requests.length).toBe(served);
    proxy.running.setBackendState("web", "b1", "maintenance", "");
    for (const [index, visitor] of visitors.entries()) {
      expect(await visitor.visit()).not.toBe("1");
      expect(visitor.cookies).toBe(homes[index] === "1" ? 2 : 1);
    }
  });

  test("loses them at once where the pool says `move`", async () => {
    const { proxy } = await startSticky({ drain: "move" });
    const visitors = await visitorsOf(proxy.port, 3);
    for (const visitor of visitors) await visitor.visit();
    proxy.running.setBackendState("web", "b1", "draining", "");
    for (const visitor of visitors) expect(await visitor.visit()).not.toBe("1");
  });

  test("loses them when it stops passing its checks", async () => {
    const check = { path: "/up", interval: "50ms", fastInterval: "50ms", timeout: "50ms" };
    const { proxy, backends } = await startSticky({}, { pool: { healthCheck: check } });
    const visitor = new Visitor(await openClient(proxy.port));
    const home = Number(await visitor.visit());
    proxy.running.setBackendState("web", `b${home}`, "draining", "");
    expect(await visitor.visit()).toBe(String(home));
    (backends[home] as RawBackend).answer = ({ line }) =>
      line.includes("/up") ? "HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n" : ok(String(home));
    await eventually("three checks failed", () => {
      const view = proxy.running.health()[0]?.backends[home];
      return view !== undefined && view.consecutiveFailures >= 3;
    });
    expect(await visitor.visit()).not.toBe(String(home));
  });
});

test("metrics count who was bound, who stayed and who moved", async () => {
  const { proxy, backends } = await startSticky({}, { top: { admin: "127.0.0.1:0" } });
  const visitors = await visitorsOf(proxy.port, 6);
  for (const visitor of visitors) await visitor.visit();
  await backends[1]?.kill();
  for (const visitor of visitors) await visitor.visit();
  const address = proxy.running.admin;
  const port = address?.kind === "tcp" ? address.port : 0;
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const lines = text
    .split("\n")
    .filter((line) => line.startsWith("evenkeel_sticky_responses_total{"));
  expect(lines).toEqual([
    'evenkeel_sticky_responses_total{pool="web",client="new"} 6',
    'evenkeel_sticky_responses_total{pool="web",client="kept"} 4',
    'evenkeel_sticky_responses_total{pool="web",client="moved"} 2',
  ]);
});

test("a second copy that was faster moves nobody", async () => {
  const hedge = { minDelay: "20ms", budget: "100%" };
  const { proxy, backends } = await startSticky({}, { pool: { strategy: "first", hedge } }, 2);
  const visitor = new Visitor(await openClient(proxy.port));
  for (let turn = 0; turn < 100; turn++) await visitor.visit();
  const [one] = backends as [RawBackend];
  one.answer = null;
  expect([await visitor.visit(), visitor.cookies]).toEqual(["1", 1]);
  for (const { socket } of one.connections) socket.destroy();
  one.answer = () => ok("0");
  expect([await visitor.visit(), visitor.cookies]).toEqual(["0", 1]);
});
