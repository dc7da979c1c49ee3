/*
 * Every error that the balancer makes itself: its status, its problem document, the same word in Proxy-Status,
 * in the document and in the access record, and whether the connection goes on.
 */
import type { AcceptanceCase, Figure } from "../case.ts";
import { caseOf, must, mustEqual, mustMatch } from "../check.ts";
import { ask } from "../stage/ask.ts";
import { originsOf } from "../stage/backend-group.ts";
import { deafServer } from "../stage/deaf-server.ts";
import { findFreePort, ownServer } from "../stage/own-server.ts";
import { exchangeRaw, RawClient, type RawAnswer, requestHead } from "../stage/raw-client.ts";
import type { Balancer, Settings, Stage } from "../stage/stage.ts";

/** One error, and how to get it. */
interface ErrorAnswer {
  readonly name: string;
  readonly sentence: string;
  readonly status: number;
  /** In Proxy-Status, in the document and in the record. */
  readonly error: string;
  /** Settings of the pool and of the file, besides one test-backend. */
  readonly pool?: Settings;
  readonly top?: Settings;
  /** What is sent; once for each, the last one's answer counts. */
  readonly bytes: readonly string[];
  /** Fields that the answer has besides. */
  readonly fields?: Readonly<Record<string, RegExp>>;
}

const get = requestHead("GET", "/");
const posting = (fault: string): string =>
  requestHead("POST", "/", `X-Fault: ${fault}`, "Content-Length: 0");
const limited = (limits: Settings): Settings => ({
  listeners: [{ address: "127.0.0.1:0", limits }],
});
const routed = (route: Settings): Settings => ({ routes: [{ pool: "web", ...route }] });

const errors: readonly ErrorAnswer[] = [
  {
    name: "no-route",
    sentence: "a request that no route matches gets 404",
    status: 404,
    error: "destination_not_found",
    top: routed({ host: "other.example" }),
    bytes: [get],
  },
  {
    name: "two-lengths",
    sentence: "a request with two lengths is refused with 400",
    status: 400,
    error: "http_request_error",
    bytes: ["POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"],
  },
  {
    name: "smuggling",
    sentence: "a request with a length beside chunks is refused with 400",
    status: 400,
    error: "http_request_error",
    bytes: [
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
  },
  {
    name: "climbing-path",
    sentence: "a path that climbs, plain or encoded, is refused with 400",
    status: 400,
    error: "http_request_error",
    bytes: [requestHead("GET", "/../x"), requestHead("GET", "/%2e%2E/x")],
  },
  {
    name: "target-too-long",
    sentence: "a target longer than limits.target gets 414",
    status: 414,
    error: "http_request_error",
    bytes: [requestHead("GET", `/${"x".repeat(9_000)}`)],
  },
  {
    name: "head-too-large",
    sentence: "a head larger than limits.head gets 431",
    status: 431,
    error: "http_request_error",
    bytes: [requestHead("GET", "/", `X-Large: ${"x".repeat(20_000)}`)],
  },
  {
    name: "body-too-large",
    sentence: "a body larger than limits.body gets 413",
    status: 413,
    error: "http_request_error",
    top: limited({ body: "1KiB" }),
    bytes: [`${requestHead("POST", "/", "Content-Length: 2000")}${"x".repeat(2_000)}`],
  },
  {
    name: "method-not-allowed",
    sentence: "TRACE gets 405 and the methods that are allowed",
    status: 405,
    error: "http_request_error",
    bytes: [requestHead("TRACE", "/")],
    fields: { allow: /GET.*POST/ },
  },
  {
    name: "coding-not-supported",
    sentence: "a transfer coding that nobody here knows gets 501",
    status: 501,
    error: "http_request_error",
    bytes: ["POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n"],
  },
  {
    name: "slow-head",
    sentence: "a head that is not complete in time gets 408",
    status: 408,
    error: "http_request_timeout",
    top: { listeners: [{ address: "127.0.0.1:0", timeouts: { header: "300ms" } }] },
    bytes: ["GET / HTTP/1.1\r\nHost: a\r\n"],
  },
  {
    name: "rate-limited",
    sentence: "a request over its rate gets 429 with Retry-After and RateLimit fields",
    status: 429,
    error: "rate_limited",
    top: routed({ rateLimit: { rate: "1/h" } }),
    bytes: [get, get],
    fields: { "retry-after": /^\d+$/, ratelimit: /r=0/, "ratelimit-policy": /q=1/ },
  },
  {
    name: "denied",
    sentence: "a client that is denied gets 403",
    status: 403,
    error: "http_request_denied",
    top: routed({ deny: ["127.0.0.0/8"] }),
    bytes: [get],
  },
  {
    name: "none-ready",
    sentence: "a pool without a ready backend gets 503 with Retry-After",
    status: 503,
    error: "destination_unavailable",
    pool: { healthCheck: { path: "/status/503", initialState: "unhealthy" } },
    bytes: [get],
    fields: { "retry-after": /^\d+$/ },
  },
  {
    name: "backend-resets",
    sentence: "a backend that resets a POST before its response costs 502",
    status: 502,
    error: "connection_terminated",
    bytes: [posting("reset")],
  },
  {
    name: "backend-closes",
    sentence: "a backend that closes before its response costs 502",
    status: 502,
    error: "connection_terminated",
    bytes: [posting("close")],
  },
  {
    name: "backend-talks-nonsense",
    sentence: "a backend that does not speak HTTP costs 502",
    status: 502,
    error: "http_protocol_error",
    bytes: [posting("malformed=garbage")],
  },
  {
    name: "backend-ambiguous",
    sentence: "a backend that sends two lengths costs 502, and none of its bytes reach the client",
    status: 502,
    error: "http_protocol_error",
    bytes: [posting("malformed=two-lengths")],
  },
  {
    name: "response-timeout",
    sentence: "a backend that does not answer in timeouts.response costs 504",
    status: 504,
    error: "http_response_timeout",
    pool: { timeouts: { response: "300ms" } },
    bytes: [posting("hang")],
  },
];

export const answerCases: readonly AcceptanceCase[] = [
  ...errors.map((one) =>
    caseOf("answers", one.name, {
      sentence: one.sentence,
      check: async (stage) => await checkError(stage, one),
    }),
  ),
  caseOf("answers", "connection-refused", {
    sentence: "a backend that refuses connections costs 502, and its address is not told",
    check: checkRefused,
  }),
  caseOf("answers", "connect-timeout", {
    sentence:
      "a backend that does not accept in timeouts.connect costs 504, and nothing where there is another one",
    check: checkConnectTimeout,
  }),
  caseOf("answers", "backend-page", {
    sentence: "an error page of a backend passes untouched, and can be told from our own",
    check: checkBackendPage,
  }),
  caseOf("answers", "cut-off", {
    sentence: "a response that ends early is cut off at the client, too, never made whole",
    check: checkCutOff,
  }),
  caseOf("answers", "connection-limit", {
    sentence: "connections above limits.connections get 503, and those below are served",
    check: checkConnectionLimit,
  }),
];

async function checkError(stage: Stage, one: ErrorAnswer): Promise<readonly Figure[]> {
  const backend = await stage.backend("Server-1");
  const balancer = await stage.proxyFor([backend.origin], one.pool, one.top);
  const answers: RawAnswer[] = [];
  for (const bytes of one.bytes) answers.push(await exchangeRaw(balancer.port, bytes));
  const answer = answers.at(-1) as RawAnswer;
  await requireProblem(balancer, answer, one.status, one.error);
  for (const [name, pattern] of Object.entries(one.fields ?? {})) {
    mustMatch(answer.fields.get(name) ?? "", pattern, `the field ${name}`);
  }
  return [{ name: "answer", value: `${answer.status} ${one.error}` }];
}

const members = ["detail", "error", "requestId", "status", "title", "type"];

async function requireProblem(
  { program }: Balancer,
  { status, fields, body }: RawAnswer,
  expectedStatus: number,
  error: string,
): Promise<void> {
  mustEqual(status, expectedStatus, `the status (${body})`);
  mustEqual(fields.get("content-type"), "application/problem+json", "the content type");
  mustEqual(fields.get("proxy-status"), `evenkeel; error=${error}`, "Proxy-Status");
  const problem = JSON.parse(body) as Readonly<Record<string, unknown>>;
  for (const member of members) must(member in problem, `the document has no ${member}: ${body}`);
  mustEqual([problem["status"], problem["error"]], [expectedStatus, error], "the document");
  const id = problem["requestId"];
  const record = await program.jsonLine("the access record", (line) => line["request_id"] === id);
  mustEqual([record["status"], record["error"]], [expectedStatus, error], "the access record");
}

async function checkRefused(stage: Stage): Promise<readonly Figure[]> {
  const port = await findFreePort();
  const balancer = await stage.proxyFor([`http://127.0.0.1:${port}`]);
  const answer = await exchangeRaw(balancer.port, get);
  await requireProblem(balancer, answer, 502, "connection_refused");
  must(!answer.body.includes("127.0.0.1"), `the address is told: ${answer.body}`);
  must(!answer.body.includes(String(port)), `the port is told: ${answer.body}`);
  return [{ name: "answer", value: "502 connection_refused" }];
}

async function checkConnectTimeout(stage: Stage): Promise<readonly Figure[]> {
  const deaf = await deafServer(stage);
  const living = await stage.backend("Server-1");
  const pools = Object.fromEntries(
    Object.entries({ alone: [deaf], both: [deaf, living.origin] }).map(([name, backends]) => {
      return [name, { healthCheck: false, timeouts: { connect: "500ms" }, backends }];
    }),
  );
  const routes = [{ path: "/alone", pool: "alone" }, { pool: "both" }];
  const balancer = await stage.proxy({ pools, routes });
  const alone = await exchangeRaw(
    balancer.port,
    requestHead("POST", "/alone", "Content-Length: 0"),
  );
  await requireProblem(balancer, alone, 504, "connection_timeout");
  for (let turn = 0; turn < 2; turn++) {
    const { status } = await ask(balancer.origin, { method: "POST", body: "kept" });
    mustEqual(status, 200, "the status of a POST that the other backend can take");
  }
  return [{ name: "answer", value: "504 connection_timeout" }];
}

async function checkBackendPage(stage: Stage): Promise<readonly Figure[]> {
  const page = "<h1>the application's own words</h1>";
  const origin = await ownServer(stage, (socket) => {
    const head = `HTTP/1.1 503 Service Unavailable\r\nContent-Length: ${page.length}\r\nX-App: 1\r\n\r\n`;
    socket.on("data", () => socket.write(head + page));
  });
  const balancer = await stage.proxyFor([origin]);
  const answer = await ask(balancer.origin);
  mustEqual([answer.status, answer.text], [503, page], "status and body");
  mustEqual(answer.headers["x-app"], "1", "the application's field");
  const status = answer.headers["proxy-status"];
  must(!String(status ?? "").includes("error="), `it looks like ours: ${String(status)}`);
  return [{ name: "answer", value: "503 of the backend" }];
}

async function checkCutOff(stage: Stage): Promise<readonly Figure[]> {
  const backend = await stage.backend("Server-1");
  const { port, program } = await stage.proxyFor([backend.origin]);
  const faults = ["truncate=100B", "reset=100B"];
  for (const fault of faults) {
    const path = `/bytes/1000?${fault}`;
    const answer = await exchangeRaw(port, requestHead("GET", path, `X-Fault: ${fault}`));
    mustEqual([answer.status, answer.fields.get("content-length")], [200, "1000"], fault);
    must(answer.body.length < 1_000, `${fault}: the body came whole`);
    const record = await program.jsonLine("its record", (line) => line["path"] === path);
    must(record["error"] !== null, `${fault}: the record knows of no error`);
  }
  return [{ name: "cut off", value: faults.join(", ") }];
}

async function checkConnectionLimit(stage: Stage): Promise<readonly Figure[]> {
  const limit = 4;
  const backends = originsOf(await stage.backends(1));
  const { port } = await stage.proxyFor(backends, {}, limited({ connections: limit }));
  const clients = Array.from({ length: limit }, () => new RawClient(port));
  for (const client of clients) {
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    await client.receive("HTTP/1.1 200");
  }
  const refused = await exchangeRaw(port, get);
  mustEqual(refused.status, 503, "the status of the connection above the limit");
  mustMatch(
    refused.fields.get("proxy-status") ?? "",
    /error=connection_limit_reached/,
    "its field",
  );
  for (const client of clients) client.socket.destroy();
  return [{ name: "connections", value: `${limit} served, one refused` }];
}
