import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { seededRandom } from "../seeded-random.ts";
import { poissonArrivals } from "./arrivals.ts";
import { latencyLoad } from "./latency-load.ts";
import type { LatencyLoadResult } from "./load-result.ts";

async function serve(
  handler: RequestListener,
  change: (server: Server) => void = () => undefined,
): Promise<number> {
  const server = createServer(handler);
  change(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return (server.address() as AddressInfo).port;
}

const answer: RequestListener = (_request, response) => response.end("ok");

const plan = {
  target: "/bytes/102",
  throughRate: 200,
  directRate: 200,
  connections: 64,
  warmupMs: 100,
  durationMs: 500,
  drainMs: 5000,
  schedstatFiles: [],
  seed: 1,
};

/** For servers that never answer all. */
const shortDrainMs = 300;

function loaded(
  directPort: number,
  throughPort: number,
  drainMs = plan.drainMs,
): Promise<LatencyLoadResult> {
  return latencyLoad({ ...plan, drainMs, directPort, throughPort });
}

const RATE = plan.throughRate + plan.directRate;

/** Requests whose moments lie in the counted time. */
function countedRequests(): number {
  let count = 0;
  for (const dueMs of poissonArrivals(RATE, seededRandom(plan.seed))) {
    if (dueMs > plan.warmupMs + plan.durationMs) return count;
    if (dueMs >= plan.warmupMs) count += 1;
  }
  return count;
}

test("requests go both ways by chance, and each answer after the warm-up is counted once", async () => {
  let seen = 0;
  const counting: RequestListener = (request, response) => {
    if (request.url === plan.target) seen += 1;
    answer(request, response);
  };
  const { direct, through, errors } = await loaded(await serve(counting), await serve(counting));
  expect(errors).toBe(0);
  expect(direct.latenciesMs.length + through.latenciesMs.length).toBe(countedRequests());
  expect(seen).toBeGreaterThan(countedRequests());
  for (const { dueAtMs, latenciesMs } of [direct, through]) {
    expect(dueAtMs.length).toBe(latenciesMs.length);
    expect(dueAtMs.length).toBeGreaterThan(countedRequests() / 4);
    expect(Math.min(...dueAtMs)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...dueAtMs)).toBeLessThanOrEqual(plan.durationMs);
    expect(Math.min(...latenciesMs)).toBeGreaterThan(0);
  }
});

test("a delay on one way is found there alone", async () => {
  const delayMs = 200;
  const late: RequestListener = (request, response) => {
    setTimeout(() => answer(request, response), delayMs);
  };
  const { direct, through, errors } = await loaded(await serve(answer), await serve(late));
  expect(errors).toBe(0);
  expect(Math.min(...through.latenciesMs)).toBeGreaterThan(delayMs - 2);
  expect(Math.min(...direct.latenciesMs)).toBeLessThan(delayMs / 2);
});

test("requests go on while earlier ones have no answer, so a stall shows in all of them", async () => {
  const held: (() => void)[] = [];
  const stalled = await serve((request, response) => {
    held.push(() => answer(request, response));
    if (held.length >= 40) for (const release of held.splice(0)) release();
  });
  const { through, errors } = await loaded(await serve(answer), stalled, shortDrainMs);
  expect(through.latenciesMs.length).toBeGreaterThanOrEqual(40);
  // The last few are never released.
  expect(errors).toBeLessThan(40);
});

test("connections that the server ends with an answer cause no errors", async () => {
  const closing = await serve(answer, (server) => (server.maxRequestsPerSocket = 3));
  const { through, errors } = await loaded(await serve(answer), closing);
  expect(errors).toBe(0);
  expect(through.latenciesMs.length).toBeGreaterThan(50);
});

test("requests that find no idle connection are sent late, and that is part of what they take", async () => {
  const late: RequestListener = (request, response) => {
    setTimeout(() => answer(request, response), 50);
  };
  const directPort = await serve(answer);
  const throughPort = await serve(late);
  // Room for 40 requests a second where 200 are wanted.
  const { lagP99Ms, through } = await latencyLoad({
    ...plan,
    connections: 2,
    directPort,
    throughPort,
  });
  expect(lagP99Ms).toBeGreaterThan(100);
  expect(Math.max(...through.latenciesMs)).toBeGreaterThan(100);
});

test("a server that stops answering does not hold up the end", async () => {
  const silent = await serve(() => undefined);
  const directPort = await serve(answer);
  const { through, errors } = await latencyLoad({
    ...plan,
    connections: 2,
    drainMs: shortDrainMs,
    directPort,
    throughPort: silent,
  });
  expect(through.latenciesMs).toEqual([]);
  expect(errors).toBe(2);
});

test("an answer that is no 200 is an error and no latency", async () => {
  const failing = await serve((_request, response) => response.writeHead(502).end("no"));
  const { direct, through, errors } = await loaded(await serve(answer), failing);
  expect(through.latenciesMs).toEqual([]);
  expect(errors).toBeGreaterThan(50);
  expect(direct.latenciesMs.length).toBeGreaterThan(50);
});

test("each way gets its share of the requests", async () => {
  const port = await serve(answer);
  const { direct, through } = await latencyLoad({
    ...plan,
    throughRate: 1800,
    directPort: port,
    throughPort: port,
  });
  const share =
    direct.latenciesMs.length / (direct.latenciesMs.length + through.latenciesMs.length);
  expect(share).toBeGreaterThan(0.07);
  expect(share).toBeLessThan(0.13);
});
