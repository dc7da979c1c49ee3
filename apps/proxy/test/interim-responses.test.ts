import { describe, expect, test } from "vitest";
import { values } from "./support/message.ts";
import { ok, startBackend } from "./support/raw-backend.ts";
import { openClient } from "./support/raw-client.ts";
import { get, startPair, startTestProxy } from "./support/run-proxy.ts";

const expecting = (length: number, version = "1.1"): string =>
  `POST / HTTP/${version}\r\nHost: a\r\nContent-Length: ${length}\r\nExpect: 100-continue\r\n\r\n`;
const hints = "HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n";

describe("Expect: 100-continue", () => {
  test("passes with the head at once, and the backend's 100 comes back", async () => {
    const { proxy, backend } = await startPair();
    const client = await openClient(proxy.port);
    client.send(expecting(5));
    const connection = await backend.connection();
    expect(await connection.head()).toContain("\r\nExpect: 100-continue\r\n");
    connection.send("HTTP/1.1 100 Continue\r\n\r\n");
    await client.untilReceived("HTTP/1.1 100 Continue\r\n\r\n");
    expect(client.takeReceived()).toBe("HTTP/1.1 100 Continue\r\n\r\n");
    client.send("hello");
    await connection.untilReceived("hello");
    connection.send(ok());
    expect((await client.response()).body).toBe("ok");
    expect((await proxy.recorded(1))[0]).toMatchObject({ status: 200, bytes_in: 5 });
  });

  test("is met by a final status without 100, and no body byte becomes a request", async () => {
    const { proxy, backend } = await startPair();
    const client = await openClient(proxy.port);
    client.send(expecting(27));
    const connection = await backend.connection();
    await connection.head();
    connection.send("HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\n\r\n");
    const response = await client.response();
    expect(response.line).toBe("HTTP/1.1 417 Expectation Failed");
    expect(response.head).toContain("\r\nConnection: close\r\n");
    client.send("GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n");
    await client.untilEnded();
    await connection.untilEnded();
    expect(client.received).toBe("");
    expect(backend.connections).toHaveLength(1);
    expect(connection.received).toBe("");
  });

  test("may be followed by the body without waiting", async () => {
    const { proxy } = await startPair({}, ({ body }) => ok(body));
    const client = await openClient(proxy.port);
    expect((await client.request(`${expecting(5)}hello`)).body).toBe("hello");
  });

  test("is not forwarded for an HTTP/1.0 client", async () => {
    const { proxy, backend } = await startPair({}, () => ok());
    const client = await openClient(proxy.port);
    await client.request(`${expecting(5, "1.0")}hello`);
    expect(values(backend.requests[0] ?? { fields: [] }, "expect")).toEqual([]);
  });

  test("in another spelling is refused with 417", async () => {
    const { proxy, backend } = await startPair({}, () => ok());
    const client = await openClient(proxy.port);
    const response = await client.request(get("/", "Expect: 200-ok\r\n"));
    expect(response.line).toBe("HTTP/1.1 417 Expectation Failed");
    expect(backend.requests).toEqual([]);
  });

  test("is not retried after a 100, not even for PUT", async () => {
    const backends = [await startBackend(), await startBackend()];
    const proxy = await startTestProxy({ backends: backends.map(({ url }) => url) });
    const client = await openClient(proxy.port);
    client.send(expecting(5).replace("POST", "PUT"));
    const connection = await backends[0]?.connection();
    await connection?.head();
    connection?.send("HTTP/1.1 100 Continue\r\n\r\n");
    await client.untilReceived("100 Continue\r\n\r\n");
    client.takeReceived();
    connection?.reset();
    expect((await client.response()).line).toBe("HTTP/1.1 502 Bad Gateway");
    expect(backends[1]?.connections).toEqual([]);
  });
});

describe("an interim response", () => {
  test("is forwarded each time with its fields, before the final one", async () => {
    const { proxy } = await startPair({}, () => `${hints}HTTP/1.1 102\r\n\r\n${hints}${ok()}`);
    const client = await openClient(proxy.port);
    client.send(get());
    await client.untilReceived("ok");
    expect(client.received.startsWith(`${hints}HTTP/1.1 102 \r\n\r\n${hints}HTTP/1.1 200 OK`)).toBe(
      true,
    );
    const final = client.received.slice(client.received.indexOf("HTTP/1.1 200"));
    expect(final).not.toContain("Link:");
  });

  test("is forwarded when it comes, not with the final one", async () => {
    const { proxy, backend } = await startPair();
    const client = await openClient(proxy.port);
    client.send(get());
    const connection = await backend.connection();
    await connection.request();
    connection.send(hints);
    await client.untilReceived(hints);
    client.takeReceived();
    connection.send(ok());
    expect((await client.response()).body).toBe("ok");
  });

  test("does not go to an HTTP/1.0 client", async () => {
    const { proxy } = await startPair({}, () => hints + ok());
    const client = await openClient(proxy.port);
    const response = await client.request("GET / HTTP/1.0\r\nHost: a\r\n\r\n");
    expect(response.line).toBe("HTTP/1.1 200 OK");
    expect(response.body).toBe("ok");
  });

  test("carries neither framing nor connection fields", async () => {
    const interim =
      "HTTP/1.1 103 Early Hints\r\nContent-Length: 5\r\nConnection: X-Hop\r\nX-Hop: 1\r\nLink: <a>\r\n\r\n";
    const { proxy } = await startPair({}, () => interim + ok());
    const client = await openClient(proxy.port);
    const response = await client.request(get());
    expect(response.head).toBe("HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n");
    expect((await client.response()).body).toBe("ok");
  });

  test("101 that nobody asked for is a 502", async () => {
    const switching =
      "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n";
    const { proxy, backend } = await startPair({}, () => switching);
    const client = await openClient(proxy.port);
    const response = await client.request(get());
    expect(response.line).toBe("HTTP/1.1 502 Bad Gateway");
    expect(response.body).toContain('"error":"http_protocol_error"');
    await backend.connections[0]?.untilEnded();
  });

  test("repeated without end is a 502", async () => {
    const { proxy } = await startPair({}, () => "HTTP/1.1 102 Processing\r\n\r\n".repeat(150));
    const client = await openClient(proxy.port);
    client.send("GET / HTTP/1.0\r\n\r\n");
    expect((await client.response()).line).toBe("HTTP/1.1 502 Bad Gateway");
    await proxy.untilQuiet();
  });

  test("followed by RST is a 502 behind it", async () => {
    const { proxy, backend } = await startPair();
    const client = await openClient(proxy.port);
    client.send(get());
    const connection = await backend.connection();
    await connection.request();
    connection.send(hints);
    await client.untilReceived(hints);
    client.takeReceived();
    connection.reset();
    expect((await client.response()).line).toBe("HTTP/1.1 502 Bad Gateway");
    expect((await proxy.recorded(1))[0]).toMatchObject({ status: 502, attempts: 1 });
  });
});
