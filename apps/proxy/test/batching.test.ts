import { describe, expect, test } from "vitest";
import {
  askTogether,
  numberOf,
  readyClients,
  sendTogether,
  startBatching,
  untilWaiting,
  waitingOn,
} from "./support/batch.ts";
import { eventually } from "./support/peer.ts";
import { type RawBackend, ok } from "./support/raw-backend.ts";
import type { RawClient } from "./support/raw-client.ts";
import { get, post, startPair } from "./support/run-proxy.ts";
import { upgrade } from "./support/tunnel.ts";

function at(clients: readonly RawClient[], target: string | undefined): RawClient {
  const client = clients[numberOf(target ?? "")];
  if (client === undefined) throw new Error(`no client asked for ${target}`);
  return client;
}

/** How many requests wait on each connection, once so many wait on all of them. */
async function spread(backend: RawBackend, count: number): Promise<number[]> {
  const sizes = (): number[] => backend.connections.map((one) => waitingOn(one).length);
  await eventually(`${count} requests wait`, () => sizes().reduce((a, b) => a + b, 0) === count);
  return sizes().toSorted((a, b) => b - a);
}

describe("requests that are ready in one turn", () => {
  test("share one connection, in one write, before any of them is answered", async () => {
    const { proxy, backend } = await startBatching();
    const clients = await readyClients(proxy.port, 8);
    const chunks: string[] = [];
    backend.server.on("connection", (socket) => {
      socket.on("data", (data: Buffer) => chunks.push(data.latin1Slice()));
    });
    askTogether(clients);
    const connection = await backend.connection();
    const targets = await untilWaiting(connection, 8);
    expect(backend.connections).toHaveLength(1);
    expect(chunks).toHaveLength(1);
    expect(targets.toSorted()).toEqual(clients.map((_, index) => `/${index}`));
    expect(proxy.running.inFlight()).toBe(8);

    connection.send(targets.map((target) => ok(`for ${target}`)).join(""));
    for (const target of targets) {
      expect((await at(clients, target).response()).body).toBe(`for ${target}`);
    }
    expect(proxy.running.inFlight()).toBe(0);
    const records = await proxy.recorded(16);
    expect(records.filter(({ method }) => method === "GET")).toHaveLength(8);
    for (const { status, attempts } of records.slice(8))
      expect([status, attempts]).toEqual([200, 1]);
  });

  test("share a kept connection as well as a new one", async () => {
    const { proxy, backend } = await startBatching();
    const clients = await readyClients(proxy.port, 8);
    for (let round = 0; round < 20; round++) {
      askTogether(clients);
      const connection = await backend.connection();
      const targets = await untilWaiting(connection, 8);
      connection.takeReceived();
      connection.send(targets.map((target) => ok(`${round} ${target}`)).join(""));
      for (const target of targets) {
        expect((await at(clients, target).response()).body).toBe(`${round} ${target}`);
      }
    }
    expect(backend.connections).toHaveLength(1);
  });

  test("are sixteen on a connection at most", async () => {
    const { proxy, backend } = await startBatching();
    const clients = await readyClients(proxy.port, 40);
    askTogether(clients);
    expect(await spread(backend, 40)).toEqual([16, 16, 8]);
  });

  test("do not join requests of an earlier turn", async () => {
    const { proxy, backend } = await startBatching();
    const [first, second] = (await readyClients(proxy.port, 2)) as [RawClient, RawClient];
    first.send(get("/0"));
    const connection = await backend.connection();
    await untilWaiting(connection, 1);
    second.send(get("/1"));
    await untilWaiting(await backend.connection(1), 1);
    expect(waitingOn(connection)).toEqual(["/0"]);
  });

  test("are each alone without connections.pipelining", async () => {
    const { proxy, backend } = await startPair();
    const clients = await readyClients(proxy.port, 8);
    askTogether(clients);
    expect(await spread(backend, 8)).toEqual([1, 1, 1, 1, 1, 1, 1, 1]);
  });

  test("are spread over the backends by the strategy first", async () => {
    const {
      proxy,
      backends: [one, other],
    } = await startBatching(2);
    const clients = await readyClients(proxy.port, 8);
    askTogether(clients);
    expect(await spread(one as RawBackend, 4)).toEqual([4]);
    expect(await spread(other as RawBackend, 4)).toEqual([4]);
  });

  test.each([
    ["POST", post("body")],
    ["POST without a body", "POST / HTTP/1.1\r\nHost: a\r\n\r\n"],
    ["PATCH without a body", "PATCH / HTTP/1.1\r\nHost: a\r\n\r\n"],
    ["an unknown method", "FOO / HTTP/1.1\r\nHost: a\r\n\r\n"],
    ["PUT with a body", post("body").replace("POST", "PUT")],
    ["GET with a body", post("body").replace("POST", "GET")],
    ["GET with chunks", get("/", "Transfer-Encoding: chunked\r\n").concat("0\r\n\r\n")],
    ["an expectation", post("", "Expect: 100-continue\r\n").replace("Length: 0", "Length: 4")],
    ["an upgrade", upgrade()],
  ])("never share with %s", async (_, request) => {
    const { proxy, backend } = await startBatching();
    const clients = await readyClients(proxy.port, 7);
    sendTogether(clients, (index) => (index === 2 || index === 3 ? request : get(`/${index}`)));
    expect(await spread(backend, 7)).toEqual([5, 1, 1]);
  });

  test.each(["HEAD", "PUT", "DELETE", "OPTIONS"])("may be of method %s", async (method) => {
    const { proxy, backend } = await startBatching();
    const clients = await readyClients(proxy.port, 3);
    sendTogether(clients, () => `${method} / HTTP/1.1\r\nHost: a\r\n\r\n`);
    expect(await spread(backend, 3)).toEqual([3]);
  });
});

describe("the answers of a batch", () => {
  test("have a HEAD among them, whose length is no body", async () => {
    const { proxy, backend } = await startBatching();
    const clients = await readyClients(proxy.port, 4);
    sendTogether(clients, (index) => {
      return `${index % 2 === 0 ? "HEAD" : "GET"} /${index} HTTP/1.1\r\nHost: a\r\n\r\n`;
    });
    const connection = await backend.connection();
    const targets = await untilWaiting(connection, 4);
    const isHead = (target: string): boolean => numberOf(target) % 2 === 0;
    const answers = targets.map((target) => {
      const answer = ok(
        `HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n${target}`,
        `X-For: ${target}\r\n`,
      );
      return isHead(target) ? answer.slice(0, answer.indexOf("\r\n\r\n") + 4) : answer;
    });
    connection.send(answers.join(""));
    for (const target of targets) {
      const client = at(clients, target);
      const kind = isHead(target) ? "bodyless-response" : "response";
      const response = await client.response(kind);
      expect(response.head).toContain(`X-For: ${target}\r\n`);
      expect(response.body.endsWith(target)).toBe(!isHead(target));
      expect(client.received).toBe("");
    }
    expect(backend.openConnections).toHaveLength(1);
  });

  test.each([0, 1, 2])("may begin with interim responses, number %i here", async (position) => {
    const { proxy, backend } = await startBatching();
    const clients = await readyClients(proxy.port, 3);
    askTogether(clients);
    const connection = await backend.connection();
    const targets = await untilWaiting(connection, 3);
    const hints = `HTTP/1.1 103 Early Hints\r\nLink: <${targets[position]}>\r\n\r\n`;
    const answers = targets.map(
      (target, index) => (index === position ? hints.repeat(3) : "") + ok(target),
    );
    connection.send(answers.join(""));
    for (const [index, target] of targets.entries()) {
      const client = at(clients, target);
      for (let hint = 0; hint < (index === position ? 3 : 0); hint++) {
        expect((await client.response()).head).toBe(hints);
      }
      expect((await client.response()).body).toBe(target);
      expect(client.received).toBe("");
    }
  });

  test("reach a client each as they come, not when all are there", async () => {
    const { proxy, backend } = await startBatching();
    const clients = await readyClients(proxy.port, 3);
    askTogether(clients);
    const connection = await backend.connection();
    for (const [index, target] of (await untilWaiting(connection, 3)).entries()) {
      connection.send(ok(target));
      expect((await at(clients, target).response()).body).toBe(target);
      expect(proxy.running.inFlight()).toBe(2 - index);
    }
  });

  test("reach HTTP/1.0 clients without chunks and without interim responses", async () => {
    const { proxy, backend } = await startBatching();
    const clients = await readyClients(proxy.port, 2);
    sendTogether(clients, (index) => `GET /${index} HTTP/1.0\r\n\r\n`);
    const connection = await backend.connection();
    const chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n";
    await untilWaiting(connection, 2);
    connection.send(`HTTP/1.1 102 Processing\r\n\r\n${chunked}${chunked}`);
    for (const client of clients) {
      expect((await client.response()).body).toBe("ok");
      await client.untilEnded();
    }
  });

  test("that are more than was asked for end the connection and reach nobody", async () => {
    const { proxy, backend } = await startBatching();
    const clients = await readyClients(proxy.port, 2);
    askTogether(clients);
    const connection = await backend.connection();
    const targets = await untilWaiting(connection, 2);
    connection.send(`${targets.map((target) => ok(target)).join("")}${ok("POISON")}`);
    for (const target of targets) expect((await at(clients, target).response()).body).toBe(target);
    await connection.untilEnded();
    askTogether(clients);
    const next = await backend.connection(1);
    const nextTargets = await untilWaiting(next, 2);
    next.send(nextTargets.map((target) => ok(`again ${target}`)).join(""));
    for (const target of nextTargets) {
      expect((await at(clients, target).response()).body).toBe(`again ${target}`);
    }
  });
});
