import { Scoreboard } from "@evenkeel/core";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type Message, status, value } from "./support/message.ts";
import { eventually } from "./support/peer.ts";
import { type BackendConnection, ok, refusingPort, startBackend } from "./support/raw-backend.ts";
import { type RawClient, openClient } from "./support/raw-client.ts";
import { type TestProxy, get, post, startTestProxy } from "./support/run-proxy.ts";

/** A backend that answers when it is told to, and notes how many it has at a time. */
class BusyBackend {
  readonly url: string;
  /** Targets in the order in which they came. */
  readonly seen: string[] = [];
  readonly bodies: string[] = [];
  most = 0;
  readonly #open: { readonly target: string; readonly connection: BackendConnection }[] = [];

  private constructor(url: string) {
    this.url = url;
  }

  static async start(): Promise<BusyBackend> {
    const backend = await startBackend();
    const busy = new BusyBackend(backend.url);
    backend.answer = (request, connection) => {
      busy.#take(request, connection);
      return null;
    };
    return busy;
  }

  get open(): number {
    return this.#open.length;
  }

  /** Answers the oldest, when there is one. */
  async answer(): Promise<void> {
    await eventually("the backend has a request", () => this.open > 0);
    const oldest = this.#open.shift();
    oldest?.connection.send(ok(oldest.target));
  }

  /** Resets the connection of the oldest. */
  cut(): void {
    this.#open.shift()?.connection.reset();
  }

  /** Answers each after a moment, so that others come meanwhile. */
  answerAll(): void {
    setInterval(() => {
      const oldest = this.#open.shift();
      oldest?.connection.send(ok(oldest.target));
    }, 1).unref();
  }

  #take({ line, body }: Message, connection: BackendConnection): void {
    const target = line.split(" ")[1] ?? "";
    this.#open.push({ target, connection });
    this.seen.push(target);
    this.bodies.push(body);
    this.most = Math.max(this.most, this.open);
  }
}

type Limits = Readonly<Record<string, unknown>>;

async function startLimited(
  backends: readonly BusyBackend[],
  limits: Limits,
  settings: { readonly pool?: Limits; readonly workers?: number } = {},
): Promise<TestProxy> {
  const { pool, workers = 0 } = settings;
  return await startTestProxy({
    backends: backends.map(({ url }) => url),
    pool: { limits: { queueTimeout: "30s", ...limits }, ...pool },
    top: { workers },
  });
}

async function openClients(port: number, count: number): Promise<RawClient[]> {
  return await Promise.all(Array.from({ length: count }, () => openClient(port)));
}

/** One backend with one place, taken by the first client. */
async function startFull(
  limits: Limits,
  clientCount: number,
): Promise<{ proxy: TestProxy; backend: BusyBackend; first: RawClient; rest: RawClient[] }> {
  const backend = await BusyBackend.start();
  const proxy = await startLimited([backend], { inFlightPerBackend: 1, ...limits });
  const [first, ...rest] = await openClients(proxy.port, clientCount + 1);
  first?.send(get("/first"));
  await eventually("the place is taken", () => backend.open === 1);
  return { proxy, backend, first: first as RawClient, rest };
}

/** What `startProxy` allocates. */
let board: Scoreboard | null = null;

beforeEach(() => {
  const allocate = Scoreboard.allocate.bind(Scoreboard);
  vi.spyOn(Scoreboard, "allocate").mockImplementation((shape) => (board = allocate(shape)));
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** Requests that wait, over all workers. */
function waiting(): number {
  if (board === null) throw new Error("no proxy was started");
  let sum = 0;
  for (let worker = 0; worker < board.shape.workers; worker++) sum += board.waitingIn(worker, 0);
  return sum;
}

async function sendInTurn(clients: readonly RawClient[]): Promise<void> {
  const before = waiting();
  for (const [index, client] of clients.entries()) {
    client.send(get(`/${index}`));
    await eventually(`request ${index} waits`, () => waiting() === before + index + 1);
  }
}

describe("a limit of two requests per backend", () => {
  test("lets ten requests through two backends, never more than two at one", async () => {
    const backends = [await BusyBackend.start(), await BusyBackend.start()];
    const proxy = await startLimited(backends, { inFlightPerBackend: 2 });
    const clients = await openClients(proxy.port, 10);
    clients.forEach((client, index) => client.send(get(`/${index}`)));
    await eventually("the others wait", () => waiting() === 6);
    for (const turn of [0, 1, 2, 3, 4]) {
      for (const backend of backends) await backend.answer();
      await eventually(`turn ${turn} is through`, () => proxy.records().length === 2 * turn + 2);
    }
    const bodies = await Promise.all(clients.map(async (client) => (await client.response()).body));
    expect(bodies).toEqual(clients.map((_, index) => `/${index}`));
    expect(backends.map(({ most }) => most)).toEqual([2, 2]);
    expect((await proxy.recorded(10)).every((record) => record.attempts === 1)).toBe(true);
    expect(waiting()).toBe(0);
  });

  test("is exceeded by one at most with two workers, and everybody is served", async () => {
    const backends = [await BusyBackend.start(), await BusyBackend.start()];
    const proxy = await startLimited(backends, { inFlightPerBackend: 2 }, { workers: 2 });
    for (const backend of backends) backend.answerAll();
    const clients = await openClients(proxy.port, 24);
    await Promise.all(
      clients.map(async (client) => {
        for (let turn = 0; turn < 10; turn++) {
          expect(status(await client.request(get()))).toBe(200);
        }
      }),
    );
    for (const { most } of backends) expect([2, 3]).toContain(most);
    await eventually("nobody waits", () => waiting() === 0);
  });
});

test("a limit of the pool holds whatever the backends", async () => {
  const backends = [await BusyBackend.start(), await BusyBackend.start()];
  const proxy = await startLimited(backends, { inFlight: 1 });
  const clients = await openClients(proxy.port, 4);
  for (const client of clients) client.send(get());
  for (let turn = 0; turn < 4; turn++) {
    await eventually("one is at a backend", () => backends.some(({ open }) => open === 1));
    await backends.find(({ open }) => open === 1)?.answer();
    await proxy.recorded(turn + 1);
    expect(backends.reduce((sum, { open }) => sum + open, 0)).toBeLessThanOrEqual(1);
  }
  expect(backends.map(({ seen }) => seen.length)).toEqual([2, 2]);
});

test("an adaptive limit begins with twenty", async () => {
  const backend = await BusyBackend.start();
  const proxy = await startLimited([backend], { adaptive: true });
  for (const client of await openClients(proxy.port, 25)) client.send(get());
  await eventually("five wait", () => waiting() === 5);
  await eventually("the others are at the backend", () => backend.open === 20);
  expect(proxy.running.inFlight()).toBe(20);
});

describe("whoever waits", () => {
  test("is served in the order of arrival", async () => {
    const { proxy, backend, rest } = await startFull({}, 4);
    await sendInTurn(rest);
    for (let turn = 0; turn < 5; turn++) await backend.answer();
    await proxy.recorded(5);
    expect(backend.seen).toEqual(["/first", "/0", "/1", "/2", "/3"]);
  });

  test("has its turn when a request ends, not when a timer looks", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    const { backend, rest } = await startFull({}, 2);
    await sendInTurn(rest);
    for (let turn = 0; turn < 3; turn++) await backend.answer();
    for (const client of rest) expect(status(await client.response())).toBe(200);
  });

  test("has a whole body sent when it is its turn", async () => {
    const { backend, rest } = await startFull({}, 1);
    const body = "x".repeat(200_000);
    rest[0]?.send(post(body));
    await eventually("it waits", () => waiting() === 1);
    await backend.answer();
    await backend.answer();
    expect(status((await rest[0]?.response()) as Message)).toBe(200);
    expect(backend.bodies[1]).toBe(body);
  });

  test("makes room for others when the client goes, and no backend hears of it", async () => {
    const { proxy, backend, rest } = await startFull({}, 3);
    await sendInTurn(rest);
    rest[1]?.reset();
    await eventually("it is gone", () => waiting() === 2);
    for (let turn = 0; turn < 3; turn++) await backend.answer();
    const records = await proxy.recorded(4);
    expect(backend.seen).toEqual(["/first", "/0", "/2"]);
    const gone = records.filter(({ status }) => status === 499);
    expect(
      gone.map(({ path, backend, attempts, error }) => [path, backend, attempts, error]),
    ).toEqual([["/1", null, 0, "client_aborted"]]);
  });

  test("after a refused connection waits for another backend, not for that one", async () => {
    const busy = await BusyBackend.start();
    const refusing = `http://127.0.0.1:${await refusingPort()}`;
    const proxy = await startTestProxy({
      backends: [busy.url, refusing],
      pool: { limits: { inFlightPerBackend: 1, queueTimeout: "30s" } },
    });
    const [one, other] = (await openClients(proxy.port, 2)) as [RawClient, RawClient];
    one.send(get("/one"));
    await eventually("the place is taken", () => busy.open === 1);
    other.send(get("/other"));
    await eventually("the retry waits", () => waiting() === 1);
    await busy.answer();
    await busy.answer();
    expect((await other.response()).body).toBe("/other");
    const records = await proxy.recorded(2);
    expect(records.map(({ attempts }) => attempts)).toEqual([1, 2]);
  });

  test("for another backend than the one that failed keeps nobody from that one", async () => {
    const backends = [await BusyBackend.start(), await BusyBackend.start()] as const;
    const proxy = await startLimited(backends, { inFlightPerBackend: 1 });
    const clients = await openClients(proxy.port, 3);
    const [one, retried, next] = clients as [RawClient, RawClient, RawClient];
    one.send(get("/one"));
    await eventually("the first is taken", () => backends[0].open === 1);
    retried.send(get("/retried"));
    await eventually("the second is taken", () => backends[1].open === 1);
    backends[1].cut();
    await eventually("the retry waits", () => waiting() === 1);
    next.send(get("/next"));
    await backends[1].answer();
    expect((await next.response()).body).toBe("/next");
    await backends[0].answer();
    await backends[0].answer();
    expect((await retried.response()).body).toBe("/retried");
  });

  test("hears at once that no backend is left", async () => {
    const { proxy, rest } = await startFull({}, 2);
    await sendInTurn(rest);
    board?.setReady(0, false);
    for (const client of rest) {
      const response = await client.response();
      expect(status(response)).toBe(503);
      expect(value(response, "proxy-status")).toBe("evenkeel; error=destination_unavailable");
    }
    expect(proxy.running.inFlight()).toBe(1);
  });

  test("is served before the proxy stops", async () => {
    const { proxy, backend, first, rest } = await startFull({}, 1);
    await sendInTurn(rest);
    const stopped = proxy.stop();
    await backend.answer();
    await backend.answer();
    expect((await first.response()).body).toBe("/first");
    expect((await rest[0]?.response())?.body).toBe("/0");
    for (const client of [first, ...rest]) client.end();
    expect(await stopped).toEqual({ isClean: true });
  });
});

describe("whoever is turned away", () => {
  function expectShed(response: Message, detail: string): void {
    expect(status(response)).toBe(503);
    expect(value(response, "retry-after")).toMatch(/^[123]$/);
    expect(value(response, "proxy-status")).toBe("evenkeel; error=connection_limit_reached");
    expect(JSON.parse(response.body)).toMatchObject({ error: "connection_limit_reached", detail });
  }

  test("because the queue is full gets 503 at once, and those who wait are served", async () => {
    const { proxy, backend, rest } = await startFull({ queue: 2 }, 3);
    await sendInTurn(rest.slice(0, 2));
    const response = await rest[2]?.request(get("/late"));
    expectShed(response as Message, "too many requests wait for a backend");
    for (let turn = 0; turn < 3; turn++) await backend.answer();
    const records = await proxy.recorded(4);
    expect(backend.seen).toEqual(["/first", "/0", "/1"]);
    expect(records.map(({ status, error }) => [status, error])).toContainEqual([
      503,
      "connection_limit_reached",
    ]);
    expect(proxy.notices.map(({ kind, message }) => [kind, message])).toEqual([
      ["requests-shed", "pool web: too many requests wait for a backend"],
    ]);
  });

  test("because it took too long gets 503, keeps its connection and may try again", async () => {
    const { proxy, backend, rest } = await startFull({ queueTimeout: "50ms" }, 1);
    const [client] = rest as [RawClient];
    const response = await client.request(get("/late"));
    expectShed(response, "no backend had room for the request in time");
    const [record] = await proxy.recorded(1);
    expect(record?.latency_ms).toBeGreaterThanOrEqual(50);
    expect([record?.attempts, record?.error]).toEqual([0, "connection_limit_reached"]);
    await backend.answer();
    client.send(get("/again"));
    await backend.answer();
    expect((await client.response()).body).toBe("/again");
    expect(backend.seen).toEqual(["/first", "/again"]);
  });

  test("with nobody allowed to wait hears so at once", async () => {
    const { rest } = await startFull({ queue: 0 }, 1);
    const response = await rest[0]?.request(get());
    expectShed(response as Message, "too many requests wait for a backend");
  });

  test("is nobody once the overload is over", async () => {
    const { proxy, backend, first, rest } = await startFull({ queue: 4, queueTimeout: "1s" }, 12);
    rest.forEach((client, index) => client.send(get(`/${index}`)));
    await proxy.recorded(8);
    backend.answerAll();
    await proxy.recorded(13);
    await first.response();
    for (const client of rest) await client.response();
    expect(waiting()).toBe(0);
    const before = proxy.records().length;
    for (const client of rest) expect(status(await client.request(get()))).toBe(200);
    expect(
      proxy
        .records()
        .slice(before)
        .every(({ status }) => status === 200),
    ).toBe(true);
    expect(backend.most).toBe(1);
  });
});

test("workers share what becomes free by how many wait in them", async () => {
  const backend = await BusyBackend.start();
  const limits = { inFlightPerBackend: 2, queueTimeout: "60s" };
  const proxy = await startLimited([backend], limits, { workers: 2 });
  backend.answerAll();
  const clients = await openClients(proxy.port, 24);
  const rounds = 30;
  await Promise.all(
    clients.map(async (client) => {
      for (let round = 0; round < rounds; round++) await client.request(get());
    }),
  );
  const records = await proxy.recorded(clients.length * rounds);
  const firstHalf = records.slice(0, records.length / 2);
  const workerOf = ({ request_id }: { request_id: string }): string =>
    request_id.split("-")[0] ?? "";
  const progress = [...Map.groupBy(records, workerOf)].map(([worker, { length }]) => {
    return firstHalf.filter((record) => workerOf(record) === worker).length / length;
  });
  // Left alone, the worker that comes first would be through before the other one gets anything.
  expect(Math.min(...progress) / Math.max(...progress)).toBeGreaterThan(0.4);
});
