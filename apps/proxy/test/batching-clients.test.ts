import dns from "node:dns";
import { afterEach, describe, expect, test, vi } from "vitest";
import {
  type BatchingProxy,
  askTogether,
  numberOf,
  readyClients,
  sendTogether,
  startBatching,
  untilWaiting,
  waitingOn,
} from "./support/batch.ts";
import { eventually } from "./support/peer.ts";
import { type BackendConnection, ok, startBackend } from "./support/raw-backend.ts";
import type { RawClient } from "./support/raw-client.ts";
import { get, startTestProxy } from "./support/run-proxy.ts";

const MiB = 1024 * 1024;

interface Batch extends BatchingProxy {
  readonly connection: BackendConnection;
  /** In the order of the batch. */
  readonly targets: readonly string[];
  readonly client: (place: number) => RawClient;
}

/** So many requests wait on one connection; nobody answers them but the test. */
async function startBatch(
  size: number,
  pool: Readonly<Record<string, unknown>> = {},
): Promise<Batch> {
  const batching = await startBatching(1, { pool });
  const clients = await readyClients(batching.proxy.port, size);
  askTogether(clients);
  const connection = await batching.backend.connection();
  const targets = await untilWaiting(connection, size);
  connection.takeReceived();
  const client = (place: number): RawClient => clients[numberOf(targets[place] ?? "")] as RawClient;
  return { ...batching, connection, targets, client };
}

/** Until the proxy has noticed that a client left: it has written this many records of aborts. */
async function untilAborted({ proxy }: BatchingProxy, count: number): Promise<void> {
  await eventually(`${count} clients are gone`, () => {
    return proxy.records().filter(({ error }) => error === "client_aborted").length >= count;
  });
}

describe("a client that leaves a batch", () => {
  test.each([0, 1, 3])("from place %i takes no answer of the others", async (leaver) => {
    const batch = await startBatch(4);
    const { proxy, backend, connection, targets, client } = batch;
    client(leaver).reset();
    await untilAborted(batch, 1);
    expect(proxy.running.inFlight()).toBe(3);
    connection.send(targets.map((target) => ok(target)).join(""));
    for (const [place, target] of targets.entries()) {
      if (place !== leaver) expect((await client(place).response()).body).toBe(target);
    }
    expect(backend.connections).toHaveLength(1);
    await proxy.untilQuiet();
    const records = proxy.records().filter(({ method }) => method === "GET");
    expect(records.find(({ path }) => path === targets[leaver])).toMatchObject({
      status: 499,
      error: "client_aborted",
      attempts: 1,
    });
  });

  test("leaves an answer of any framing that reaches nobody", async () => {
    const batch = await startBatch(4);
    const { connection, targets, client } = batch;
    client(0).reset();
    client(2).reset();
    await untilAborted(batch, 2);
    const forged = ok("FORGED");
    const chunked = `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${forged.length.toString(16)}\r\n${forged}\r\n0\r\n\r\n`;
    for (const byte of `HTTP/1.1 103 Early Hints\r\n\r\n${ok(forged)}`) connection.send(byte);
    connection.send(ok(targets[1]) + chunked + ok(targets[3]));
    expect((await client(1).response()).body).toBe(targets[1]);
    expect((await client(3).response()).body).toBe(targets[3]);
    expect([client(1).received, client(3).received]).toEqual(["", ""]);
  });

  test("inside its own answer ends the connection; those behind are tried again", async () => {
    const batch = await startBatch(4);
    const { proxy, backend, connection, targets, client } = batch;
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart");
    await client(0).untilReceived("part");
    backend.answer = ({ line }) => ok(line.split(" ")[1]);
    client(0).reset();
    await connection.untilEnded();
    for (const [place, target] of targets.entries()) {
      if (place > 0) expect((await client(place).response()).body).toBe(target);
    }
    await proxy.untilQuiet();
  });

  test("and whose others leave too is not waited for", async () => {
    const { proxy, connection, client } = await startBatch(4);
    for (const place of [2, 0, 3, 1]) client(place).reset();
    await connection.untilEnded();
    await proxy.untilQuiet();
    const next = await readyClients(proxy.port, 1);
    askTogether(next);
    expect(proxy.running.inFlight()).toBeLessThanOrEqual(1);
  });

  test("does not let the next request have its answer", async () => {
    const batch = await startBatch(2);
    const { proxy, backend, connection, targets, client } = batch;
    client(1).reset();
    await untilAborted(batch, 1);
    connection.send(ok(targets[0]));
    expect((await client(0).response()).body).toBe(targets[0]);
    const [next] = (await readyClients(proxy.port, 1)) as [RawClient];
    next.send(get("/next"));
    const other = await backend.connection(1);
    await untilWaiting(other, 1);
    connection.send(ok("of the client that left"));
    other.send(ok("next"));
    expect((await next.response()).body).toBe("next");
    expect(waitingOn(connection)).toEqual([]);
  });
});

describe("a client that leaves before the backend is connected", () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  /** Holds every connection to the host `localhost` back until the answer is called for. */
  function holdDials(): () => void {
    const held: (() => void)[] = [];
    vi.spyOn(dns, "lookup").mockImplementation(((...[, , give]: never[]) => {
      const tell = give as unknown as (error: null, found: readonly object[]) => void;
      held.push(() => tell(null, [{ address: "127.0.0.1", family: 4 }]));
    }) as unknown as typeof dns.lookup);
    return () => {
      for (const release of held.splice(0)) release();
    };
  }

  test.each([
    ["HEAD", "GET"],
    ["GET", "HEAD"],
    ["GET", "GET"],
  ])(
    "with a %s is not in the batch, and a %s behind it gets its own answer",
    async (first, second) => {
      const backend = await startBackend();
      const proxy = await startTestProxy({
        backends: [`http://localhost:${backend.port}`],
        pool: { connections: { pipelining: true } },
      });
      const clients = await readyClients(proxy.port, 3);
      const release = holdDials();
      const methods = [first, second, "GET"];
      sendTogether(clients, (index) => `${methods[index]} /${index} HTTP/1.1\r\nHost: a\r\n\r\n`);
      await eventually("all are in flight", () => proxy.running.inFlight() === 3);
      clients[0]?.reset();
      await eventually("one is gone", () => proxy.running.inFlight() === 2);
      release();
      const connection = await backend.connection();
      expect(await untilWaiting(connection, 2)).toEqual(["/1", "/2"]);
      const forged = ok("FORGED");
      const whole = ok(forged, "X-For: 1\r\n");
      const headEnd = whole.indexOf("\r\n\r\n") + 4;
      connection.send((second === "HEAD" ? whole.slice(0, headEnd) : whole) + ok("for the last"));
      const [, next, last] = clients as [RawClient, RawClient, RawClient];
      const kind = second === "HEAD" ? "bodyless-response" : "response";
      expect((await next.response(kind)).body).toBe(second === "HEAD" ? "" : forged);
      expect((await last.response()).body).toBe("for the last");
      expect([next.received, last.received]).toEqual(["", ""]);
      await proxy.untilQuiet();
    },
  );
});

describe("a client that does not read its answer at the head of a batch", () => {
  const big = 16 * MiB;

  /** The first one stops reading, its answer is too large for every buffer on the way. */
  async function stall(batch: Batch): Promise<void> {
    const { connection, client } = batch;
    client(0).socket.pause();
    client(0).keepsBytes = false;
    connection
      .send(`HTTP/1.1 200 OK\r\nContent-Length: ${big}\r\n\r\n`)
      .send(Buffer.alloc(big, "x"));
  }

  async function readAll(client: RawClient, before: number): Promise<void> {
    client.socket.resume();
    await client.until("its answer is whole", () => client.receivedBytes - before > big);
  }

  test("does not hold the others: they are served elsewhere", async () => {
    const batch = await startBatch(4);
    const { proxy, backend, targets, client } = batch;
    const before = client(0).receivedBytes;
    backend.answer = ({ line }) => ok(line.split(" ")[1]);
    await stall(batch);
    for (const [place, target] of targets.entries()) {
      if (place > 0) expect((await client(place).response()).body).toBe(target);
    }
    expect(proxy.running.inFlight()).toBe(1);
    await readAll(client(0), before);
    await proxy.untilQuiet();
    const records = (await proxy.recorded(8)).filter(({ method }) => method === "GET");
    for (const { status, error } of records) expect([status, error]).toEqual([200, null]);
  });

  test("holds up nobody where nothing is ever tried again, since nobody shares there", async () => {
    const { backend, proxy } = await startBatching(1, { pool: { retry: { maxRetries: 0 } } });
    askTogether(await readyClients(proxy.port, 4));
    const connections = await Promise.all([0, 1, 2, 3].map((index) => backend.connection(index)));
    for (const connection of connections) expect(await untilWaiting(connection, 1)).toHaveLength(1);
  });

  test("leaves a connection on which no other request gets the answers of those that moved", async () => {
    const batch = await startBatch(2);
    const { proxy, backend, connection, targets, client } = batch;
    const before = client(0).receivedBytes;
    await stall(batch);
    const moved = await backend.connection(1);
    expect(await untilWaiting(moved, 1)).toEqual([targets[1]]);
    await readAll(client(0), before);
    // The first answer is whole, the second one is still to come on the first connection.
    const [next] = (await readyClients(proxy.port, 1)) as [RawClient];
    next.send(get("/next"));
    await eventually("it is at a backend", () => {
      return backend.connections.some((one) => waitingOn(one).includes("/next"));
    });
    connection.send(ok("for another client"));
    for (const one of backend.connections) {
      if (one !== connection)
        one.send(
          waitingOn(one)
            .map((target) => ok(target))
            .join(""),
        );
    }
    if (waitingOn(connection).includes("/next")) connection.send(ok("/next"));
    expect((await next.response()).body).toBe("/next");
    expect((await client(1).response()).body).toBe(targets[1]);
  });
});
