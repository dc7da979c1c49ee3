/*
 * A thousand reloads of a balancer under load, each with another backend, route, limit and listener, and
 * sometimes a file with a mistake. Nothing may fail, and what the old generations held must be gone: the heap
 * of every thread after a garbage collection is what it was after the first hundred.
 *
 *   node apps/proxy/test/long/reloads.ts [reloads] [workers]
 */
import { once } from "node:events";
import { type IncomingMessage, type ServerResponse, createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { Agent, request } from "undici";
import { HeapWatch } from "../support/heap-watch.ts";
import { spawnProxy } from "../support/spawned-proxy.ts";

const reloads = Number(process.argv[2] ?? 1_000);
const workers = Number(process.argv[3] ?? 2);
const every = Math.max(1, Math.floor(reloads / 10));
const KiB = 1024;
/** Of one thread, from a tenth of the reloads to their end. */
const allowedGrowthBytes = 512 * KiB;

async function startBackend(name: string): Promise<string> {
  const server = createServer((_: IncomingMessage, response: ServerResponse) => {
    response.setHeader("x-backend", name);
    response.end("ok");
  });
  server.keepAliveTimeout = 60_000;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Every generation differs from the one before in all that a reload can change. */
function generation(
  turn: number,
  urls: readonly string[],
  ports: readonly number[],
): Readonly<Record<string, unknown>> {
  const backends = [urls[0], urls[1 + (turn % 3)]];
  return {
    workers,
    accessLog: "off",
    admin: "127.0.0.1:0",
    listeners: [
      { address: "127.0.0.1:0", timeouts: { send: `${60 + (turn % 7)}s` } },
      { address: `127.0.0.1:${ports[turn % 2]}` },
    ],
    pools: {
      web: {
        backends,
        strategy: ["round-robin", "least-connections", "peak-ewma", "maglev"][turn % 4],
        healthCheck: { path: "/", interval: "500ms", timeout: "30s" },
        timeouts: { response: `${20 + (turn % 5)}s` },
        limits: { inFlightPerBackend: 100 + (turn % 2) },
        hedge: { quantile: "99%", budget: "5%" },
        sticky: { cookie: "S", secret: "s".repeat(32 + (turn % 2)) },
      },
      [`extra-${turn % 10}`]: { backends: [urls[1 + (turn % 2)]], healthCheck: false },
    },
    routes: [
      ...Array.from({ length: 20 }, (_, index) => ({
        path: `/turn-${turn}/${index}`,
        pool: `extra-${turn % 10}`,
      })),
      { path: "/limited", pool: "web", rateLimit: { rate: `${1_000 + turn}/s`, burst: 1_000 } },
      { pool: "web" },
    ],
  };
}

interface Tally {
  served: number;
  readonly failures: string[];
}

async function beClient(port: number, tally: Tally, isOver: () => boolean): Promise<void> {
  const agent = new Agent({ connections: 1, allowH2: false });
  while (!isOver()) {
    try {
      const { statusCode, body } = await request(`http://127.0.0.1:${port}/`, {
        dispatcher: agent,
      });
      const text = await body.text();
      if (statusCode === 200) tally.served++;
      else tally.failures.push(`${statusCode} ${text}`);
    } catch (error) {
      tally.failures.push(String(error));
    }
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  await agent.destroy();
}

async function freePorts(count: number): Promise<readonly number[]> {
  const ports: number[] = [];
  for (let port = 23_000 + Math.floor(Math.random() * 5_000); ports.length < count; port++) {
    const socket = connect({ port, host: "127.0.0.1" });
    const isFree = await new Promise<boolean>((resolve) => {
      socket.once("error", () => resolve(true));
      socket.once("connect", () => resolve(false));
    });
    socket.destroy();
    if (isFree) ports.push(port);
  }
  return ports;
}

function inMiB(bytes: number): string {
  return `${(bytes / KiB / KiB).toFixed(2)} MiB`;
}

const urls = await Promise.all(["a", "b", "c", "d"].map(startBackend));
const ports = await freePorts(2);
const proxy = await spawnProxy({ config: generation(0, urls, ports), inspect: true });
const tally: Tally = { served: 0, failures: [] };
const state = { isOver: false };
try {
  const heap = await HeapWatch.open(proxy);
  const admin = await proxy.adminOrigin();
  const clients = [1, 2, 3, 4].map(() => beClient(proxy.port, tally, () => state.isOver));
  const seen: (readonly number[])[] = [];
  let slowestMs = 0;
  for (let turn = 1; turn <= reloads; turn++) {
    const startedAt = performance.now();
    const { statusCode, body } = await request(`${admin}/api/v1/config`, {
      method: "PUT",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ ...generation(turn, urls, ports), admin: "127.0.0.1:0" }),
    });
    const text = await body.text();
    if (statusCode !== 200) throw new Error(`reload ${turn}: ${statusCode} ${text}`);
    slowestMs = Math.max(slowestMs, performance.now() - startedAt);
    if (turn % 100 === 50) {
      const wrong = { ...generation(turn, urls, ports), listeners: [{ address: "nowhere" }] };
      const refused = await request(`${admin}/api/v1/config`, {
        method: "PUT",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(wrong),
      });
      await refused.body.dump();
      if (refused.statusCode !== 422) throw new Error(`a mistake was taken: ${refused.statusCode}`);
    }
    if (turn % every !== 0) continue;
    const used = await heap.usedBytes();
    seen.push(used);
    console.log(
      `${turn} reloads: heap after gc ${used.map(inMiB).join(", ")} (main, then workers); ` +
        `rss ${inMiB(proxy.residentBytes())}; descriptors ${proxy.descriptors()}; ` +
        `served ${tally.served}, failed ${tally.failures.length}`,
    );
  }
  state.isOver = true;
  await Promise.all(clients);
  const [first = [], last = []] = [seen[0], seen.at(-1)];
  const growth = last.map((bytes, thread) => bytes - (first[thread] ?? 0));
  console.log(
    `growth since the first tenth: ${growth.map(inMiB).join(", ")}; slowest reload ${slowestMs.toFixed(0)} ms`,
  );
  for (const failure of tally.failures.slice(0, 5)) console.log(`failed: ${failure}`);
  const isFlat = growth.every((bytes) => bytes < allowedGrowthBytes);
  const isGood = isFlat && tally.failures.length === 0 && tally.served > reloads;
  console.log(isGood ? "ok" : "FAILED");
  process.exitCode = isGood ? 0 : 1;
} finally {
  await proxy.kill();
}
process.exit();
