/* The balancer in numbers, for programs that read JSON, and for whoever asks why it is slow. */
import { gunzipSync } from "node:zlib";
import { request } from "undici";
import type { AcceptanceCase, Figure } from "../case.ts";
import { caseOf, must, mustEqual } from "../check.ts";
import { ask, askJson, sendJson } from "../stage/ask.ts";
import { eventually } from "../stage/eventually.ts";
import type { Balancer, Server, Settings, Stage } from "../stage/stage.ts";

export const adminFigureCases: readonly AcceptanceCase[] = [
  caseOf("admin", "figures", {
    sentence:
      "GET /api/v1/metrics and /metrics as JSON count every request of all workers, by backend",
    check: checkFigures,
  }),
  caseOf("admin", "lb-status", {
    sentence:
      "/lb-status says who is alive, on the admin listener and where statusPath says so for clients",
    check: checkStatus,
  }),
  caseOf("admin", "weight", {
    sentence: "PATCH of a server's weight moves its share of the traffic",
    check: checkWeight,
  }),
  caseOf("admin", "profile", {
    sentence: "GET /debug/pprof/profile answers a profile of all threads while requests are served",
    check: checkProfile,
  }),
];

interface Pair extends Balancer {
  readonly backends: readonly Server[];
}

async function startPair(stage: Stage, pool: Settings = {}, top: Settings = {}): Promise<Pair> {
  const backends = await stage.backends(2);
  const members = backends.map(({ origin: url }, index): Settings => ({
    url,
    id: `b${index + 1}`,
  }));
  const settings = { admin: "127.0.0.1:0", ...top };
  return { ...(await stage.proxyFor(members, pool, settings)), backends };
}

/** How many requests each backend served of those that were sent one after the other. */
async function countsOf({ origin }: Balancer, requests: number): Promise<readonly number[]> {
  const counts = new Map([
    ["Server-1", 0],
    ["Server-2", 0],
  ]);
  for (let sent = 0; sent < requests; sent++) {
    const name = String((await ask(origin)).headers["x-backend"]);
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts.values()];
}

/** A client may have its answer a moment before the worker has counted it. */
export async function untilCounted({ adminOrigin }: Balancer, count: number): Promise<void> {
  await eventually(`${count} requests are counted`, async () => {
    const { json } = await askJson(`${adminOrigin}/api/v1/metrics`);
    return Number(json["total_requests"]) >= count;
  });
}

const requests = 60;

const figures = [
  "total_requests",
  "requests_per_second",
  "active_connections",
  "avg_response_time_ms",
  "error_rate",
  "backends_healthy",
  "backends_unhealthy",
];

async function checkFigures(stage: Stage): Promise<readonly Figure[]> {
  const pair = await startPair(stage);
  const counts = await countsOf(pair, requests);
  await untilCounted(pair, requests);
  const { json } = await askJson(`${pair.adminOrigin}/api/v1/metrics`);
  for (const field of figures) must(field in json, `/api/v1/metrics has no ${field}`);
  mustEqual(json["total_requests"], requests, "total_requests");
  mustEqual([json["backends_healthy"], json["backends_unhealthy"]], [2, 0], "backends");
  mustEqual(json["error_rate"], 0, "error_rate");
  const headers = { accept: "application/json" };
  const whole = await askJson(`${pair.adminOrigin}/metrics`, { headers });
  mustEqual(whole.json["total_requests"], requests, "total_requests of /metrics");
  const found = JSON.stringify(whole.json);
  for (const name of ["uptime", "selections", "p99_response", "status_codes", "algorithm"]) {
    must(found.includes(`"${name}"`), `/metrics as JSON has no ${name}`);
  }
  const seen = [...found.matchAll(/"requests":(\d+)/g)].map(([, count]) => Number(count));
  mustEqual(seen, counts, "requests by backend");
  return [{ name: "requests counted", value: counts.join(" + "), bound: `${requests} sent` }];
}

interface BackendStatus {
  readonly url: string;
  readonly alive: boolean;
}

async function checkStatus(stage: Stage): Promise<readonly Figure[]> {
  const healthCheck = { path: "/health", interval: "200ms", fastInterval: "50ms" };
  const listeners = [{ address: "127.0.0.1:0", statusPath: "/up" }];
  const pair = await startPair(stage, { healthCheck }, { listeners });
  const places = [`${pair.adminOrigin}/lb-status`, `${pair.origin}/up`];
  const becomes = async (expected: readonly boolean[]): Promise<void> => {
    for (const place of places) {
      await eventually(`${place} says ${expected.join()}`, async () => {
        const backends = (await askJson(place)).json["backends"] as readonly BackendStatus[];
        return backends.map(({ alive }) => alive).join() === expected.join();
      });
    }
  };
  await becomes([true, true]);
  await ask(`${pair.backends[1]?.origin ?? ""}/fail`, { method: "POST" });
  await becomes([true, false]);
  await ask(`${pair.backends[1]?.origin ?? ""}/recover`, { method: "POST" });
  await becomes([true, true]);
  return [{ name: "alive", value: "both, one, both" }];
}

async function checkWeight(stage: Stage): Promise<readonly Figure[]> {
  const pair = await startPair(stage, { strategy: "weighted-round-robin" });
  mustEqual(await countsOf(pair, 40), [20, 20], "requests with equal weights");
  const url = `${pair.adminOrigin}/api/v1/servers/${encodeURIComponent("web/b1")}`;
  const changed = await sendJson("PATCH", url, { weight: 3 });
  mustEqual(changed.status, 200, `the status of the change (${changed.text})`);
  // The workers are told by a message each.
  let counts: readonly number[] = [];
  await eventually("three of four requests go to b1", async () => {
    counts = await countsOf(pair, 40);
    return counts.join() === "30,10";
  });
  return [{ name: "shares", value: counts.join(" : "), bound: "3 : 1" }];
}

async function checkProfile(stage: Stage): Promise<readonly Figure[]> {
  const pair = await startPair(stage);
  const profile = (async () => {
    const { statusCode, body } = await request(`${pair.adminOrigin}/debug/pprof/profile?seconds=1`);
    return { status: statusCode, bytes: Buffer.from(await body.arrayBuffer()) };
  })();
  mustEqual(await countsOf(pair, requests), [requests / 2, requests / 2], "requests meanwhile");
  const { status, bytes } = await profile;
  mustEqual(status, 200, "the status");
  const names = gunzipSync(bytes).toString("latin1");
  for (const thread of ["control", "worker-0", "worker-1"]) {
    must(names.includes(thread), `the profile does not name ${thread}`);
  }
  return [{ name: "profile", value: `${bytes.length} bytes of 3 threads` }];
}
