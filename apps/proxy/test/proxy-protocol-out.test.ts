import { describe, expect, test as inOrder } from "vitest";
import { test } from "./support/concurrent.ts";
import { eventually } from "./support/peer.ts";
import { type RawBackend, ok, refusingPort, startBackend } from "./support/raw-backend.ts";
import { type RawClient, openClient } from "./support/raw-client.ts";
import { type Receiver, isInstalled, startReceiver } from "./support/real-receiver.ts";
import { get, startPair, startTestProxy } from "./support/run-proxy.ts";
import { socketPath } from "./support/socket-path.ts";

const sending = { pool: { proxyProtocol: "v1" } } as const;

/** A PROXY line is to this backend's simple reader the first line of its connection's first request. */
function linesOf(backend: RawBackend): readonly string[] {
  return backend.requests.map(({ line }) => line);
}

function headerOf(client: RawClient): string {
  const { localPort, remotePort } = client.socket;
  return `PROXY TCP4 127.0.0.1 127.0.0.1 ${localPort} ${remotePort}`;
}

async function ask(client: RawClient, target: string): Promise<void> {
  expect((await client.request(get(target))).body).toBe("ok");
}

describe("a connection to a backend that expects a PROXY header", () => {
  test("begins with it once and is kept for the client that it names", async () => {
    const { proxy, backend } = await startPair(sending, () => ok());
    const client = await openClient(proxy.port);
    for (const target of ["/1", "/2", "/3"]) await ask(client, target);
    expect(linesOf(backend)).toEqual([headerOf(client), "GET /2 HTTP/1.1", "GET /3 HTTP/1.1"]);
    expect(backend.requests[0]?.head).toContain("\r\nGET /1 HTTP/1.1\r\n");
    expect(backend.connections).toHaveLength(1);
  });

  test("is never another client's, and waits for its own", async () => {
    const { proxy, backend } = await startPair(sending, () => ok());
    const [one, two] = [await openClient(proxy.port), await openClient(proxy.port)];
    await ask(one, "/1");
    await ask(two, "/2");
    await ask(one, "/3");
    await ask(two, "/4");
    const last = ["GET /3 HTTP/1.1", "GET /4 HTTP/1.1"];
    expect(linesOf(backend)).toEqual([headerOf(one), headerOf(two), ...last]);
    expect(backend.connections).toHaveLength(2);
  });

  test("ends soon after its client, however long idle ones are kept", async () => {
    const pool = { proxyProtocol: "v1", connections: { idleTimeout: "1h" } };
    const { proxy, backend } = await startPair({ pool }, () => ok());
    const [one, two] = [await openClient(proxy.port), await openClient(proxy.port)];
    await ask(one, "/1");
    await ask(two, "/2");
    one.reset();
    const [first, second] = [await backend.connection(0), await backend.connection(1)];
    await first.untilEnded();
    expect(second.isEnded).toBe(false);
    await ask(two, "/3");
    expect(backend.connections).toHaveLength(2);
  });

  test("is one of at most poolSize that stay", async () => {
    const pool = { proxyProtocol: "v1", connections: { poolSize: 1, idleTimeout: "1h" } };
    const { proxy, backend } = await startPair({ pool }, () => ok());
    for (const target of ["/1", "/2", "/3"]) await ask(await openClient(proxy.port), target);
    await eventually("the surplus is closed", () => backend.openConnections.length === 1);
    expect(backend.openConnections).toEqual([backend.connections[2]]);
  });

  test("serves requests that a client sends without waiting, in their order", async () => {
    const { proxy, backend } = await startPair(sending, ({ head }) => {
      return ok(/GET (\S+)/.exec(head)?.[1]);
    });
    const client = await openClient(proxy.port);
    client.send(get("/1") + get("/2") + get("/3"));
    const bodies = [await client.response(), await client.response(), await client.response()];
    expect(bodies.map(({ body }) => body)).toEqual(["/1", "/2", "/3"]);
    const others = linesOf(backend).filter((line) => line.startsWith("PROXY"));
    expect(new Set(others)).toEqual(new Set([headerOf(client)]));
    await eventually("one is kept", () => backend.openConnections.length === 1);
  });

  test("of a client of a unix socket says that its address is unknown", async () => {
    const path = socketPath();
    const listener = { address: `unix:${path}` };
    const { backend } = await startPair({ ...sending, listener }, () => ok());
    await ask(await openClient(path), "/1");
    expect(linesOf(backend)).toEqual(["PROXY UNKNOWN"]);
  });

  test("says on what a header from a balancer in front said", async () => {
    const listener = { trustedProxies: ["127.0.0.1"], proxyProtocol: "any" };
    const { proxy, backend } = await startPair({ ...sending, listener }, () => ok());
    const header = "PROXY TCP6 2001:db8::7 2001:db8::1 12345 443";
    const client = await openClient(proxy.port);
    expect((await client.request(`${header}\r\n${get()}`)).body).toBe("ok");
    expect(linesOf(backend)).toEqual([header]);
  });

  test("begins with it at the second backend as well, when the first is down", async () => {
    const backend = await startBackend(() => ok());
    const backends = [`http://127.0.0.1:${await refusingPort()}`, backend.url];
    const proxy = await startTestProxy({ backends, ...sending });
    const client = await openClient(proxy.port);
    await ask(client, "/1");
    expect((await proxy.recorded(1))[0]?.attempts).toBe(2);
    expect(linesOf(backend)).toEqual([headerOf(client)]);
  });

  test("begins with it where the protocol is switched", async () => {
    const { proxy, backend } = await startPair(sending);
    const client = await openClient(proxy.port);
    client.send(get("/", "Connection: upgrade\r\nUpgrade: echo\r\n"));
    const connection = await backend.connection();
    expect((await connection.request()).line).toBe(headerOf(client));
    connection.send("HTTP/1.1 101 X\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\nhello");
    await client.untilReceived("hello");
  });

  test("to a unix socket begins with it, too", async () => {
    const backend = await startBackend(() => ok(), socketPath());
    const proxy = await startTestProxy({ backends: [backend.url], ...sending });
    const client = await openClient(proxy.port);
    await ask(client, "/1");
    expect(linesOf(backend)).toEqual([headerOf(client)]);
  });

  test("of a mirrored copy names the client of the original", async () => {
    const [main, shadow] = [await startBackend(() => ok()), await startBackend(() => ok("copy"))];
    const proxy = await startTestProxy({
      top: {
        pools: {
          web: { backends: [main.url], healthCheck: false },
          shadow: { backends: [shadow.url], healthCheck: false, proxyProtocol: "v1" },
        },
        routes: [{ pool: "web", mirror: { pool: "shadow" } }],
      },
    });
    const client = await openClient(proxy.port);
    await ask(client, "/1");
    await eventually("the copy is there", () => shadow.requests.length === 1);
    expect(linesOf(shadow)).toEqual([headerOf(client)]);
    expect(linesOf(main)).toEqual(["GET /1 HTTP/1.1"]);
  });
});

const own = { v1: "PROXY UNKNOWN\r\n", v2: "\r\n\r\n\0\r\nQUIT\n\x20\0\0\0" };

describe.each(["v1", "v2"] as const)("active checks (%s)", (version) => {
  const often = { interval: "50ms", timeout: "2s" };
  test.each([
    ["http", { ...often, path: "/health" }],
    ["tcp", { ...often, type: "tcp" }],
  ] as const)("over %s speak for the balancer itself", async (type, healthCheck) => {
    const backend = await startBackend();
    await startTestProxy({
      backends: [backend.url],
      pool: { proxyProtocol: version, healthCheck },
    });
    const connection = await backend.connection();
    if (type === "http") await connection.untilReceived("GET /health HTTP/1.1\r\n");
    else await connection.untilEnded();
    expect(connection.received.split("GET ")[0]).toBe(own[version]);
  });
});

describe.each(["v1", "v2"] as const)("the header (%s)", (version) => {
  test("is read by another Evenkeel, and healthy is what its checks say", async () => {
    const inner = await startPair(
      { listener: { trustedProxies: ["127.0.0.1"], proxyProtocol: version } },
      () => ok(),
    );
    const outer = await startTestProxy({
      backends: [`http://127.0.0.1:${inner.proxy.port}`],
      listener: { trustedProxies: ["127.0.0.1"], proxyProtocol: "v1" },
      pool: { proxyProtocol: version, healthCheck: { interval: "50ms" } },
    });
    await eventually("it is checked", () => outer.healthChanges.length > 0);
    expect(outer.healthChanges[0]?.to).toBe("healthy");
    const client = await openClient(outer.port);
    await client.request(`PROXY TCP4 192.0.2.7 192.0.2.1 12345 80\r\n${get("/mine")}`);
    const mine = (): string | undefined =>
      inner.proxy.records().find(({ path }) => path === "/mine")?.client_ip;
    await eventually("it is recorded", () => mine() !== undefined);
    expect(mine()).toBe("192.0.2.7");
    await outer.stop();
  });

  for (const receiver of ["haproxy", "nginx"] satisfies Receiver[]) {
    inOrder.runIf(isInstalled(receiver))(`is read by ${receiver}`, async () => {
      const port = await refusingPort();
      startReceiver(receiver, port);
      const proxy = await startTestProxy({
        backends: [`http://127.0.0.1:${port}`],
        listener: { trustedProxies: ["127.0.0.1"], proxyProtocol: "v1" },
        pool: { proxyProtocol: version, healthCheck: { interval: "50ms", fastInterval: "50ms" } },
      });
      await eventually("it is up", () => proxy.healthChanges.at(-1)?.to === "healthy");
      const bodies: string[] = [];
      for (const header of [
        "PROXY TCP4 192.0.2.7 192.0.2.1 12345 80",
        "PROXY TCP6 2001:db8::7 2001:db8::1 23456 443",
        "PROXY UNKNOWN",
      ]) {
        const client = await openClient(proxy.port);
        bodies.push((await client.request(`${header}\r\n${get()}`)).body);
        expect((await client.request(get())).body).toBe(bodies.at(-1));
      }
      expect(bodies.slice(0, 2)).toEqual([
        "192.0.2.7 12345 192.0.2.1 80",
        "2001:db8::7 23456 2001:db8::1 443",
      ]);
      expect(bodies[2]).toMatch(/^127\.0\.0\.1 \d+ 127\.0\.0\.1 \d+$/);
    });
  }
});
