/* The test-backend, which every other case leans on: asked directly, without a balancer. */
import { createHash } from "node:crypto";
import type { AcceptanceCase, Figure } from "../case.ts";
import { caseOf, must, mustEqual, mustMatch } from "../check.ts";
import { ask, askJson, sendJson } from "../stage/ask.ts";
import { exchangeRaw, requestHead } from "../stage/raw-client.ts";
import type { Stage } from "../stage/stage.ts";

export const backendCases: readonly AcceptanceCase[] = [
  caseOf("backend", "identity", {
    sentence:
      "every response says who answered and how many requests it has seen, health checks included",
    check: checkIdentity,
  }),
  caseOf("backend", "health", {
    sentence:
      "/fail makes /health 503, /recover makes it 200 again, and --fail-after does so by itself",
    check: checkHealth,
  }),
  caseOf("backend", "echo", {
    sentence:
      "/echo tells what arrived: target undecoded, fields in order, body by length and hash, connection",
    check: checkEcho,
  }),
  caseOf("backend", "routes", {
    sentence: "/bytes, /status, /delay and /stream answer as they are asked",
    check: checkRoutes,
  }),
  caseOf("backend", "stats", {
    sentence: "/__stats counts what it really saw, by method, target and request id",
    check: checkStats,
  }),
  caseOf("backend", "faults", {
    sentence: "faults are put, listed and deleted at run time, and one request can bring its own",
    check: checkFaults,
  }),
  caseOf("backend", "seed", {
    sentence: "the same seed and name make the same decisions, so a run repeats",
    check: checkSeed,
  }),
  caseOf("backend", "web-socket", {
    sentence: "/sse streams events, and /ws echoes messages",
    check: checkStreams,
  }),
];

async function checkIdentity(stage: Stage): Promise<readonly Figure[]> {
  const { origin } = await stage.backend("Server-7");
  for (const [count, path] of ["/", "/health", "/nowhere", "/status/404"].entries()) {
    const { headers } = await ask(origin + path);
    mustEqual(headers["x-backend"], "Server-7", `X-Backend of ${path}`);
    mustEqual(headers["x-request-count"], String(count + 1), `X-Request-Count of ${path}`);
  }
  mustMatch((await ask(origin)).text, /Server-7/, "what / says");
  return [{ name: "X-Request-Count", value: "1, 2, 3, 4" }];
}

async function checkHealth(stage: Stage): Promise<readonly Figure[]> {
  const { origin } = await stage.backend("Server-1");
  const statuses: number[] = [(await ask(`${origin}/health`)).status];
  for (const path of ["/fail", "/recover"]) {
    await ask(origin + path, { method: "POST" });
    statuses.push((await ask(`${origin}/health`)).status);
  }
  mustEqual(statuses, [200, 503, 200], "/health before, failing and recovered");
  const failing = await stage.backend("Server-2", ["--fail-after", "1ms"]);
  await new Promise((resolve) => setTimeout(resolve, 20));
  const late = [await ask(failing.origin), await ask(`${failing.origin}/health`)];
  mustEqual(
    late.map(({ status }) => status),
    [503, 503],
    "a request and /health after --fail-after",
  );
  return [{ name: "/health", value: statuses.join(", ") }];
}

async function checkEcho(stage: Stage): Promise<readonly Figure[]> {
  const { port } = await stage.backend("Server-1");
  const body = "a body";
  const fields = ["x-ODD: 1", "X-Odd: 2", `Content-Length: ${body.length}`];
  const target = "/echo?a=%2F&b=%2e%2E";
  const answer = await exchangeRaw(port, requestHead("PUT", target, ...fields) + body);
  const echo = JSON.parse(answer.body) as Readonly<Record<string, unknown>>;
  mustEqual([echo["method"], echo["target"]], ["PUT", target], "method and target");
  const sha256 = createHash("sha256").update(body).digest("hex");
  mustEqual([echo["bodyLength"], echo["bodySha256"]], [body.length, sha256], "the body");
  const pairs = echo["headers"] as readonly (readonly [string, string])[];
  const odd = pairs.filter(([name]) => name.toLowerCase() === "x-odd");
  mustEqual(
    odd,
    [
      ["x-ODD", "1"],
      ["X-Odd", "2"],
    ],
    "fields of one name",
  );
  for (const name of ["connectionId", "requestsOnConnection", "trailers"]) {
    must(name in echo, `/echo has no ${name}`);
  }
  return [{ name: "fields", value: `${pairs.length} in order` }];
}

async function checkRoutes(stage: Stage): Promise<readonly Figure[]> {
  const { origin } = await stage.backend("Server-1");
  mustEqual((await ask(`${origin}/bytes/1234`)).headers["content-length"], "1234", "/bytes/1234");
  const chunked = await ask(`${origin}/bytes/1234?chunked`);
  mustEqual(chunked.headers["content-length"], undefined, "the length of /bytes/1234?chunked");
  mustEqual(chunked.text.length > 0, true, "the body of /bytes/1234?chunked");
  for (const status of [201, 404, 503]) {
    mustEqual((await ask(`${origin}/status/${status}`)).status, status, `/status/${status}`);
  }
  const startedAt = performance.now();
  await ask(`${origin}/delay/120`);
  const tookMs = performance.now() - startedAt;
  // Timers may be a little early, never much.
  must(tookMs >= 118, `/delay/120 took ${tookMs} ms`);
  const stream = await ask(`${origin}/stream?pieces=3&interval=10`);
  mustEqual(stream.text.trim().split("\n").length, 3, "pieces of /stream");
  return [{ name: "/delay/120", value: `${Math.round(tookMs)} ms`, bound: "≥ 120 ms" }];
}

async function checkStats(stage: Stage): Promise<readonly Figure[]> {
  const { origin } = await stage.backend("Server-1");
  for (const id of ["one", "two", "two"]) {
    await ask(`${origin}/a?id=${id}`, { headers: { "x-request-id": id } });
  }
  await ask(`${origin}/b`, { method: "POST", body: "12345" });
  const { json } = await askJson(`${origin}/__stats`);
  mustEqual(json["byRequestId"], { one: 1, two: 2 }, "by request id");
  mustEqual(json["bodyBytes"], 5, "body bytes");
  const byMethod = json["byMethod"] as Readonly<Record<string, number>>;
  mustEqual([byMethod["GET"], byMethod["POST"]], [4, 1], "GET and POST, this one included");
  const byTarget = json["byTarget"] as Readonly<Record<string, number>>;
  mustEqual(byTarget["/a?id=two"], 2, "by target");
  return [{ name: "requests", value: String(json["requests"]) }];
}

async function checkFaults(stage: Stage): Promise<readonly Figure[]> {
  const { origin } = await stage.backend("Server-1");
  const faults = `${origin}/__faults`;
  await sendJson("PUT", faults, [{ fault: "status", code: 500, count: 2 }]);
  const statuses = [];
  for (let turn = 0; turn < 3; turn++) statuses.push((await ask(origin)).status);
  mustEqual(statuses, [500, 500, 200], "statuses with a fault that strikes twice");
  await sendJson("PUT", faults, [{ fault: "status", code: 503, path: "/a" }]);
  mustEqual(
    [(await ask(`${origin}/a`)).status, (await ask(`${origin}/b`)).status],
    [503, 200],
    "path",
  );
  mustEqual(
    (JSON.parse((await ask(faults)).text) as unknown[]).length,
    1,
    "faults that are listed",
  );
  await ask(faults, { method: "DELETE" });
  mustEqual((await ask(`${origin}/a`)).status, 200, "the status after DELETE");
  const own = await ask(origin, { headers: { "x-fault": "status=418" } });
  mustEqual(own.status, 418, "the status with X-Fault");
  const wrong = await sendJson("PUT", faults, [{ fault: "statsu" }]);
  mustEqual(wrong.status, 400, "an unknown fault");
  mustMatch(wrong.text, /status/, "the answer for an unknown fault");
  return [{ name: "statuses", value: statuses.join(", ") }];
}

async function checkSeed(stage: Stage): Promise<readonly Figure[]> {
  const flags = ["--seed", "7", "--fault", "status=503,probability=30%"];
  const runs: string[] = [];
  for (let run = 0; run < 2; run++) {
    // Of the same name, which keeps the backends of one pool from failing in step.
    const { origin } = await stage.backend("Server-1", flags);
    const statuses: number[] = [];
    for (let turn = 0; turn < 60; turn++) statuses.push((await ask(origin)).status);
    runs.push(statuses.join());
  }
  mustEqual(runs[1], runs[0], "the second backend's decisions");
  const struck = (runs[0] ?? "").split(",").filter((status) => status === "503").length;
  must(struck > 0 && struck < 60, `a fault of 30 % struck ${struck} of 60`);
  return [{ name: "struck", value: `${struck} of 60, twice the same` }];
}

async function checkStreams(stage: Stage): Promise<readonly Figure[]> {
  const { origin } = await stage.backend("Server-1");
  const events = await fetch(`${origin}/sse`, { signal: AbortSignal.timeout(2_000) });
  mustMatch(events.headers.get("content-type") ?? "", /text\/event-stream/, "the type of /sse");
  await events.body?.cancel();
  const socket = new WebSocket(`${origin.replace("http", "ws")}/ws`);
  const echoed = new Promise<unknown>((resolve, reject) => {
    socket.addEventListener("open", () => socket.send("hello"));
    socket.addEventListener("message", ({ data }) => resolve(data));
    socket.addEventListener("error", () => reject(new Error("/ws refused")));
  });
  mustEqual(await echoed, "hello", "what /ws echoes");
  socket.close();
  return [{ name: "echoed", value: "hello" }];
}
