import { describe, expect, test } from "vitest";
import {
  type BatchingProxy,
  askTogether,
  numberOf,
  readyClients,
  startBatching,
  untilWaiting,
} from "./support/batch.ts";
import { status } from "./support/message.ts";
import {
  type Answer,
  type BackendConnection,
  ok,
  refusingPort,
  startBackend,
} from "./support/raw-backend.ts";
import type { RawClient } from "./support/raw-client.ts";
import { type AccessRecord, type TestProxy, startTestProxy } from "./support/run-proxy.ts";

const size = 6;
const answerAll: Answer = ({ line }) => ok(line.split(" ")[1]);

interface Batch extends BatchingProxy {
  readonly clients: readonly RawClient[];
  /** Where the batch is; nothing was answered yet. */
  readonly connection: BackendConnection;
  /** In the order of the batch. */
  readonly targets: readonly string[];
  readonly client: (place: number) => RawClient;
}

/** Six requests wait on one connection; whatever comes to a backend afterwards is answered. */
async function startBatch(pool: Readonly<Record<string, unknown>> = {}): Promise<Batch> {
  const batching = await startBatching(1, { pool });
  const { proxy, backend } = batching;
  const clients = await readyClients(proxy.port, size);
  askTogether(clients);
  const connection = await backend.connection();
  const targets = await untilWaiting(connection, size);
  connection.takeReceived();
  backend.answer = answerAll;
  const client = (place: number): RawClient => clients[numberOf(targets[place] ?? "")] as RawClient;
  return { ...batching, clients, connection, targets, client };
}

/** Access records of the requests to backends, by target. */
async function recordsOf(proxy: TestProxy, count: number): Promise<Map<string, AccessRecord>> {
  await proxy.recorded(size + count);
  const records = proxy.records().filter(({ method }) => method !== "OPTIONS");
  return new Map(records.map((record) => [record.path, record]));
}

/** How a backend gives up in the middle of a batch; the answers before are complete. */
const givingUp: readonly (readonly [string, (connection: BackendConnection) => void])[] = [
  ["closes", (connection) => connection.end()],
  ["resets", (connection) => connection.reset()],
];

describe("a backend that gives up on a batch", () => {
  for (const [how, giveUp] of givingUp) {
    test(`${how} before the first answer: all are tried again`, async () => {
      const { proxy, connection, targets, client } = await startBatch();
      giveUp(connection);
      for (const [place, target] of targets.entries()) {
        expect((await client(place).response()).body).toBe(target);
      }
      for (const record of (await recordsOf(proxy, size)).values()) {
        expect(record).toMatchObject({ status: 200, attempts: 2, error: null });
      }
      expect(proxy.running.inFlight()).toBe(0);
    });

    test(`${how} after two answers: those behind are tried again, as attempts of their own`, async () => {
      const { proxy, backend, connection, targets, client } = await startBatch();
      connection.send(ok("first") + ok("second"));
      await client(1).untilReceived("second");
      giveUp(connection);
      expect((await client(0).response()).body).toBe("first");
      expect((await client(1).response()).body).toBe("second");
      for (const [place, target] of targets.entries()) {
        if (place >= 2) expect((await client(place).response()).body).toBe(target);
      }
      const records = await recordsOf(proxy, size);
      expect(targets.map((target) => records.get(target)?.attempts)).toEqual([1, 1, 2, 2, 2, 2]);
      expect(backend.requests).toHaveLength(4);
      expect(proxy.running.inFlight()).toBe(0);
    });

    test(`${how} inside an answer: that one is cut, those behind are tried again`, async () => {
      const { proxy, connection, targets, client } = await startBatch();
      connection.send(`${ok("first")}HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf`);
      await client(1).untilReceived("half");
      giveUp(connection);
      expect((await client(0).response()).body).toBe("first");
      await client(1).untilClosed();
      expect(client(1).errorCode).toBe("ECONNRESET");
      for (const [place, target] of targets.entries()) {
        if (place >= 2) expect((await client(place).response()).body).toBe(target);
      }
      const records = await recordsOf(proxy, size);
      expect(targets.map((target) => records.get(target)?.attempts)).toEqual([1, 1, 2, 2, 2, 2]);
      expect(records.get(targets[1] ?? "")?.error).toBe("http_response_incomplete");
    });

    test(`${how} inside a head: that one is a 502, those behind are tried again`, async () => {
      const { connection, targets, client } = await startBatch();
      connection.send(`${ok("first")}HTTP/1.1 200 OK\r\nContent-`);
      await client(0).untilReceived("first");
      giveUp(connection);
      expect(status(await client(1).response())).toBe(502);
      for (const [place, target] of targets.entries()) {
        if (place >= 2) expect((await client(place).response()).body).toBe(target);
      }
    });
  }

  test("with Connection: close has answered that one; those behind are tried again", async () => {
    const { proxy, connection, targets, client } = await startBatch();
    connection.send(ok("first") + ok("second", "Connection: close\r\n")).end();
    expect((await client(0).response()).body).toBe("first");
    expect((await client(1).response()).body).toBe("second");
    for (const [place, target] of targets.entries()) {
      if (place >= 2) expect((await client(place).response()).body).toBe(target);
    }
    const records = await recordsOf(proxy, size);
    expect(targets.map((target) => records.get(target)?.attempts)).toEqual([1, 1, 2, 2, 2, 2]);
  });

  test("with Connection: close is not believed when it goes on answering", async () => {
    const { connection, targets, client } = await startBatch();
    const poison = ok("POISON").repeat(size);
    connection.send(ok("first", "Connection: close\r\n") + poison);
    expect((await client(0).response()).body).toBe("first");
    for (const [place, target] of targets.entries()) {
      if (place >= 1) expect((await client(place).response()).body).toBe(target);
    }
  });

  test("with a body until close has answered that one; those behind are tried again", async () => {
    const { connection, targets, client } = await startBatch();
    connection.send(`${ok("first")}HTTP/1.1 200 OK\r\n\r\nuntil close`).end();
    expect((await client(0).response()).body).toBe("first");
    expect((await client(1).response()).body).toBe("until close");
    for (const [place, target] of targets.entries()) {
      if (place >= 2) expect((await client(place).response()).body).toBe(target);
    }
  });

  test("with HTTP/1.0 has answered that one; those behind are tried again", async () => {
    const { connection, targets, client } = await startBatch();
    connection.send("HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nold").end();
    expect((await client(0).response()).body).toBe("old");
    for (const [place, target] of targets.entries()) {
      if (place >= 1) expect((await client(place).response()).body).toBe(target);
    }
  });

  test.each([
    ["no HTTP", "garbage\r\n\r\n"],
    ["two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok"],
    ["a 101 that nobody asked for", "HTTP/1.1 101 X\r\nConnection: upgrade\r\nUpgrade: a\r\n\r\n"],
    ["interim responses without end", "HTTP/1.1 102 Processing\r\n\r\n".repeat(100)],
  ])("with %s is a 502 for that one; those behind are tried again", async (_, malformed) => {
    const { connection, targets, client } = await startBatch();
    connection.send(ok("first") + malformed + ok("POISON").repeat(size));
    expect((await client(0).response()).body).toBe("first");
    const final = async (one: RawClient): Promise<number> => {
      for (;;) {
        const code = status(await one.response());
        if (code >= 200) return code;
      }
    };
    expect(await final(client(1))).toBe(502);
    for (const [place, target] of targets.entries()) {
      if (place >= 2) expect((await client(place).response()).body).toBe(target);
    }
    await connection.untilEnded();
  });

  test("by not answering is a 504 for the first; those behind are tried again", async () => {
    const { proxy, connection, targets, client } = await startBatch({
      timeouts: { response: "300ms" },
    });
    expect(status(await client(0).response())).toBe(504);
    await connection.untilEnded();
    for (const [place, target] of targets.entries()) {
      if (place >= 1) expect((await client(place).response()).body).toBe(target);
    }
    const records = await recordsOf(proxy, size);
    expect(targets.map((target) => records.get(target)?.attempts)).toEqual([1, 2, 2, 2, 2, 2]);
    expect(proxy.running.inFlight()).toBe(0);
  });

  test("by not answering the third is a 504 for that one only", async () => {
    const { connection, targets, client } = await startBatch({ timeouts: { response: "300ms" } });
    connection.send(ok("first") + ok("second"));
    expect(status(await client(2).response())).toBe(504);
    for (const [place, target] of targets.entries()) {
      if (place >= 3) expect((await client(place).response()).body).toBe(target);
    }
  });

  test("after every answer still serves sixteen requests of one turn", async () => {
    const { proxy, backend } = await startBatching();
    const over = new Set<BackendConnection>();
    backend.answer = ({ line }, connection) => {
      if (over.has(connection)) return null;
      over.add(connection);
      connection.send(ok(line.split(" ")[1], "Connection: close\r\n")).end();
      return null;
    };
    const clients = await readyClients(proxy.port, 16);
    askTogether(clients);
    const codes = await Promise.all(clients.map(async (client) => status(await client.response())));
    expect(codes).toEqual(clients.map(() => 200));
  });
});

describe("a batch for a backend that is not there", () => {
  test("is served by another one", async () => {
    const backend = await startBackend(answerAll);
    const proxy = await startTestProxy({
      backends: [`http://127.0.0.1:${await refusingPort()}`, backend.url],
      pool: { connections: { pipelining: true } },
    });
    const clients = await readyClients(proxy.port, 12);
    askTogether(clients);
    for (const [index, client] of clients.entries()) {
      expect((await client.response()).body).toBe(`/${index}`);
    }
    const attempts = [...(await recordsOf(proxy, 12 + 6)).values()].map(
      (record) => record.attempts,
    );
    expect(attempts.toSorted((a, b) => a - b)).toEqual([1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2]);
    expect(proxy.running.inFlight()).toBe(0);
  });

  test("is a 502 for each when there is no other", async () => {
    const proxy = await startTestProxy({
      backends: [`http://127.0.0.1:${await refusingPort()}`],
      pool: { connections: { pipelining: true } },
    });
    const clients = await readyClients(proxy.port, 12);
    askTogether(clients);
    for (const client of clients) expect(status(await client.response())).toBe(502);
    for (const { attempts } of (await recordsOf(proxy, 12 + 6)).values()) expect(attempts).toBe(3);
    expect(proxy.running.inFlight()).toBe(0);
  });
});
