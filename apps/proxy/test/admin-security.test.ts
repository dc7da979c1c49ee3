import { statSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AdminConfig } from "@evenkeel/config";
import { describe, expect } from "vitest";
import * as z from "zod";
import { type AdminContext, type AdminRoute, json } from "../src/admin/admin-route.ts";
import { jsonAnswer } from "../src/admin/admin-answer.ts";
import { AdminServer } from "../src/admin/admin-server.ts";
import { adminPort, askAdmin } from "./support/admin-client.ts";
import { atEnd, test } from "./support/concurrent.ts";
import { type Message, status, value } from "./support/message.ts";
import { eventually } from "./support/peer.ts";
import { type RawClient, openClient } from "./support/raw-client.ts";
import { type TestProxy, configOf, get, startTestProxy } from "./support/run-proxy.ts";

const token = "correct-horse-battery-staple-0001";
const loopback = "127.0.0.1:0";

async function startAdmin(admin: unknown): Promise<TestProxy> {
  return await startTestProxy({ backends: ["http://127.0.0.1:1"], top: { admin } });
}

/** The answer to a raw head, over a connection of its own. */
async function askRaw({ running }: TestProxy, head: string): Promise<Message> {
  return await (await openClient(adminPort(running))).request(`${head}\r\n`);
}

function detailOf({ body }: Message): unknown {
  return (JSON.parse(body) as { readonly detail?: string }).detail;
}

/** An admin server with calls that change something, which echo what they were given. */
async function startWithChanges(settings: Partial<AdminConfig> = {}): Promise<RawClient> {
  const { port } = await startChanging(settings);
  return await openClient(port);
}

interface ChangingServer {
  readonly port: number;
  readonly server: AdminServer;
  /** Resolves when a call of /waiting is told that its caller has left. */
  readonly left: Promise<void>;
  readonly hasBegun: () => boolean;
}

async function startChanging(settings: Partial<AdminConfig>): Promise<ChangingServer> {
  const left = Promise.withResolvers<void>();
  let hasBegun = false;
  const address = { kind: "tcp", host: "127.0.0.1", port: 0 } as const;
  const described = { summary: "", results: [json("", z.unknown())] } as const;
  const routes: AdminRoute[] = [
    {
      ...described,
      method: "GET",
      path: "/thing",
      answer: (_, { query }) => jsonAnswer({ query }),
    },
    { ...described, method: "POST", path: "/thing", answer: (_, { body }) => jsonAnswer({ body }) },
    {
      ...described,
      method: "GET",
      path: "/waiting",
      answer: async (_, { signal }) => {
        hasBegun = true;
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
        left.resolve();
        return jsonAnswer({});
      },
    },
    {
      ...described,
      method: "POST",
      path: "/broken",
      answer: () => {
        throw new Error("secret detail");
      },
    },
  ];
  const server = new AdminServer({
    config: { address, token: null, allowedHosts: [], ...settings },
    context: {} as AdminContext,
    onError: () => {},
    onCall: () => {},
    routes,
  });
  atEnd(() => server.close());
  const bound = await server.listen();
  const port = bound.kind === "tcp" ? bound.port : 0;
  return { port, server, left: left.promise, hasBegun: () => hasBegun };
}

function post(
  body: string,
  fields = "Content-Type: application/json\r\n",
  path = "/thing",
): string {
  const length = `Content-Length: ${Buffer.byteLength(body)}\r\n`;
  return `POST ${path} HTTP/1.1\r\nHost: localhost\r\n${length}${fields}\r\n${body}`;
}

describe("the Host field", () => {
  test.each([
    ["127.0.0.1", 200],
    ["127.0.0.1:9000", 200],
    ["localhost:1", 200],
    ["LOCALHOST", 200],
    ["[::1]:9000", 200],
    ["10.1.2.3", 200],
    ["lb.internal", 200],
    ["lb.internal.:9000", 200],
    ["evil.example", 421],
    ["127.0.0.1.evil.example", 421],
    ["localhost.evil.example", 421],
    ["evil.example:9000", 421],
    ["", 400],
    ["a b", 400],
    ["localhost@evil.example", 400],
    ["localhost/evil", 400],
    ["[::1", 400],
    ["localhost:9000:1", 400],
  ] as const)("%s is answered with %d", async (host, expected) => {
    const proxy = await startAdmin({ address: loopback, allowedHosts: ["lb.internal"] });
    const response = await askRaw(proxy, `GET /livez HTTP/1.1\r\nHost: ${host}\r\n`);
    expect(status(response)).toBe(expected);
  });

  test("must be there once", async () => {
    const proxy = await startAdmin(loopback);
    const heads = [
      "GET /livez HTTP/1.1\r\n",
      "GET /livez HTTP/1.0\r\n",
      "GET /livez HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n",
      "GET /livez HTTP/1.1\r\nHost: localhost\r\nhOST: evil.example\r\n",
    ];
    for (const head of heads) expect(status(await askRaw(proxy, head))).toBe(400);
  });
});

describe("another page's requests", () => {
  test.each([
    ["Origin: http://localhost", 200],
    ["Origin: https://LOCALHOST", 200],
    ["Sec-Fetch-Site: same-origin", 200],
    ["Sec-Fetch-Site: none", 200],
    ["Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate", 200],
    ["Origin: http://evil.example", 403],
    ["Origin: http://localhost:1", 403],
    ["Origin: null", 403],
    ["Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: no-cors", 403],
    ["Sec-Fetch-Site: same-site\r\nSec-Fetch-Mode: cors", 403],
  ] as const)("with %s are answered with %d", async (fields, expected) => {
    const proxy = await startAdmin(loopback);
    const response = await askRaw(proxy, `GET /livez HTTP/1.1\r\nHost: localhost\r\n${fields}\r\n`);
    expect(status(response)).toBe(expected);
    expect(value(response, "access-control-allow-origin")).toBeUndefined();
  });

  test("cannot change anything, not by navigation either", async () => {
    for (const fields of [
      "Origin: http://evil.example\r\n",
      "Origin: null\r\n",
      "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\n",
    ]) {
      const client = await startWithChanges();
      expect(status(await client.request(post("", fields)))).toBe(403);
    }
  });
});

describe("the token", () => {
  test.each([
    [`Authorization: Bearer ${token}`, 200],
    [`authorization: bearer ${token}`, 200],
    ["Accept: */*", 401],
    [`Authorization: Bearer ${token}x`, 401],
    [`Authorization: Bearer ${token.slice(0, -1)}`, 401],
    [`Authorization: Bearer ${token.toUpperCase()}`, 401],
    ["Authorization: Bearer", 401],
    [`Authorization: Basic ${token}`, 401],
    [`X-Token: ${token}`, 401],
  ] as const)("%s is answered with %d", async (field, expected) => {
    const proxy = await startAdmin({ address: loopback, token });
    for (const path of ["/metrics", "/admin/health"]) {
      const head = `GET ${path} HTTP/1.1\r\nHost: localhost\r\n${field}\r\n`;
      const response = await askRaw(proxy, head);
      expect(status(response)).toBe(expected);
      if (expected === 401) {
        expect(value(response, "www-authenticate")).toBe('Bearer realm="evenkeel admin"');
        expect(response.body).not.toContain(token.slice(0, 8));
      }
    }
  });

  test("is not asked for by probes, which have none to give", async () => {
    const proxy = await startAdmin({ address: loopback, token });
    for (const path of ["/livez", "/healthz", "/readyz"]) {
      expect((await askAdmin(proxy.running, path)).status).toBe(200);
    }
  });

  test("comes before what there is: a stranger learns no path and no method", async () => {
    const proxy = await startAdmin({ address: loopback, token });
    for (const line of ["GET /none", "POST /metrics", "DELETE /admin/health", "POST /livez"]) {
      const response = await askRaw(proxy, `${line} HTTP/1.1\r\nHost: localhost\r\n`);
      expect(status(response)).toBe(401);
    }
  });

  test("is needed for changes, before the body is looked at", async () => {
    const { port } = await startChanging({ token });
    const [refused, accepted] = [await openClient(port), await openClient(port)];
    expect(status(await refused.request(post("{")))).toBe(401);
    const fields = `Content-Type: application/json\r\nAuthorization: Bearer ${token}\r\n`;
    expect((await accepted.request(post("[1]", fields))).body).toBe('{"body":[1]}\n');
  });
});

describe("methods and paths", () => {
  test.each([
    ["POST /metrics", 405],
    ["DELETE /admin/health", 405],
    ["OPTIONS /livez", 405],
    ["TRACE /livez", 405],
    ["GET /", 404],
    ["GET /admin/health/", 404],
    ["GET //admin/health", 404],
    ["GET /admin/../metrics", 404],
    ["GET /metrics%00", 404],
    ["GET http://127.0.0.1/metrics", 404],
    ["GET /__proto__", 404],
    ["GET /metrics?x=1", 200],
    ["HEAD /metrics", 200],
  ] as const)("%s is answered with %d", async (line, expected) => {
    const proxy = await startAdmin(loopback);
    const client = await openClient(adminPort(proxy.running));
    const kind = line.startsWith("HEAD") ? "bodyless-response" : "response";
    const response = await client.request(`${line} HTTP/1.1\r\nHost: localhost\r\n\r\n`, kind);
    expect(status(response)).toBe(expected);
    if (expected === 405) expect(value(response, "allow")).toBe("GET, HEAD");
    if (expected !== 200) {
      expect(value(response, "content-type")).toBe("application/problem+json");
      expect(JSON.parse(response.body)).toMatchObject({ type: "about:blank", status: expected });
    }
  });

  test("of one path are told together", async () => {
    const client = await startWithChanges();
    const response = await client.request("PUT /thing HTTP/1.1\r\nHost: localhost\r\n\r\n");
    expect([status(response), value(response, "allow")]).toEqual([405, "GET, HEAD, POST"]);
  });
});

describe("every answer", () => {
  test("is kept from caches, frames, sniffers and other origins", async () => {
    const proxy = await startAdmin(loopback);
    for (const path of ["/metrics", "/admin/health", "/livez", "/none"]) {
      expect((await askAdmin(proxy.running, path)).headers).toMatchObject({
        "cache-control": "no-store",
        "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
        "cross-origin-resource-policy": "same-origin",
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
      });
    }
  });

  test("to a call that throws is 500 and keeps what was thrown to itself", async () => {
    const client = await startWithChanges();
    const response = await client.request(post("{}", undefined, "/broken"));
    expect(status(response)).toBe(500);
    expect(response.body).not.toContain("secret");
  });
});

describe("a body", () => {
  const json = "Content-Type: application/json\r\n";

  const cases = [
    ["an object", "{}", json, 200],
    ["nothing", "", "", 200],
    ["brackets in text", '{"a":[{"b":"[[["}]}', json.replace("\r", "; charset=utf-8\r"), 200],
    ["no type", "{}", "", 415],
    ["a form's type", "{}", "Content-Type: text/plain\r\n", 415],
    ["another form's type", "{}", "Content-Type: application/x-www-form-urlencoded\r\n", 415],
    ["almost the type", "{}", "Content-Type: application/jsonp\r\n", 415],
    ["half an object", "{", json, 400],
    ["a zero byte", "\u0000", json, 400],
    ["64 levels", `${"[".repeat(64)}${"]".repeat(64)}`, json, 200],
    ["65 levels", `${"[".repeat(65)}${"]".repeat(65)}`, json, 400],
    ["100,000 open lists", "[".repeat(100_000), json, 400],
    ["100,000 objects", `${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}`, json, 400],
  ] as const;
  for (const [what, body, fields, expected] of cases) {
    test(`with ${what} is answered with ${expected}`, async () => {
      const client = await startWithChanges();
      expect(status(await client.request(post(body, fields)))).toBe(expected);
    });
  }

  test("of more than 1 MiB is refused, and the refusal arrives", async () => {
    const client = await startWithChanges();
    const response = await client.request(post(`"${"x".repeat(4 * 1024 * 1024)}"`));
    expect([status(response), detailOf(response)]).toEqual([413, "a body has at most 1 MiB"]);
    await client.untilEnded();
  });

  test("of more than 1 MiB is refused without a length, too", async () => {
    const client = await startWithChanges();
    const head = `POST /thing HTTP/1.1\r\nHost: localhost\r\n${json}Transfer-Encoding: chunked\r\n\r\n`;
    const chunk = `10000\r\n${"x".repeat(0x10000)}\r\n`;
    const response = await client.request(head + chunk.repeat(20));
    expect(status(response)).toBe(413);
    await client.untilEnded();
  });

  test("that a GET brings is not waited for, and ends the connection", async () => {
    const proxy = await startAdmin(loopback);
    const client = await openClient(adminPort(proxy.running));
    const head = "GET /livez HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000000\r\n\r\n";
    expect(status(await client.request(`${head}${"x".repeat(100_000)}`))).toBe(200);
    await client.untilEnded();
  });
});

describe("a call that takes long", () => {
  const waiting = "GET /waiting HTTP/1.1\r\nHost: localhost\r\n\r\n";

  test("hears that its caller has left", async () => {
    const { port, left, hasBegun } = await startChanging({});
    const client = (await openClient(port)).send(waiting);
    await eventually("it has begun", hasBegun);
    client.reset();
    await left;
  });

  test("hears that the listener closes, and holds it up no longer", async () => {
    const { port, server, left, hasBegun } = await startChanging({});
    const client = (await openClient(port)).send(waiting);
    await eventually("it has begun", hasBegun);
    await Promise.all([server.close(), left, client.untilEnded()]);
  });
});

describe("an unreadable request", () => {
  test("with a head above 8 KiB is answered with 431", async () => {
    const proxy = await startAdmin(loopback);
    const field = `X: ${"x".repeat(9_000)}\r\n`;
    const response = await askRaw(proxy, `GET /livez HTTP/1.1\r\nHost: localhost\r\n${field}`);
    expect(status(response)).toBe(431);
    expect(value(response, "content-type")).toBe("application/problem+json");
  });

  test("is answered with 400 and the connection ends", async () => {
    const proxy = await startAdmin(loopback);
    for (const text of ["\x16\x03\x01\x02\x00\x01\r\n\r\n", "GET / HTTP/1.1\r\nA B: c\r\n\r\n"]) {
      const client = await openClient(adminPort(proxy.running));
      expect(status(await client.request(text))).toBe(400);
      await client.untilEnded();
    }
  });

  test("whose head does not end is given up within seconds, and others are served meanwhile", async () => {
    const proxy = await startAdmin(loopback);
    const slow = await openClient(adminPort(proxy.running));
    slow.send("GET /livez HTTP/1.1\r\nHost: loc");
    expect((await askAdmin(proxy.running, "/livez")).status).toBe(200);
    expect(status(await slow.response())).toBe(408);
    await slow.untilEnded();
  });

  test("that asks for another protocol gets an ordinary answer", async () => {
    const proxy = await startAdmin(loopback);
    const fields = "Connection: Upgrade\r\nUpgrade: websocket\r\n";
    const response = await askRaw(proxy, `GET /livez HTTP/1.1\r\nHost: localhost\r\n${fields}`);
    expect(status(response)).toBe(200);
  });
});

describe("the listener", () => {
  test("takes 64 connections at a time and is free again when they go", async () => {
    const proxy = await startAdmin(loopback);
    const port = adminPort(proxy.running);
    const clients = await Promise.all(Array.from({ length: 64 }, () => openClient(port)));
    const head = "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n";
    for (const client of clients) expect(status(await client.request(head))).toBe(200);
    const surplus = await openClient(port);
    await surplus.untilEnded();
    expect(surplus.received).toBe("");
    await clients[0]?.end().untilClosed();
    const next = await openClient(port);
    expect(status(await next.request(head))).toBe(200);
  });

  test("is not on the data port, and the data port's requests do not get there", async () => {
    const proxy = await startAdmin(loopback);
    const client = await openClient(proxy.port);
    // 502: the only backend is not there. Nothing of ours answered.
    expect(status(await client.request(get("/admin/health")))).toBe(502);
    expect(status(await client.request(get("/metrics")))).toBe(502);
  });

  test("is not there unless it is written", async () => {
    const proxy = await startTestProxy({ backends: ["http://127.0.0.1:1"] });
    expect(proxy.running.admin).toBeNull();
  });

  test("on a unix socket is its own user's alone", async () => {
    const folder = await mkdtemp(join(tmpdir(), "evenkeel-admin-"));
    atEnd(() => rm(folder, { recursive: true }));
    const path = join(folder, "admin.sock");
    await startAdmin(`unix:${path}`);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const client = await openClient(path);
    const head = "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n";
    expect(status(await client.request(head))).toBe(200);
  });

  for (const workers of [0, 2]) {
    test(`on a taken port keeps the balancer from starting, and says so (${workers})`, async () => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      atEnd(() => void server.close());
      const address = server.address();
      const port = typeof address === "object" ? address?.port : 0;
      const admin = `127.0.0.1:${port}`;
      const backends = ["http://127.0.0.1:1"];
      await expect(startTestProxy({ backends, top: { admin, workers } })).rejects.toThrow(
        `cannot listen on ${admin}: the address is in use by another process`,
      );
      // The data port was let go.
      expect(configOf({ backends }).admin).toBeNull();
    });
  }
});
