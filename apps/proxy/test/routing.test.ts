import { describe, expect, test } from "vitest";
import { type Message, names, status, value, values } from "./support/message.ts";
import { type RawBackend, ok, startBackend } from "./support/raw-backend.ts";
import { openClient } from "./support/raw-client.ts";
import { type TestProxy, get, startPair, startTestProxy } from "./support/run-proxy.ts";

type Settings = Readonly<Record<string, unknown>>;

/** A proxy with one route to one backend. */
async function startRoute(
  route: Settings,
  listener: Settings = {},
): Promise<{ proxy: TestProxy; backend: RawBackend }> {
  const top = { routes: [route["redirect"] === undefined ? { pool: "web", ...route } : route] };
  return await startPair({ top, listener }, () =>
    ok("ok", "Server: origin\r\nX-Internal: 1\r\nx-internal: 2\r\nSet-Cookie: a=1\r\n"),
  );
}

async function ask({ port }: TestProxy, text: string): Promise<Message> {
  const client = await openClient(port);
  return await client.request(text);
}

describe("a rewrite", () => {
  test.each([
    ["/api", { stripPrefix: true }, "/api/users?x=/api", "/users?x=/api"],
    ["/api", { stripPrefix: true }, "/api", "/"],
    ["/api", { stripPrefix: true }, "/api?x", "/?x"],
    ["/api", { stripPrefix: true }, "/api/", "/"],
    ["/api/", { stripPrefix: true }, "/api/x%2Fy;z", "/x%2Fy;z"],
    ["/", { stripPrefix: true }, "/x", "/x"],
    ["/api", { replacePrefix: "/v2" }, "/api/users", "/v2/users"],
    ["/api", { replacePrefix: "/v2" }, "/api?x", "/v2?x"],
    ["/api", { replacePrefix: "/v2/" }, "/api/users", "/v2/users"],
    ["/api/", { replacePrefix: "/v2" }, "/api/users", "/v2/users"],
    [{ exact: "/old" }, { replacePrefix: "/new" }, "/old?x=1", "/new?x=1"],
  ])("of %j by %j makes of %s what the backend gets: %s", async (path, rewrite, asked, sent) => {
    const { proxy, backend } = await startRoute({ path, rewrite });
    expect(status(await ask(proxy, get(asked)))).toBe(200);
    expect(backend.requests[0]?.line).toBe(`GET ${sent} HTTP/1.1`);
    expect(value(backend.requests[0] as Message, "host")).toBe("a.test");
    const [record] = await proxy.recorded(1);
    expect(record?.path).toBe(asked);
  });

  test("of the host changes Host and nothing else, and says what the client asked for", async () => {
    const { proxy, backend } = await startRoute({ rewrite: { host: "origin.test:81" } });
    for (const text of [get("/x"), "GET http://b.test/x HTTP/1.1\r\nHost: b.test\r\n\r\n"]) {
      await ask(proxy, text);
    }
    for (const [index, asked] of ["a.test", "b.test"].entries()) {
      const request = backend.requests[index] as Message;
      expect(request.line).toBe("GET /x HTTP/1.1");
      expect(values(request, "host")).toEqual(["origin.test:81"]);
      expect(values(request, "x-forwarded-host")).toEqual([asked]);
    }
  });

  test("leaves a body and its framing alone", async () => {
    const { proxy, backend } = await startRoute({
      path: "/api",
      rewrite: { stripPrefix: true },
      requestHeaders: { set: { "X-A": "1" } },
    });
    const head = "POST /api/x HTTP/1.1\r\nHost: a.test\r\n";
    await ask(proxy, `${head}Content-Length: 5\r\n\r\nhello`);
    await ask(proxy, `${head}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`);
    expect(backend.requests.map(({ line, body }) => [line, body])).toEqual([
      ["POST /x HTTP/1.1", "hello"],
      ["POST /x HTTP/1.1", "hello"],
    ]);
  });
});

describe("header changes", () => {
  test("set, add and remove what backends get", async () => {
    const { proxy, backend } = await startRoute({
      requestHeaders: {
        set: { "X-Tenant": "7", "X-Forwarded-Prefix": "/api" },
        add: { "X-Tag": "ours" },
        remove: ["cookie", "X-Debug"],
      },
    });
    const lines = [
      "Accept: a",
      "x-tenant: 1",
      "X-TENANT: 2",
      "X-Tag: theirs",
      "Cookie: a=1",
      "x-debug: 1",
      "X-Forwarded-Prefix: /evil",
      // Names of lines that end at this hop do not take ours away.
      "Connection: X-Tag, X-Tenant",
    ];
    await ask(proxy, get("/", `${lines.join("\r\n")}\r\n`));
    const request = backend.requests[0] as Message;
    expect(request.fields.slice(0, 5)).toEqual([
      ["Host", "a.test"],
      ["Accept", "a"],
      ["X-Tenant", "7"],
      ["X-Forwarded-Prefix", "/api"],
      ["X-Tag", "ours"],
    ]);
    expect(names(request).filter((name) => /cookie|debug|tenant|prefix/i.test(name))).toEqual([
      "X-Tenant",
      "X-Forwarded-Prefix",
    ]);
    expect(values(request, "x-forwarded-for")).toEqual(["127.0.0.1"]);
  });

  test("that add keep the client's line", async () => {
    const { proxy, backend } = await startRoute({ requestHeaders: { add: { "X-Tag": "ours" } } });
    await ask(proxy, get("/", "x-tag: theirs\r\n"));
    expect(values(backend.requests[0] as Message, "x-tag")).toEqual(["theirs", "ours"]);
  });

  test("set, add and remove what clients get", async () => {
    const { proxy } = await startRoute({
      responseHeaders: {
        set: { Server: "evenkeel" },
        add: { "Set-Cookie": "b=2" },
        remove: ["x-internal"],
      },
    });
    const response = await ask(proxy, get());
    expect(response.body).toBe("ok");
    expect(values(response, "server")).toEqual(["evenkeel"]);
    expect(values(response, "set-cookie")).toEqual(["a=1", "b=2"]);
    expect(values(response, "x-internal")).toEqual([]);
    expect(values(response, "content-length")).toEqual(["2"]);
  });

  test("of one route are not those of the next request on the connection", async () => {
    const backend = await startBackend(() => ok());
    const { port } = await startTestProxy({
      backends: [backend.url],
      top: {
        routes: [
          { path: "/x", pool: "web", responseHeaders: { set: { "X-A": "1" } } },
          { pool: "web" },
        ],
      },
    });
    const client = await openClient(port);
    const answers = [];
    for (const path of ["/x", "/y", "/x"]) answers.push(await client.request(get(path)));
    expect(answers.map((answer) => value(answer, "x-a"))).toEqual(["1", undefined, "1"]);
  });
});

describe("a redirect", () => {
  test.each([
    ["https://{host}{path}{query}", "/a%2Fb?x=1&y", "https://a.test/a%2Fb?x=1&y"],
    ["https://{host}:8443/in", "/x", "https://a.test:8443/in"],
    ["https://www.test{rest}{query}", "/old/x?y", "https://www.test/x?y"],
    ["https://www.test{rest}{query}", "/old", "https://www.test"],
    ["/new{rest}", "/old/x", "/new/x"],
    ["{rest}", "/old//evil.test/x", "/evil.test/x"],
    ["{path}", "//evil.test/x", "/evil.test/x"],
  ])("to %s answers %s with %s", async (to, target, location) => {
    const path = target.startsWith("/old") ? { path: "/old" } : {};
    const { proxy, backend } = await startRoute({ ...path, redirect: { to } });
    const text = `GET ${target} HTTP/1.1\r\nHost: a.test:80\r\n\r\n`;
    const response = await ask(proxy, text);
    expect(response.line).toBe("HTTP/1.1 307 Temporary Redirect");
    expect(values(response, "location")).toEqual([location]);
    expect(value(response, "content-length")).toBe("0");
    expect(backend.connections).toHaveLength(0);
    const [record] = await proxy.recorded(1);
    expect(record).toMatchObject({
      path: target,
      status: 307,
      pool: null,
      error: null,
      attempts: 0,
    });
  });

  test("after a prefix with a slash begins {rest} with one", async () => {
    const { proxy } = await startRoute({ path: "/old/", redirect: { to: "https://a.test{rest}" } });
    const response = await ask(proxy, get("/old/.evil.test/"));
    expect(value(response, "location")).toBe("https://a.test/.evil.test/");
  });

  test("has the status and the headers of its route, and keeps the connection", async () => {
    const { proxy } = await startRoute({
      redirect: { to: "/x", status: 308 },
      responseHeaders: { set: { "Cache-Control": "no-store" } },
    });
    const client = await openClient(proxy.port);
    for (let count = 0; count < 2; count++) {
      const response = await client.request(get());
      expect(response.line).toBe("HTTP/1.1 308 Permanent Redirect");
      expect(value(response, "cache-control")).toBe("no-store");
      expect(value(response, "connection")).toBeUndefined();
    }
  });

  test("closes the connection when the request's body was not read", async () => {
    const { proxy } = await startRoute({ redirect: { to: "/x" } });
    const client = await openClient(proxy.port);
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n");
    expect(value(await client.response(), "connection")).toBe("close");
    await client.untilEnded();
  });

  test("by the scheme that a trusted proxy names asks nobody else", async () => {
    const routes = [
      {
        headers: { "X-Forwarded-Proto": "http" },
        redirect: { to: "https://{host}{path}{query}", status: 301 },
      },
      { pool: "web" },
    ];
    const trusting = { trustedProxies: ["127.0.0.1"] };
    const fields = "X-Forwarded-Proto: http\r\n";
    const one = await startPair({ top: { routes }, listener: trusting }, () => ok());
    expect(status(await ask(one.proxy, get("/", fields)))).toBe(301);
    const other = await startPair({ top: { routes } }, () => ok());
    expect(status(await ask(other.proxy, get("/", fields)))).toBe(200);
  });
});

describe("a split", () => {
  async function startSplit(route: Settings): Promise<(fields?: string) => Promise<string>> {
    const stable = await startBackend(() => ok("stable"));
    const canary = await startBackend(() => ok("canary"));
    const pool = (backend: RawBackend): Settings => ({
      backends: [backend.url],
      healthCheck: false,
    });
    const { port } = await startTestProxy({
      top: { pools: { stable: pool(stable), canary: pool(canary) }, routes: [route] },
      listener: { trustedProxies: ["127.0.0.1"] },
    });
    const client = await openClient(port);
    return async (fields = "") => (await client.request(get("/", fields))).body;
  }

  const half = [
    { pool: "stable", weight: 1 },
    { pool: "canary", weight: 1 },
  ];
  const users = Array.from({ length: 40 }, (_, index) => `user-${index}`);

  test("keeps a user on one arm, and has users on both", async () => {
    const askSplit = await startSplit({ split: half, splitBy: "header:x-user" });
    const arms = new Map<string, string>();
    for (const user of [...users, ...users.toReversed(), ...users]) {
      const arm = await askSplit(`X-User: ${user}\r\n`);
      expect(arms.get(user) ?? arm).toBe(arm);
      arms.set(user, arm);
    }
    expect([...new Set(arms.values())].toSorted()).toEqual(["canary", "stable"]);
  });

  test("goes by the client's address unless told otherwise, also for who brings no key", async () => {
    const byAddress = await startSplit({ split: half });
    const byUser = await startSplit({ split: half, splitBy: "header:x-user" });
    const arms = new Set<string>();
    for (let client = 0; client < 20; client++) {
      const fields = `X-Forwarded-For: 192.0.2.${client}\r\n`;
      const arm = await byAddress(fields);
      expect(await byAddress(fields)).toBe(arm);
      expect(await byUser(fields)).toBe(arm);
      arms.add(arm);
    }
    expect(arms.size).toBe(2);
  });

  test("gives nothing to an arm with weight 0", async () => {
    const none = [
      { pool: "stable", weight: 0 },
      { pool: "canary", weight: 1 },
    ];
    for (const splitBy of ["random", "header:x-user"]) {
      const askSplit = await startSplit({ split: none, splitBy });
      for (const user of users) expect(await askSplit(`X-User: ${user}\r\n`)).toBe("canary");
    }
  });

  test("that draws at random gives one client both arms", async () => {
    const askSplit = await startSplit({ split: half, splitBy: "random" });
    const seen = new Set<string>();
    // 2^-99 of the runs would see one only.
    for (let count = 0; count < 100; count++) seen.add(await askSplit());
    expect([...seen].toSorted()).toEqual(["canary", "stable"]);
  });
});

test("an upgrade goes by the same routes, with the same changes", async () => {
  const { proxy, backend } = await startRoute({
    path: "/ws",
    rewrite: { stripPrefix: true },
    requestHeaders: { remove: ["Cookie"] },
  });
  const fields = "Connection: Upgrade\r\nUpgrade: chat\r\nCookie: a=1\r\n";
  expect(status(await ask(proxy, get("/ws/room", fields)))).toBe(200);
  expect(backend.requests[0]?.line).toBe("GET /room HTTP/1.1");
  expect(names(backend.requests[0] as Message)).not.toContain("Cookie");
  expect(status(await ask(proxy, get("/other", fields)))).toBe(404);
});

test("a route that removes cookies removes what a sticky pool leaves of them", async () => {
  const { proxy, backend } = await startPair(
    {
      pool: { sticky: { cookie: "lb", ttl: "1h", secret: "0123456789abcdef0123456789abcdef" } },
      top: {
        routes: [
          { path: "/bare", pool: "web", requestHeaders: { remove: ["Cookie"] } },
          { pool: "web" },
        ],
      },
    },
    () => ok(),
  );
  const client = await openClient(proxy.port);
  const fields = "Cookie: lb=x; a=1\r\n";
  for (const path of ["/bare", "/"]) await client.request(get(path, fields));
  expect(backend.requests.map((request) => values(request, "cookie"))).toEqual([[], ["a=1"]]);
});
