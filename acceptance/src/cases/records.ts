/* One record for each request: nothing lost, nothing twice, and the same in everybody's books. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Pool } from "undici";
import type { AcceptanceCase, Figure } from "../case.ts";
import { caseOf, must, mustEqual, mustMatch } from "../check.ts";
import { ask } from "../stage/ask.ts";
import { originsOf } from "../stage/backend-group.ts";
import { type JsonLine, linesOf } from "../stage/program.ts";
import { exchangeRaw, RawClient, requestHead } from "../stage/raw-client.ts";
import type { Balancer, Stage } from "../stage/stage.ts";

const fields =
  "attempts backend bytes_in bytes_out client_ip error latency_ms method path pool request_id status time";

export const recordCases: readonly AcceptanceCase[] = [
  caseOf("records", "reconciled", {
    sentence:
      "3,000 requests over two workers: client, access log and backends agree on every one, each exactly once",
    check: checkReconciled,
  }),
  caseOf("records", "failures", {
    sentence: "requests that failed, were refused or abandoned have a record that says so",
    check: checkFailures,
  }),
  caseOf("records", "behind-a-proxy", {
    sentence: "behind a trusted proxy a record names the client, not the proxy",
    check: checkBehindProxy,
  }),
  caseOf("records", "formats", {
    sentence: "common and combined write the lines that log analysers read; off writes none",
    check: checkFormats,
  }),
];

/** Ends the balancer, which writes what it still holds, and reads its records. */
async function recordsOf({ program }: Balancer): Promise<readonly JsonLine[]> {
  program.kill("SIGTERM");
  const { code, stdout } = await program.ended;
  mustEqual(code, 0, "the exit code");
  return linesOf(stdout);
}

const requests = 3_000;

async function checkReconciled(stage: Stage): Promise<readonly Figure[]> {
  const ledgers = [1, 2, 3].map((number) => join(stage.folder, `ledger-${number}.ndjson`));
  const backends = await Promise.all(
    ledgers.map((file, index) => stage.backend(`Server-${index + 1}`, ["--ledger", file])),
  );
  const balancer = await stage.proxyFor(originsOf(backends));
  await sendAll(balancer.origin);
  const records = await recordsOf(balancer);
  mustEqual(records.length, requests, "records");
  for (const field of fields.split(" "))
    must(field in (records[0] ?? {}), `a record has no ${field}`);
  const ids = new Set(records.map((record) => record["request_id"]));
  mustEqual(ids.size, requests, "request ids of the records");
  const paths = new Set(records.map(({ path }) => path));
  mustEqual(paths.size, requests, "targets of the records");
  const attempts = records.filter((record) => record["attempts"] !== 1).length;
  mustEqual(attempts, 0, "requests that took more than one attempt");
  for (const { program } of backends) program.kill("SIGTERM");
  await Promise.all(backends.map(({ program }) => program.ended));
  const texts = await Promise.all(ledgers.map((file) => readFile(file, "utf8")));
  const entries = texts.flatMap(linesOf).filter(({ event }) => event === "ended");
  mustEqual(entries.length, requests, "entries of the backends");
  const seen = new Set(entries.map((entry) => entry["requestId"]));
  const lost = [...ids].filter((id) => !seen.has(id));
  mustEqual([seen.size, lost], [requests, []], "ids that backends saw, and those they did not");
  return [
    { name: "records", value: `${records.length}`, bound: `${requests}` },
    { name: "lost or doubled", value: "0", bound: "0" },
  ];
}

/** Every request has a target of its own, and its answer is whole. */
async function sendAll(origin: string): Promise<void> {
  const pool = new Pool(origin, { connections: 20 });
  const methods = ["GET", "POST"] as const;
  await Promise.all(
    Array.from({ length: requests }, async (_, index) => {
      const method = methods[index % 2] ?? "GET";
      const body = method === "POST" ? "12345" : null;
      const answer = await pool.request({ method, path: `/echo?n=${index}`, body });
      const echo = (await answer.body.json()) as { readonly target: string };
      mustEqual([answer.statusCode, echo.target], [200, `/echo?n=${index}`], "an answer");
    }),
  );
  await pool.close();
}

async function checkFailures(stage: Stage): Promise<readonly Figure[]> {
  const backends = originsOf(await stage.backends(1));
  const balancer = await stage.proxyFor(backends, {}, { routes: [{ host: "test", pool: "web" }] });
  const { port } = balancer;
  await exchangeRaw(port, requestHead("GET", '/quote"d?q="'));
  await exchangeRaw(port, requestHead("GET", "/status/503"));
  await exchangeRaw(port, "GET /nowhere HTTP/1.1\r\nHost: other\r\nConnection: close\r\n\r\n");
  await exchangeRaw(port, requestHead("TRACE", "/traced"));
  await exchangeRaw(port, 'G"E\\T /\x01\x02" HTTP/1.1\r\n\r\n');
  const leaver = new RawClient(port);
  // One answer first: a connection that is reset before it was accepted leaves no record.
  leaver.send("GET /stays HTTP/1.1\r\nHost: test\r\n\r\n");
  await leaver.receive("HTTP/1.1 200");
  leaver.send("POST /left HTTP/1.1\r\nHost: test\r\nContent-Length: 100\r\n\r\nhalf");
  await new Promise((resolve) => leaver.socket.write("", resolve));
  leaver.socket.resetAndDestroy();
  const records = await recordsOf(balancer);
  mustEqual(records.length, 7, "records");
  const errorOf = (wanted: string): unknown =>
    records.find(({ path }) => path === wanted)?.["error"];
  mustEqual(errorOf('/quote"d?q="'), null, "the error of the odd target");
  mustEqual(errorOf("/status/503"), null, "the error of a backend's own 503");
  mustEqual(errorOf("/nowhere"), "destination_not_found", "the error of no route");
  mustEqual(errorOf("/traced"), "http_request_error", "the error of TRACE");
  mustEqual(errorOf("/left"), "client_aborted", "the error of a client that left");
  return [{ name: "records", value: `${records.length}`, bound: "7" }];
}

async function checkBehindProxy(stage: Stage): Promise<readonly Figure[]> {
  const listeners = [{ address: "127.0.0.1:0", trustedProxies: ["127.0.0.0/8"] }];
  const balancer = await stage.proxyFor(originsOf(await stage.backends(1)), {}, { listeners });
  await ask(balancer.origin, { headers: { "x-forwarded-for": "6.6.6.6, 192.0.2.7" } });
  const [record] = await recordsOf(balancer);
  mustEqual(record?.["client_ip"], "192.0.2.7", "client_ip");
  return [{ name: "client_ip", value: "192.0.2.7" }];
}

async function checkFormats(stage: Stage): Promise<readonly Figure[]> {
  const backends = originsOf(await stage.backends(1));
  const common = /^127\.0\.0\.1 - - \[[^\]]+\] "GET \/a\?b HTTP\/1\.1" 200 \d+$/;
  const combined = new RegExp(`${common.source.slice(0, -1)} "http://from/" "acceptance/1"$`);
  const patterns = { common, combined, off: /^$/ };
  for (const [accessLog, pattern] of Object.entries(patterns)) {
    const { origin, program } = await stage.proxyFor(backends, {}, { accessLog });
    await ask(`${origin}/a?b`, {
      headers: { referer: "http://from/", "user-agent": "acceptance/1" },
    });
    program.kill("SIGTERM");
    mustMatch((await program.ended).stdout.trimEnd(), pattern, `the line of ${accessLog}`);
  }
  return [{ name: "formats", value: Object.keys(patterns).join(", ") }];
}
