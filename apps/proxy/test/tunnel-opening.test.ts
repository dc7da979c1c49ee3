import { describe, expect, test } from "vitest";
import { status, value } from "./support/message.ts";
import { eventually } from "./support/peer.ts";
import { ok, refusingPort, startBackend } from "./support/raw-backend.ts";
import { openClient } from "./support/raw-client.ts";
import { get, startPair, startTestProxy } from "./support/run-proxy.ts";
import { openTunnel, switching, upgrade } from "./support/tunnel.ts";

describe("a request to upgrade", () => {
  test("passes with its own fields and nothing that ends at this hop", async () => {
    const { proxy, backend } = await startPair();
    const client = await openClient(proxy.port);
    const fields =
      "Connection: keep-alive, Upgrade, X-Hop\r\nUpgrade: WebSocket\r\nX-Hop: 1\r\n" +
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n" +
      "HTTP2-Settings: AAMAAABkAAQAAP__\r\nKeep-Alive: 5\r\n";
    client.send(upgrade("/chat", fields));
    const head = await (await backend.connection()).head();
    expect(head).toMatch(/^GET \/chat HTTP\/1\.1\r\n/);
    expect(head).toContain("\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n");
    expect(head).toContain("\r\nSec-WebSocket-Version: 13\r\n");
    expect(head.match(/^Connection: .*$/gim)).toEqual(["Connection: Upgrade"]);
    expect(head.match(/^Upgrade: .*$/gim)).toEqual(["Upgrade: WebSocket"]);
    expect(head).not.toMatch(/^(X-Hop|HTTP2-Settings|Keep-Alive):/im);
  });

  test.each([
    ["Upgrade without Connection: upgrade", upgrade("/", "Upgrade: echo\r\n")],
    ["Connection: upgrade without Upgrade", upgrade("/", "Connection: upgrade\r\n")],
    [
      "an Upgrade that is no list of protocols",
      upgrade("/", "Connection: upgrade\r\nUpgrade: a b\r\n"),
    ],
    ["Upgrade from HTTP/1.0", upgrade().replace("HTTP/1.1", "HTTP/1.0")],
    [
      "h2c",
      upgrade(
        "/",
        "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n",
      ),
    ],
    ["H2C beside another protocol", upgrade("/", "Connection: upgrade\r\nUpgrade: echo, H2C\r\n")],
    ["h2", upgrade("/", "Connection: upgrade\r\nUpgrade: h2\r\n")],
  ])("is an ordinary request with %s", async (_, request) => {
    const { proxy, backend } = await startPair();
    const client = await openClient(proxy.port);
    client.send(request);
    const connection = await backend.connection();
    expect(await connection.head()).not.toMatch(/^(Upgrade|HTTP2-Settings|Connection):/im);
    connection.send(switching());
    expect((await client.response()).line).toBe("HTTP/1.1 502 Bad Gateway");
    await connection.untilEnded();
    expect(await proxy.recorded(1)).toMatchObject([{ status: 502, error: "http_protocol_error" }]);
    expect(proxy.running.inFlight()).toBe(0);
  });

  test("without a route is a 404, and no backend hears of it", async () => {
    const { proxy, backend } = await startPair({
      top: { routes: [{ path: "/app", pool: "web" }] },
    });
    const client = await openClient(proxy.port);
    expect(status(await client.request(upgrade("/chat")))).toBe(404);
    expect(backend.connections).toHaveLength(0);
    expect(await proxy.recorded(1)).toMatchObject([
      { status: 404, error: "destination_not_found", attempts: 0 },
    ]);
  });

  test("goes where its route says", async () => {
    const [web, chat] = [await startBackend(), await startBackend()];
    const proxy = await startTestProxy({
      backends: [web.url],
      top: {
        pools: {
          web: { backends: [web.url], healthCheck: false },
          chat: { backends: [chat.url], healthCheck: false },
        },
        routes: [{ path: "/chat", pool: "chat" }, { pool: "web" }],
      },
    });
    const client = await openClient(proxy.port);
    client.send(upgrade("/chat"));
    expect(await (await chat.connection()).head()).toContain("Upgrade: echo");
    expect(web.connections).toHaveLength(0);
  });

  test("is a 503 when no backend is ready", async () => {
    const proxy = await startTestProxy({
      backends: [`http://127.0.0.1:${await refusingPort()}`],
      pool: { healthCheck: { interval: "50ms", fastInterval: "50ms", unhealthyThreshold: 1 } },
    });
    await eventually("the backend is out", () => proxy.healthChanges.length === 1);
    const client = await openClient(proxy.port);
    const response = await client.request(upgrade());
    expect(status(response)).toBe(503);
    expect(value(response, "proxy-status")).toBe("evenkeel; error=destination_unavailable");
  });

  test("has the limits of every request", async () => {
    const { proxy, backend } = await startPair({
      listener: { limits: { target: "20B", fields: 6, body: "10B" } },
    });
    const over = [
      [414, upgrade("/a-target-of-more-than-20-bytes")],
      [431, upgrade("/", `Connection: upgrade\r\nUpgrade: echo\r\n${"X-A: 1\r\n".repeat(4)}`)],
      [413, upgrade("/", "Connection: upgrade\r\nUpgrade: echo\r\nContent-Length: 11\r\n")],
      [
        508,
        upgrade(
          "/",
          `Connection: upgrade\r\nUpgrade: echo\r\nVia: ${"1.1 evenkeel, ".repeat(9)}1.1 x\r\n`,
        ),
      ],
    ] as const;
    for (const [expected, request] of over) {
      const client = await openClient(proxy.port);
      expect(status(await client.request(request))).toBe(expected);
    }
    expect(backend.connections).toHaveLength(0);
  });

  test.each(["CONNECT", "TRACE"])(
    "by %s is a 405, and nothing behind it is read",
    async (method) => {
      const { proxy, backend } = await startPair({}, () => ok());
      const client = await openClient(proxy.port);
      const target = method === "CONNECT" ? "a.test:80" : "/";
      const head = `${method} ${target} HTTP/1.1\r\nHost: a.test:80\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n`;
      const response = await client.request(head + get("/behind"));
      expect(response.line).toBe("HTTP/1.1 405 Method Not Allowed");
      await client.untilEnded();
      expect(client.received).toBe("");
      expect(backend.connections).toHaveLength(0);
    },
  );

  test("is sent to another backend when the first one is gone, and tunnels there", async () => {
    const backend = await startBackend();
    const proxy = await startTestProxy({
      backends: [`http://127.0.0.1:${await refusingPort()}`, backend.url],
    });
    const client = await openClient(proxy.port);
    client.send(upgrade());
    const connection = await backend.connection();
    await connection.head();
    connection.send(switching());
    await client.untilReceived("101 Switching Protocols");
    client.send("hello");
    await connection.untilReceived("hello");
    expect(proxy.running.inFlight()).toBe(1);
  });
});

describe("before the backend has agreed", () => {
  test.each([200, 403, 426, 500])(
    "a client's early bytes are its next request after %i, never the backend's",
    async (code) => {
      const { proxy, backend } = await startPair();
      const client = await openClient(proxy.port);
      client.send(upgrade("/tunnel") + get("/next"));
      const connection = await backend.connection();
      await connection.head();
      client.send(get("/third"));
      const other = await openClient(proxy.port);
      other.send(get("/other"));
      await (await backend.connection(1)).untilReceived("/other");
      expect(connection.received).toBe("");
      backend.answer = ({ line }) => ok(line);
      connection.send(`HTTP/1.1 ${code} X\r\nContent-Length: 2\r\n\r\nno`);
      expect((await client.response()).line).toBe(`HTTP/1.1 ${code} X`);
      expect((await client.response()).body).toBe("GET /next HTTP/1.1");
      expect((await client.response()).body).toBe("GET /third HTTP/1.1");
      for (const { head } of backend.requests) {
        // What we add shows that it went through us as a request.
        expect(head).toContain("X-Forwarded-For: 127.0.0.1\r\n");
      }
    },
  );

  test("early bytes that are no request are refused after a 200", async () => {
    const { proxy, backend } = await startPair();
    const client = await openClient(proxy.port);
    client.send(`${upgrade()}\x81\x05hello`);
    const connection = await backend.connection();
    await connection.head();
    connection.send(ok());
    expect((await client.response()).body).toBe("ok");
    expect(status(await client.response())).toBe(400);
    await client.untilEnded();
    expect(connection.received).toBe("");
  });

  test("an interim response passes and opens nothing", async () => {
    const { proxy, backend } = await startPair();
    const client = await openClient(proxy.port);
    client.send(`${upgrade()}early`);
    const connection = await backend.connection();
    await connection.head();
    connection.send("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n");
    await client.untilReceived("103 Early Hints");
    const other = await openClient(proxy.port);
    other.send(get("/other"));
    await (await backend.connection(1)).untilReceived("/other");
    expect(connection.received).toBe("");
    connection.send(switching());
    await connection.untilReceived("early");
  });
});

describe("a 101", () => {
  test.each([
    ["to another protocol", switching("other")],
    ["to one protocol more than was asked for", switching("echo, other")],
    ["that names no protocol", "HTTP/1.1 101 X\r\nConnection: upgrade\r\n\r\n"],
    ["without Connection: upgrade", "HTTP/1.1 101 X\r\nUpgrade: echo\r\n\r\n"],
    ["to nonsense", switching("a b")],
  ])("%s is a 502, and the backend sees no more of the client", async (_, answer) => {
    const { proxy, backend } = await startPair();
    const client = await openClient(proxy.port);
    client.send(`${upgrade()}early bytes`);
    const connection = await backend.connection();
    await connection.head();
    connection.send(answer);
    expect((await client.response()).line).toBe("HTTP/1.1 502 Bad Gateway");
    await connection.untilEnded();
    expect(connection.received).toBe("");
    expect(proxy.running.inFlight()).toBe(0);
  });

  test("to the wanted protocol in another case opens the tunnel", async () => {
    const { proxy, backend } = await startPair();
    const client = await openClient(proxy.port);
    client.send(upgrade("/", "connection: UPGRADE\r\nupgrade: echo/2, WebSocket\r\n"));
    const connection = await backend.connection();
    expect(await connection.head()).toContain("\r\nUpgrade: echo/2, WebSocket\r\n");
    connection.send(switching("websocket"));
    await client.untilReceived("\r\n\r\n");
    expect(client.received).toMatch(/^HTTP\/1\.1 101 Switching Protocols\r\n/);
    expect(client.received).toContain("\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n");
    client.send("hello");
    await connection.untilReceived("hello");
  });

  test("while the request's body is still coming is a 502 and ends the connection", async () => {
    const { proxy, backend } = await startPair();
    const client = await openClient(proxy.port);
    const fields = "Connection: upgrade\r\nUpgrade: echo\r\nContent-Length: 10\r\n";
    client.send(`${upgrade("/", fields)}hello`);
    const connection = await backend.connection();
    await connection.untilReceived("hello");
    connection.send(switching());
    expect((await client.response()).line).toBe("HTTP/1.1 502 Bad Gateway");
    client.send(`world${get("/smuggled")}`);
    await client.untilEnded();
    await connection.untilEnded();
    expect(connection.received).not.toContain("world");
    expect(backend.connections).toHaveLength(1);
  });

  test("after the whole body of the request opens the tunnel behind it", async () => {
    const { proxy, backend } = await startPair();
    const client = await openClient(proxy.port);
    const fields = "Connection: upgrade\r\nUpgrade: echo\r\nContent-Length: 5\r\n";
    client.send(`${upgrade("/", fields)}helloearly`);
    const connection = await backend.connection();
    expect((await connection.request()).body).toBe("hello");
    expect(connection.received).toBe("");
    connection.send(switching());
    await connection.untilReceived("early");
    expect(connection.received).toBe("early");
  });

  test("and bytes in the same packet on both sides are delivered, once and in order", async () => {
    const { proxy, backend } = await startPair();
    const client = await openClient(proxy.port);
    const early = "early from the client ".repeat(3_000);
    client.send(upgrade() + early);
    const connection = await backend.connection();
    await connection.head();
    const first = "first from the backend ".repeat(2_500);
    connection.send(switching() + first);
    await connection.until(
      "the early bytes arrive",
      () => connection.received.length >= early.length,
    );
    client.send("late from the client");
    await connection.untilReceived("late from the client");
    expect(connection.received).toBe(`${early}late from the client`);
    await client.until("the first bytes arrive", () => client.received.endsWith(first));
    expect(client.received).toBe(
      client.received.slice(0, client.received.indexOf("\r\n\r\n") + 4) + first,
    );
  });

  test("byte by byte opens the tunnel at its end and not before", async () => {
    const { proxy, backend } = await startPair();
    const client = await openClient(proxy.port);
    client.send(`${upgrade()}early`);
    const connection = await backend.connection();
    await connection.head();
    const bytes = `${switching()}first`;
    for (const byte of bytes) {
      connection.send(byte);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await connection.untilReceived("early");
    await client.untilReceived("\r\n\r\nfirst");
    expect(client.received.match(/HTTP\/1\.1/g)).toHaveLength(1);
  });

  test("is not looked into: what follows may look like HTTP", async () => {
    const { client, connection } = await openTunnel();
    const forged = `HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n${get("/forged")}`;
    client.send(get("/looks-like-a-request"));
    await connection.untilReceived(get("/looks-like-a-request"));
    connection.send(forged);
    await client.untilReceived(forged);
  });
});
