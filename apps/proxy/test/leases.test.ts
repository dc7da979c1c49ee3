import { Scoreboard } from "@evenkeel/core";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { eventually } from "./support/peer.ts";
import {
  type BackendConnection,
  type RawBackend,
  ok,
  refusingPort,
  startBackend,
} from "./support/raw-backend.ts";
import { type RawClient, openClient } from "./support/raw-client.ts";
import { type TestProxy, get, post, startTestProxy } from "./support/run-proxy.ts";
import { switching, upgrade } from "./support/tunnel.ts";

/*
 * However an attempt ends, it is counted out once. Beside it a tunnel is open at the same backend all
 * the time, because a count that is given back twice would otherwise be missed where 0 is expected.
 */

/** Every attempt that began and ended, as the row of its backend. */
let began: number[] = [];
let ended: number[] = [];
/** What `startProxy` allocates. */
let board: Scoreboard | null = null;

beforeEach(() => {
  began = watch("started");
  ended = watch("ended");
  const allocate = Scoreboard.allocate.bind(Scoreboard);
  vi.spyOn(Scoreboard, "allocate").mockImplementation((shape) => (board = allocate(shape)));
});

afterEach(() => {
  vi.restoreAllMocks();
});

function watch(method: "started" | "ended"): number[] {
  const rows: number[] = [];
  const original = Scoreboard.prototype[method];
  vi.spyOn(Scoreboard.prototype, method).mockImplementation(function note(
    this: Scoreboard,
    worker: number,
    slot: number,
  ) {
    rows.push(slot);
    original.call(this, worker, slot);
  });
  return rows;
}

/** Attempts in flight at the backend of this number, as the data plane itself sees them. */
function inFlight(slot = 0): number {
  if (board === null) throw new Error("no proxy was started");
  return board.inFlight(slot);
}

interface Held {
  readonly proxy: TestProxy;
  readonly backend: RawBackend;
  /** Closes the tunnel. */
  readonly letGo: () => Promise<void>;
}

async function startHeld(pool: Readonly<Record<string, unknown>> = {}): Promise<Held> {
  const backend = await startBackend();
  const proxy = await startTestProxy({ backends: [backend.url], pool });
  const holder = await openClient(proxy.port);
  holder.send(upgrade());
  const connection = await backend.connection(0);
  await connection.head();
  connection.send(switching());
  await holder.untilReceived("\r\n\r\n");
  const letGo = async (): Promise<void> => {
    holder.reset();
    await proxy.untilQuiet();
  };
  return { proxy, backend, letGo };
}

type Script = (client: RawClient, connection: BackendConnection) => unknown;

const chunkedHead = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
const longHead = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart";
const uploadHead = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\npart";
const noRetry = { retry: { maxRetries: 0 } };

/** Begins a response and waits until the client has some of it. */
async function begin(client: RawClient, connection: BackendConnection): Promise<void> {
  connection.send(longHead);
  await client.untilReceived("part");
}

async function openSecondTunnel(client: RawClient, connection: BackendConnection): Promise<void> {
  connection.send(switching());
  await client.untilReceived("\r\n\r\n");
}

const ends: readonly (readonly [
  name: string,
  request: string,
  pool: Readonly<Record<string, unknown>>,
  script: Script,
])[] = [
  ["a response of known length", get(), {}, (_, connection) => connection.send(ok())],
  [
    "the last chunk of a response",
    get(),
    {},
    (_, connection) => connection.send(`${chunkedHead}2\r\nok\r\n0\r\n\r\n`),
  ],
  [
    "a response that the end of the connection delimits",
    get(),
    {},
    (_, connection) => connection.send("HTTP/1.1 200 OK\r\n\r\nok").end(),
  ],
  ["an error page of the backend", post("x"), {}, (_, c) => c.send(ok().replace("200", "500"))],
  ["an answer before the upload is whole", uploadHead, {}, (_, c) => c.send(ok())],
  ["a client that aborts while it waits", get(), {}, (client) => client.reset()],
  ["a client that aborts its upload", uploadHead, {}, (client) => client.reset()],
  [
    "a client that aborts in the middle of the response",
    get(),
    {},
    async (client, connection) => {
      await begin(client, connection);
      client.reset();
    },
  ],
  ["a backend that resets before it answers", post("x"), noRetry, (_, c) => c.reset()],
  [
    "a backend that resets in the middle of its response",
    get(),
    {},
    async (client, connection) => {
      await begin(client, connection);
      connection.reset();
    },
  ],
  ["a backend that sends no HTTP", post("x"), noRetry, (_, c) => c.send("SSH-2.0\r\n\r\n")],
  ["a backend that does not answer in time", get(), { timeouts: { response: "200ms" } }, () => {}],
  ["a backend that falls silent", get(), { timeouts: { idle: "200ms" } }, begin],
  ["an upgrade that the backend refuses", upgrade(), {}, (_, c) => c.send(ok())],
  [
    "a tunnel that the client ends",
    upgrade(),
    {},
    async (client, connection) => {
      await openSecondTunnel(client, connection);
      client.end();
      await connection.untilEnded();
      connection.end();
    },
  ],
  [
    "a tunnel that the client cuts",
    upgrade(),
    {},
    async (client, connection) => {
      await openSecondTunnel(client, connection);
      client.reset();
    },
  ],
  [
    "a tunnel that the backend ends",
    upgrade(),
    {},
    async (client, connection) => {
      await openSecondTunnel(client, connection);
      connection.end();
      await client.untilEnded();
      client.end();
    },
  ],
];

describe("the count in flight falls by one, once, after", () => {
  test.each(ends)("%s", async (_, request, pool, script) => {
    const { proxy, backend, letGo } = await startHeld(pool);
    expect(inFlight()).toBe(1);
    const client = await openClient(proxy.port);
    client.send(request);
    const connection = await backend.connection(1);
    await connection.untilReceived("\r\n\r\n");
    expect(inFlight()).toBe(2);
    await script(client, connection);
    await proxy.recorded(1);
    await eventually("the attempt is counted out", () => inFlight() < 2);
    expect(inFlight()).toBe(1);
    await letGo();
    expect(inFlight()).toBe(0);
    expect(began).toEqual([0, 0]);
    expect(ended).toEqual([0, 0]);
  });
});

test("a refused connection is counted out before the next backend is counted in", async () => {
  const backend = await startBackend(() => ok());
  const refusing = `http://127.0.0.1:${await refusingPort()}`;
  const proxy = await startTestProxy({ backends: [refusing, backend.url] });
  const client = await openClient(proxy.port);
  expect((await client.request(get())).body).toBe("ok");
  expect([inFlight(0), inFlight(1)]).toEqual([0, 0]);
  expect(began).toEqual([0, 1]);
  expect(ended).toEqual([0, 1]);
});

test("an answer that is asked for again elsewhere is counted out before the next is counted in", async () => {
  const busy = await startBackend(() => ok().replace("200", "503"));
  const backend = await startBackend(() => ok());
  const pool = { retry: { statuses: [503] } };
  const proxy = await startTestProxy({ backends: [busy.url, backend.url], pool });
  const client = await openClient(proxy.port);
  expect((await client.request(get())).line).toBe("HTTP/1.1 200 OK");
  expect([inFlight(0), inFlight(1)]).toEqual([0, 0]);
  expect(began).toEqual([0, 1]);
  expect(ended).toEqual([0, 1]);
});

test("every try of a request that nobody takes is counted out", async () => {
  const refusing = `http://127.0.0.1:${await refusingPort()}`;
  const proxy = await startTestProxy({ backends: [refusing] });
  const client = await openClient(proxy.port);
  expect((await client.request(get())).line).toBe("HTTP/1.1 502 Bad Gateway");
  expect(inFlight()).toBe(0);
  expect(began).toEqual([0, 0, 0]);
  expect(ended).toEqual([0, 0, 0]);
});

test("requests that a broken batch displaces are counted out and in again", async () => {
  const backend = await startBackend();
  const pool = { connections: { pipelining: true } };
  const proxy = await startTestProxy({ backends: [backend.url], pool });
  const clients = await Promise.all([1, 2, 3].map(() => openClient(proxy.port)));
  for (const client of clients) client.send(get());
  await eventually("all are in flight", () => inFlight() === 3);
  const first = await backend.connection(0);
  await first.untilReceived("\r\n\r\n");
  backend.answer = () => ok("again");
  first.reset();
  for (const connection of backend.connections.slice(1)) connection.reset();
  const bodies = await Promise.all(clients.map(async (client) => (await client.response()).body));
  expect(bodies).toEqual(["again", "again", "again"]);
  await proxy.recorded(3);
  expect(inFlight()).toBe(0);
  expect(ended).toHaveLength(began.length);
});

test("what a shutdown cuts off is counted out", async () => {
  const backend = await startBackend();
  const proxy = await startTestProxy({
    backends: [backend.url],
    top: { shutdown: { timeout: "100ms" } },
  });
  const client = await openClient(proxy.port);
  client.send(get());
  await (await backend.connection()).request();
  expect(inFlight()).toBe(1);
  expect(await proxy.stop()).toEqual({ isClean: false });
  await eventually("it is counted out", () => inFlight() === 0);
  expect(ended).toEqual([0]);
});
