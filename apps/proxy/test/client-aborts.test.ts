import { describe, expect, test } from "vitest";
import { ok } from "./support/raw-backend.ts";
import { openClient } from "./support/raw-client.ts";
import { get, startPair } from "./support/run-proxy.ts";

const uploadHead = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n";

/** How far a request has come when its client goes away. */
const stages = [
  ["after the head of an upload", uploadHead, "", 499],
  ["in the middle of an upload", `${uploadHead}part`, "", 499],
  ["while it waits for the response", get(), "", 499],
  ["in the middle of a response", get(), "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart", 200],
  [
    "in the middle of a chunked response",
    get(),
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npart\r\n",
    200,
  ],
] as const;

describe("a client that resets its connection", () => {
  test.each(stages)("%s takes the backend's with it", async (_, request, answer, status) => {
    const { proxy, backend } = await startPair();
    const client = await openClient(proxy.port);
    client.send(request);
    const connection = await backend.connection();
    await connection.untilReceived(request.includes("part") ? "part" : "\r\n\r\n");
    expect(proxy.running.inFlight()).toBe(1);
    if (answer !== "") {
      connection.send(answer);
      await client.untilReceived("part");
    }
    client.reset();
    await connection.untilEnded();
    await proxy.untilQuiet();
    const [record] = await proxy.recorded(1);
    expect(record).toMatchObject({ status, error: "client_aborted", attempts: 1 });
    expect(proxy.records()).toHaveLength(1);
  });

  test("before its head is whole costs nothing and is not recorded", async () => {
    const { proxy, backend } = await startPair({}, () => ok());
    const client = await openClient(proxy.port);
    client.send("GET / HTTP/1.1\r\nHos").reset();
    const other = await openClient(proxy.port);
    await other.request(get("/other"));
    expect((await proxy.recorded(1)).map(({ path }) => path)).toEqual(["/other"]);
    expect(backend.requests).toHaveLength(1);
  });

  test("while its backend is being dialled leaves nothing behind", async () => {
    const { proxy, backend } = await startPair();
    for (let turn = 0; turn < 50; turn++) {
      const client = await openClient(proxy.port);
      client.send(get()).reset();
    }
    const other = await openClient(proxy.port);
    other.send(get("/last"));
    await backend.connection();
    for (let index = 0; ; index++) {
      const connection = await backend.connection(index);
      await connection.until("it has a request or is over", () => {
        return connection.received.includes("\r\n\r\n") || connection.isEnded;
      });
      if (connection.received.includes("/last")) break;
      await connection.untilEnded();
    }
    expect(proxy.running.inFlight()).toBe(1);
  });

  test("in a pipeline takes its unanswered requests with it", async () => {
    const { proxy, backend } = await startPair();
    const client = await openClient(proxy.port);
    client.send(get("/1") + get("/2"));
    const connection = await backend.connection();
    await connection.untilReceived("/1");
    client.reset();
    await connection.untilEnded();
    await proxy.untilQuiet();
    const other = await openClient(proxy.port);
    other.send(get("/other"));
    await (await backend.connection(1)).untilReceived("GET /other");
    expect((await proxy.recorded(1)).map(({ path }) => path)).toEqual(["/1"]);
  });
});

describe("a client that sends FIN", () => {
  test("after its request is served", async () => {
    const { proxy, backend } = await startPair();
    const client = await openClient(proxy.port);
    client.send(get()).end();
    const connection = await backend.connection();
    await connection.request();
    connection.send(ok());
    expect((await client.response()).body).toBe("ok");
    await client.untilEnded();
    expect(client.errorCode).toBeNull();
    expect((await proxy.recorded(1))[0]).toMatchObject({ status: 200, error: null });
  });

  test("after its pipelined requests gets all responses", async () => {
    const { proxy } = await startPair({}, ({ line }) => ok("", `X-Line: ${line}\r\n`));
    const client = await openClient(proxy.port);
    client.send(get("/1") + get("/2") + get("/3")).end();
    for (const target of ["/1", "/2", "/3"]) {
      expect((await client.response()).head).toContain(`X-Line: GET ${target} HTTP/1.1`);
    }
    await client.untilEnded();
  });

  test("gets a response to the end however long it takes once it has begun", async () => {
    const { proxy, backend } = await startPair();
    const client = await openClient(proxy.port);
    client.send(get()).end();
    const connection = await backend.connection();
    await connection.request();
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbo");
    await client.untilReceived("bo");
    // Longer than the grace for the beginning of a response: another half-closed client's runs out.
    const other = await openClient(proxy.port);
    other.send(get("/never")).end();
    await other.untilEnded();
    connection.send("dy");
    expect((await client.response()).body).toBe("body");
  });

  test("and goes away is noticed after a while, and counts as aborted", async () => {
    const { proxy, backend } = await startPair();
    const client = await openClient(proxy.port);
    client.send(get());
    const connection = await backend.connection();
    await connection.request();
    client.socket.destroy();
    await connection.untilEnded();
    await proxy.untilQuiet();
    expect((await proxy.recorded(1))[0]).toMatchObject({ status: 499, error: "client_aborted" });
  });

  test("in the middle of its body has aborted it", async () => {
    const { proxy, backend } = await startPair();
    const client = await openClient(proxy.port);
    client.send(`${uploadHead}part`);
    const connection = await backend.connection();
    await connection.untilReceived("part");
    client.end();
    await connection.untilEnded();
    await client.untilEnded();
    expect((await proxy.recorded(1))[0]).toMatchObject({
      status: 499,
      error: "client_aborted",
      bytes_in: 4,
    });
    expect(proxy.running.inFlight()).toBe(0);
  });
});

test("two hundred clients that leave at any moment leave nothing in flight", async () => {
  const { proxy, backend } = await startPair({}, ({ line }) =>
    line.includes("/wait") ? null : ok("x".repeat(50_000)),
  );
  for (let turn = 0; turn < 200; turn++) {
    const client = await openClient(proxy.port);
    client.send(turn % 3 === 0 ? get("/wait") : turn % 3 === 1 ? get("/now") : uploadHead);
    for (let turns = turn % 7; turns > 0; turns--) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    client.reset();
  }
  await proxy.untilQuiet();
  const client = await openClient(proxy.port);
  expect((await client.request(get("/now"))).body).toHaveLength(50_000);
  for (const connection of backend.openConnections) expect(connection.received).toBe("");
});
