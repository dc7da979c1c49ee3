import { Worker } from "node:worker_threads";
import { Scoreboard } from "@evenkeel/core";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { eventually } from "./support/peer.ts";
import { type RawBackend, ok, startBackend } from "./support/raw-backend.ts";
import { type RawClient, openClient } from "./support/raw-client.ts";
import { type TestProxy, get, startTestProxy } from "./support/run-proxy.ts";

const workers = 4;
const clientCount = 64;
const backendCount = 5;

/** What `startProxy` allocates. */
let board: Scoreboard | null = null;

beforeEach(() => {
  const allocate = Scoreboard.allocate.bind(Scoreboard);
  vi.spyOn(Scoreboard, "allocate").mockImplementation((shape) => (board = allocate(shape)));
});

afterEach(() => {
  vi.restoreAllMocks();
});

interface Fleet {
  readonly proxy: TestProxy;
  readonly backends: readonly RawBackend[];
  readonly clients: readonly RawClient[];
}

async function startFleet(strategy: string, answer: (() => string) | null = null): Promise<Fleet> {
  const start = (): Promise<RawBackend> => startBackend(answer);
  const backends = await Promise.all(Array.from({ length: backendCount }, start));
  const proxy = await startTestProxy({
    backends: backends.map(({ url }) => url),
    pool: { strategy },
    top: { workers },
  });
  const connect = (): Promise<RawClient> => openClient(proxy.port);
  const clients = await Promise.all(Array.from({ length: clientCount }, connect));
  return { proxy, backends, clients };
}

/** Attempts in flight at each backend, over all workers. */
function inFlight(): number[] {
  return Array.from({ length: backendCount }, (_, slot) => board?.inFlight(slot) ?? 0);
}

function spread(counts: readonly number[]): number {
  return Math.max(...counts) - Math.min(...counts);
}

async function answerAll({ backends, clients }: Fleet): Promise<void> {
  for (const { connections } of backends) {
    for (const connection of connections) connection.send(ok());
  }
  await Promise.all(clients.map((client) => client.response()));
}

function servingWorkers(proxy: TestProxy): Set<string | undefined> {
  return new Set(proxy.records().map((record) => record.request_id.split("-")[0]));
}

test("four workers give 64 concurrent clients exact turns", async () => {
  const { proxy, backends, clients } = await startFleet("round-robin", () => ok());
  await Promise.all(
    clients.map(async (client) => {
      for (let turn = 0; turn < 16; turn++) await client.request(get());
    }),
  );
  const counts = backends.map(({ requests }) => requests.length);
  const records = await proxy.recorded(clientCount * 16);
  expect(records.every(({ attempts, status }) => attempts === 1 && status === 200)).toBe(true);
  expect(servingWorkers(proxy).size).toBeGreaterThan(1);
  // Turns of each worker's own would be off by up to one per worker.
  expect(counts.reduce((sum, count) => sum + count)).toBe(clientCount * 16);
  expect(spread(counts)).toBe(1);
  expect(inFlight()).toEqual([0, 0, 0, 0, 0]);
});

describe("least-connections over four workers", () => {
  test("never picks above the minimum when requests come one by one", async () => {
    const fleet = await startFleet("least-connections");
    for (const [index, client] of fleet.clients.entries()) {
      client.send(get());
      await eventually(
        `request ${index} is in flight`,
        () => fleet.proxy.running.inFlight() > index,
      );
      expect(spread(inFlight())).toBeLessThanOrEqual(1);
    }
    await eventually("all have arrived", () => {
      return fleet.backends.flatMap(({ connections }) => connections).length === clientCount;
    });
    await answerAll(fleet);
    await fleet.proxy.recorded(clientCount);
    expect(servingWorkers(fleet.proxy).size).toBeGreaterThan(1);
    expect(inFlight()).toEqual([0, 0, 0, 0, 0]);
  });

  /*
   * A worker reads the counts and then adds its own, so each of the others may have chosen the same
   * backend meanwhile, once: of the last `workers + 1` additions to one backend two are the same
   * worker's, and its later choice saw the earlier addition. While no request ends, the fullest backend
   * is therefore never more than `workers` above the emptiest.
   */
  test("is at most one request per worker off when 64 come at once", async () => {
    const fleet = await startFleet("least-connections");
    for (const client of fleet.clients) client.send(get());
    await eventually("all are in flight", () => {
      return fleet.proxy.running.inFlight() === clientCount;
    });
    expect(spread(inFlight())).toBeLessThanOrEqual(workers);
  });

  test("counts a killed worker's requests out at each backend", async () => {
    const spy = vi.spyOn(Worker.prototype, "on");
    const fleet = await startFleet("least-connections");
    for (const client of fleet.clients) client.send(get());
    const open = (): number[] => fleet.backends.map((backend) => backend.openConnections.length);
    const isSettled = (): boolean => String(open()) === String(inFlight());
    await eventually("every attempt has a connection", () => {
      return fleet.proxy.running.inFlight() === clientCount && isSettled();
    });
    const [victim] = new Set(spy.mock.contexts as Worker[]);
    await victim?.terminate();
    await eventually("only what the others serve is counted", () => {
      return fleet.proxy.crashes.length === 1 && isSettled();
    });
    const lost = fleet.clients.filter(({ isEnded, isClosed }) => isEnded || isClosed);
    expect(fleet.proxy.running.inFlight()).toBe(clientCount - lost.length);
  });
});
