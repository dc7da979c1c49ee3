import { describe, expect, test } from "vitest";
import { value } from "./support/message.ts";
import { eventually } from "./support/peer.ts";
import { ok } from "./support/raw-backend.ts";
import { openClient } from "./support/raw-client.ts";
import { get, startPair } from "./support/run-proxy.ts";

const upload = (length: number): string =>
  `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${length}\r\n\r\n`;

describe("a response that comes before the request body is whole", () => {
  test.each([200, 401, 413, 500])("%i reaches the client, and both sides end", async (code) => {
    const { proxy, backend } = await startPair();
    const client = await openClient(proxy.port);
    client.send(`${upload(1_000_000)}first`);
    const connection = await backend.connection();
    await connection.untilReceived("first");
    connection.send(`HTTP/1.1 ${code} Early\r\nContent-Length: 2\r\n\r\nno`);
    const response = await client.response();
    expect(response.line).toBe(`HTTP/1.1 ${code} Early`);
    expect(response.body).toBe("no");
    expect(value(response, "connection")).toBe("close");
    await client.untilEnded();
    await connection.untilEnded();
    expect((await proxy.recorded(1))[0]).toMatchObject({ status: code, error: null });
    expect(proxy.running.inFlight()).toBe(0);
  });

  test("is read by a client that sends on until it has seen it", async () => {
    const { proxy, backend } = await startPair();
    for (let turn = 0; turn < 50; turn++) {
      const client = await openClient(proxy.port);
      client.send(`${upload(10_000_000)}first`);
      const connection = await backend.connection(turn);
      await connection.untilReceived("first");
      for (let part = 0; part < 4; part++) client.send(Buffer.alloc(16_384));
      connection.send("HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno");
      for (let part = 0; part < 4; part++) client.send(Buffer.alloc(16_384));
      expect((await client.response()).line).toBe("HTTP/1.1 413 Too Large");
    }
  });

  test("is read although the backend resets the connection right after it", async () => {
    const { proxy, backend } = await startPair();
    for (let turn = 0; turn < 50; turn++) {
      const client = await openClient(proxy.port);
      client.send(`${upload(10_000_000)}first`);
      const connection = await backend.connection(turn);
      await connection.untilReceived("first");
      connection.send("HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno").reset();
      client.send("more of the body");
      expect((await client.response()).line).toBe("HTTP/1.1 413 Too Large");
    }
  });

  test("is read although body bytes meet the backend's reset first", async () => {
    const { proxy, backend } = await startPair();
    const client = await openClient(proxy.port);
    client.send(`${upload(10_000_000)}first`);
    const connection = await backend.connection();
    await connection.untilReceived("first");
    // In this order the proxy's next look at its sockets finds the body first.
    client.send("more of the body");
    connection.send("HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno").reset();
    expect((await client.response()).line).toBe("HTTP/1.1 413 Too Large");
  });

  test("never turns the rest of the body into a request", async () => {
    const { proxy, backend } = await startPair();
    const client = await openClient(proxy.port);
    const smuggled = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n";
    client.send(`${upload(smuggled.length + 4)}1234`);
    const connection = await backend.connection();
    await connection.untilReceived("1234");
    connection.send(ok());
    expect((await client.response()).body).toBe("ok");
    client.send(smuggled + smuggled);
    await client.untilEnded();
    expect(client.received).toBe("");
    expect(backend.connections).toHaveLength(1);
  });

  test("goes on while the upload does, and the upload still arrives", async () => {
    const { proxy, backend } = await startPair();
    const client = await openClient(proxy.port);
    client.send(`${upload(10)}first`);
    const connection = await backend.connection();
    await connection.untilReceived("first");
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nhe");
    await client.untilReceived("\r\n\r\nhe");
    client.send("final");
    await connection.untilReceived("final");
    connection.send("re");
    expect((await client.response()).body).toBe("here");
  });

  test("in the moment of the upload's last piece never makes the next request a part of that body", async () => {
    for (let turn = 0; turn < 10; turn++) {
      const { proxy, backend } = await startPair();
      const client = await openClient(proxy.port);
      client.send(`${upload(10)}first`);
      const connection = await backend.connection();
      await connection.untilReceived("first");
      client.send("final");
      connection.send(ok());
      expect((await client.response()).body).toBe("ok");
      const next = await openClient(proxy.port);
      next.send(get("/next"));
      await eventually("somebody gets the next request", () =>
        backend.connections.some(({ received }) => received.includes("/next")),
      );
      const taker = backend.connections.find(({ received }) => received.includes("/next"));
      if (taker === connection) expect(taker.received).toContain("firstfinalGET /next");
    }
  });

  test("is not spliced with an error of ours when the upload stalls", async () => {
    const { proxy, backend } = await startPair({ listener: { timeouts: { body: "200ms" } } });
    const client = await openClient(proxy.port);
    client.send(`${upload(100)}first`);
    const connection = await backend.connection();
    await connection.untilReceived("first");
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhe");
    await client.untilReceived("\r\n\r\nhe");
    client.send("second");
    await connection.untilReceived("second");
    await connection.untilEnded();
    await client.untilEnded();
    expect(client.received).not.toContain("HTTP/1.1 408");
    expect(client.received.endsWith("\r\n\r\nhe")).toBe(true);
  });

  test("is not spliced with an error of ours when the upload's chunks break", async () => {
    const { proxy, backend } = await startPair();
    const client = await openClient(proxy.port);
    client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n");
    const connection = await backend.connection();
    await connection.untilReceived("first");
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhe");
    await client.untilReceived("\r\n\r\nhe");
    client.send("zz\r\n");
    await connection.untilEnded();
    await client.untilEnded();
    expect(client.received).not.toContain("HTTP/1.1 400");
    expect(client.received.endsWith("\r\n\r\nhe")).toBe(true);
  });

  test("is not spliced with a 413 when the upload grows over the limit", async () => {
    const { proxy, backend } = await startPair({ listener: { limits: { body: "10B" } } });
    const client = await openClient(proxy.port);
    client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n");
    const connection = await backend.connection();
    await connection.untilReceived("first");
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhe");
    await client.untilReceived("\r\n\r\nhe");
    client.send("6\r\nsecond\r\n");
    await connection.untilEnded();
    await client.untilEnded();
    expect(client.received).not.toContain("HTTP/1.1 413");
    expect(client.received.endsWith("\r\n\r\nhe")).toBe(true);
  });
});
