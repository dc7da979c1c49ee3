/* What operators and their tools ask the admin listener, and what their changes do to traffic. */
import type { AcceptanceCase, Figure } from "../case.ts";
import { caseOf, must, mustEqual, mustMatch } from "../check.ts";
import { ask, askJson, sendJson } from "../stage/ask.ts";
import { originsOf } from "../stage/backend-group.ts";
import { eventually } from "../stage/eventually.ts";
import type { Balancer, Settings, Stage } from "../stage/stage.ts";
import { untilCounted } from "./admin-figures.ts";

export const adminCases: readonly AcceptanceCase[] = [
  caseOf("admin", "health", {
    sentence:
      "GET /admin/health tells each backend's status, its last check and why, and follows a failure and back",
    check: checkHealth,
  }),
  caseOf("admin", "servers", {
    sentence:
      "a drained server gets no new requests, says so, and comes back when it is made ready",
    check: checkServers,
  }),
  caseOf("admin", "algorithm", {
    sentence:
      "POST /admin/algorithm changes the strategy from the next request on; an unknown one is 422",
    check: checkAlgorithm,
  }),
  caseOf("admin", "metrics", {
    sentence: "GET /metrics is Prometheus text whose counters are those of all workers, exactly",
    check: checkMetrics,
  }),
  caseOf("admin", "probes", {
    sentence:
      "/livez is 200 while the process lives; /readyz is 503 without a ready backend and while draining",
    check: checkProbes,
  }),
];

async function startTwo(stage: Stage, pool: Settings = {}): Promise<Balancer> {
  const backends = await stage.backends(2);
  const members = backends.map(({ origin: url, program }, index): Settings => {
    void program;
    return { url, id: `b${index + 1}` };
  });
  return await stage.proxyFor(members, pool, { admin: "127.0.0.1:0" });
}

interface HealthBackend {
  readonly id: string;
  readonly status: string;
}

async function healthOf({ adminOrigin }: Balancer): Promise<readonly HealthBackend[]> {
  const { status, json } = await askJson(`${adminOrigin}/admin/health`);
  mustEqual(status, 200, "the status of /admin/health");
  const pools = json["pools"] as Readonly<
    Record<string, { readonly backends: readonly HealthBackend[] }>
  >;
  return pools["web"]?.backends ?? [];
}

const healthFields = [
  "breaker",
  "consecutiveFailures",
  "consecutiveSuccesses",
  "id",
  "lastCheck",
  "lastError",
  "status",
  "url",
];

async function checkHealth(stage: Stage): Promise<readonly Figure[]> {
  const [one, two] = await stage.backends(2);
  const healthCheck = { path: "/health", interval: "200ms", fastInterval: "50ms", timeout: "5s" };
  const members = [one, two].map((server, index): Settings => {
    return { url: server?.origin, id: `b${index + 1}` };
  });
  const balancer = await stage.proxyFor(members, { healthCheck }, { admin: "127.0.0.1:0" });
  const becomes = async (expected: readonly string[]): Promise<void> => {
    await eventually(`the statuses are ${expected.join()}`, async () => {
      const statuses = (await healthOf(balancer)).map(({ status }) => status);
      return statuses.join() === expected.join();
    });
  };
  await becomes(["healthy", "healthy"]);
  const [first = { id: "", status: "" }] = await healthOf(balancer);
  for (const field of healthFields) must(field in first, `/admin/health has no ${field}`);
  await ask(`${two?.origin ?? ""}/fail`, { method: "POST" });
  await becomes(["healthy", "unhealthy"]);
  const served = await Promise.all(Array.from({ length: 12 }, () => ask(balancer.origin)));
  const names = new Set(served.map(({ headers }) => headers["x-backend"]));
  mustEqual([...names], ["Server-1"], "who serves while the other is unhealthy");
  await ask(`${two?.origin ?? ""}/recover`, { method: "POST" });
  await becomes(["healthy", "healthy"]);
  return [{ name: "statuses", value: "healthy, unhealthy, healthy" }];
}

async function checkServers(stage: Stage): Promise<readonly Figure[]> {
  const balancer = await startTwo(stage, { slowStart: "off" });
  const list = await askJson(`${balancer.adminOrigin}/api/v1/servers`);
  const servers = list.json["servers"] as readonly { readonly id: string }[];
  mustEqual(
    servers.map(({ id }) => id),
    ["web/b1", "web/b2"],
    "the ids",
  );
  const url = `${balancer.adminOrigin}/api/v1/servers/${encodeURIComponent("web/b1")}`;
  const one = (await askJson(url)).json;
  for (const field of ["id", "pool", "host", "port", "weight", "status", "active_connections"]) {
    must(field in one, `a server has no ${field}`);
  }
  for (const [state, status] of [
    ["drain", "draining"],
    ["maintenance", "maintenance"],
  ]) {
    const changed = await sendJson("PATCH", url, { state, reason: "acceptance" });
    mustEqual([changed.status, (await askJson(url)).json["status"]], [200, status], `${state}`);
    mustEqual(await namesOf(balancer), ["Server-2"], `who serves with b1 in ${state}`);
  }
  await sendJson("PATCH", url, { state: "ready" });
  mustEqual(await namesOf(balancer), ["Server-1", "Server-2"], "who serves when it is ready again");
  const missing = await ask(`${balancer.adminOrigin}/api/v1/servers/web%2Fnone`);
  mustEqual(missing.status, 404, "the status for a server that is not there");
  mustEqual((await sendJson("PATCH", url, { state: "away" })).status, 422, "an unknown state");
  return [{ name: "states", value: "drain, maintenance, ready" }];
}

/** Who serves 12 requests. */
async function namesOf({ origin }: Balancer): Promise<readonly string[]> {
  const answers = await Promise.all(Array.from({ length: 12 }, () => ask(origin)));
  return [...new Set(answers.map(({ headers }) => String(headers["x-backend"])))].toSorted();
}

async function checkAlgorithm(stage: Stage): Promise<readonly Figure[]> {
  const balancer = await startTwo(stage);
  mustEqual(await namesOf(balancer), ["Server-1", "Server-2"], "who serves before");
  const url = `${balancer.adminOrigin}/admin/algorithm`;
  mustEqual((await sendJson("POST", url, { algorithm: "first" })).status, 200, "the change");
  // The workers are told by a message each.
  await eventually("one serves all", async () => (await namesOf(balancer)).length === 1);
  mustEqual(await namesOf(balancer), ["Server-1"], "who serves after");
  const wrong = await sendJson("POST", url, { pool: "web", algorithm: "frist" });
  mustEqual(wrong.status, 422, "the status for an unknown one");
  mustMatch(wrong.text, /first/, "the answer for an unknown one");
  mustEqual(await namesOf(balancer), ["Server-1"], "who serves after the refusal");
  return [{ name: "strategy", value: "round-robin, then first" }];
}

const requests = 120;

async function checkMetrics(stage: Stage): Promise<readonly Figure[]> {
  const balancer = await startTwo(stage);
  for (let sent = 0; sent < requests; sent += 12) await namesOf(balancer);
  await untilCounted(balancer, requests);
  const found = await ask(`${balancer.adminOrigin}/metrics`);
  mustMatch(String(found.headers["content-type"]), /^text\/plain; version=0\.0\.4/, "its type");
  const lines = found.text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  for (const line of lines) mustMatch(line, /^[a-z_]+(\{.*\})? [0-9.e+-]+$/i, "a line");
  const sumOf = (name: string): number =>
    lines
      .filter((line) => line.startsWith(`${name}{`))
      .reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
  mustEqual(sumOf("evenkeel_requests_total"), requests, "evenkeel_requests_total");
  mustEqual(sumOf("evenkeel_backend_requests_total"), requests, "evenkeel_backend_requests_total");
  mustEqual(sumOf("evenkeel_request_duration_seconds_count"), requests, "durations");
  mustEqual(sumOf("evenkeel_backend_in_flight"), 0, "evenkeel_backend_in_flight");
  return [{ name: "requests counted", value: `${requests}`, bound: `${requests} sent` }];
}

async function checkProbes(stage: Stage): Promise<readonly Figure[]> {
  const [backend] = await stage.backends(1, ["--fault", "latency=2s,path=/slow"]);
  const healthCheck = { path: "/health", interval: "200ms", fastInterval: "50ms" };
  const top = { admin: "127.0.0.1:0", shutdown: { timeout: "20s" } };
  const balancer = await stage.proxyFor(originsOf(backend ? [backend] : []), { healthCheck }, top);
  const statusOf = async (path: string): Promise<number> =>
    (await ask(`${balancer.adminOrigin}${path}`)).status;
  const readyBecomes = async (status: number): Promise<void> =>
    await eventually(`/readyz is ${status}`, async () => (await statusOf("/readyz")) === status);
  await readyBecomes(200);
  mustEqual(await statusOf("/livez"), 200, "/livez");
  await ask(`${backend?.origin ?? ""}/fail`, { method: "POST" });
  await readyBecomes(503);
  mustEqual(await statusOf("/livez"), 200, "/livez without a ready backend");
  await ask(`${backend?.origin ?? ""}/recover`, { method: "POST" });
  await readyBecomes(200);
  const slow = ask(`${balancer.origin}/slow`);
  await eventually("it is in flight", async () => {
    const { text } = await ask(`${balancer.adminOrigin}/metrics`);
    return /^evenkeel_backend_in_flight\{.*\} 1$/m.test(text);
  });
  balancer.program.kill("SIGTERM");
  await readyBecomes(503);
  mustEqual((await slow).status, 200, "the request that was in flight");
  mustEqual((await balancer.program.ended).code, 0, "the exit code");
  return [{ name: "/readyz", value: "200, 503, 200, 503 while draining" }];
}
