import { existsSync, globSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Client, request } from "undici";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import {
  type RunningBalancer,
  binary,
  temporaryFolder,
  whenListening,
  writeConfig,
} from "./evenkeel.ts";
import { runInProcess, runInProcessWith } from "./in-process.ts";
import { type LocalServer, startBackends } from "./local-servers.ts";
import { exchangeRaw } from "./raw-client.ts";
import { RunningProgram } from "./running-program.ts";

const folder = fileURLToPath(new URL("../../../examples", import.meta.url));
const files = globSync("*.yaml", { cwd: folder }).toSorted();
let backends: readonly LocalServer[] = [];
const running = new Map<string, Promise<RunningBalancer>>();

beforeAll(async () => {
  backends = await startBackends(3);
});

function textOf(file: string): string {
  return readFileSync(join(folder, file), "utf8");
}

/**
 * Runs an example as it is but for the ports: free ones, and those of backends that are there. Sockets are
 * in `sockets`.
 */
async function startExample(file: string, sockets?: string): Promise<RunningBalancer> {
  const place = sockets ?? (await temporaryFolder());
  const text = textOf(file)
    .replaceAll("127.0.0.1:8090", `127.0.0.1:${await freePort()}`)
    .replaceAll("unix:/tmp/", `unix:${place}/`)
    .replace("${PORT:-${HTTP_PORT:-8080}}", "${PORT:-${HTTP_PORT:-0}}")
    .replace("${ADMIN_PORT:-9000}", "${ADMIN_PORT:-0}")
    .replaceAll("${APP_HOST:-127.0.0.1}", "127.0.0.1")
    .replaceAll("127.0.0.1:8080", "127.0.0.1:0")
    .replaceAll("127.0.0.1:9000", "127.0.0.1:0")
    .replaceAll(/127\.0\.0\.1:808([1-3])/g, (_, digit) => {
      return `127.0.0.1:${backends[Number(digit) - 1]?.port}`;
    });
  const config = await writeConfig(file, text);
  const args = [binary, "proxy", "--config", config];
  // The files are tested here; that workers do the same, together, is tested elsewhere, and each costs a start.
  const env = { EVENKEEL_WORKERS: "0" };
  return await whenListening(new RunningProgram(process.execPath, args, env));
}

/** Started once for all tests that do not mind what it was asked before. */
async function runningExample(file: string): Promise<RunningBalancer> {
  const started = running.get(file) ?? startExample(file);
  running.set(file, started);
  return await started;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

test("are listed in their README, all of them", () => {
  expect(files).toEqual([
    "affinity.yaml",
    "backups.yaml",
    "behind-a-balancer.yaml",
    "environment.yaml",
    "failing-servers.yaml",
    "health-and-metrics.yaml",
    "minimal.yaml",
    "overload.yaml",
    "proxy-protocol.yaml",
    "rate-limits.yaml",
    "retries.yaml",
    "routing.yaml",
    "sticky.yaml",
    "timeouts-and-limits.yaml",
    "two-pools.yaml",
    "two-ports.yaml",
    "unix-sockets.yaml",
    "weights.yaml",
  ]);
  const readme = textOf("README.md");
  for (const file of [...files, "library.ts"]) expect(readme).toContain(`[${file}](${file})`);
});

test.each(files)("%s names its schema for editors in the first line", (file) => {
  const [, path = ""] =
    /^# yaml-language-server: \$schema=(\S+)\n/.exec(textOf(file)) ?? expect.fail("no schema");
  expect(existsSync(join(dirname(join(folder, file)), path))).toBe(true);
});

test.each(files)(
  "%s says what it shows, and has nothing for `evenkeel check` to find",
  async (file) => {
    if (file !== "minimal.yaml") expect(textOf(file)).toMatch(/^#.*\n#\n# \S/);
    const { code, stderr } = await runInProcess(
      "check",
      "--strict",
      "--config",
      join(folder, file),
    );
    expect([stderr, code]).toEqual(["", 0]);
  },
);

test.each(files)("%s starts without a warning and answers", async (file) => {
  const { origin, program } = await runningExample(file);
  const { statusCode, headers, body } = await request(origin);
  await body.dump();
  expect([statusCode, headers["x-backend"]]).toEqual([200, expect.stringMatching(/^Server-/)]);
  expect(program.stderr).not.toMatch(/warning|deprecat/i);
});

test("minimal.yaml has eight lines and takes its two backends in turn", async () => {
  expect(textOf("minimal.yaml").trimEnd().split("\n")).toHaveLength(8);
  const { origin } = await runningExample("minimal.yaml");
  const names = await Promise.all(
    Array.from({ length: 10 }, async () => {
      const { headers, body } = await request(origin);
      await body.dump();
      return String(headers["x-backend"]);
    }),
  );
  expect(names.toSorted()).toEqual(
    ["Server-1", "Server-2"].flatMap((name) => Array.from({ length: 5 }, () => name)),
  );
});

async function serversOf(origin: string, users: readonly string[]): Promise<readonly string[]> {
  const servers: string[] = [];
  for (const user of users) {
    const { headers, body } = await request(origin, { headers: { "x-user": user } });
    await body.dump();
    servers.push(String(headers["x-backend"]));
  }
  return servers;
}

const users = Array.from({ length: 20 }, (_, index) => `user-${index}`);

test("affinity.yaml gives the same user the same server", async () => {
  const { origin } = await runningExample("affinity.yaml");
  const servers = await serversOf(origin, users);
  expect([...new Set(servers)].toSorted()).toEqual(["Server-1", "Server-2", "Server-3"]);
  expect(await serversOf(origin, users)).toEqual(servers);
});

test("sticky.yaml gives a visitor with a cookie the same server, and others the next ones", async () => {
  const { origin } = await runningExample("sticky.yaml");
  const visit = async (cookie?: string): Promise<[server: string, cookie: string | undefined]> => {
    const fields = cookie === undefined ? {} : { headers: { cookie } };
    const { headers, body } = await request(origin, fields);
    await body.dump();
    const set = String(headers["set-cookie"] ?? "").split(";")[0];
    return [String(headers["x-backend"]), set === "" ? undefined : set];
  };
  const [home, cookie] = await visit();
  expect(cookie).toMatch(/^X-LB-Backend=/);
  for (let turn = 0; turn < 6; turn++) expect(await visit(cookie)).toEqual([home, undefined]);
  const others = [await visit(), await visit()].map(([server]) => server);
  expect(others.toSorted()).toEqual(["Server-1", "Server-2"]);
});

test("backups.yaml leaves its backup alone while the others are up", async () => {
  const { origin } = await runningExample("backups.yaml");
  const servers = await serversOf(origin, users);
  expect([...new Set(servers)].toSorted()).toEqual(["Server-1", "Server-2"]);
});

test("weights.yaml gives 6, 3 and 1 of 10 requests", async () => {
  const { origin } = await runningExample("weights.yaml");
  const servers = await serversOf(origin, users);
  const counts = [1, 2, 3].map((n) => servers.filter((name) => name === `Server-${n}`).length);
  expect(counts).toEqual([12, 6, 2]);
});

test("environment.yaml prints where its values came from", async () => {
  const file = join(folder, "environment.yaml");
  const env = { HTTP_PORT: "8088", EVENKEEL_SHUTDOWN__TIMEOUT: "20s" };
  const { stdout } = await runInProcessWith(env, "config", "print", "--config", file);
  expect(stdout).toMatch(/^  - address: 127\.0\.0\.1:8088 +# .*environment\.yaml:\d+:14$/m);
  expect(stdout).toMatch(/^  timeout: 20s +# EVENKEEL_SHUTDOWN__TIMEOUT$/m);
  expect(stdout).toMatch(/^  token: "\[redacted\]" +# .*environment\.yaml:\d+:10$/m);
});

/** Statuses of one POST after another. */
async function postedTo(origin: string, count: number): Promise<readonly number[]> {
  const statuses: number[] = [];
  for (let turn = 0; turn < count; turn++) {
    const { statusCode, body } = await request(origin, { method: "POST", body: "x" });
    await body.dump();
    statuses.push(statusCode);
  }
  return statuses;
}

test("retries.yaml hides answers that are retried, but not from a POST", async () => {
  const { origin } = await runningExample("retries.yaml");
  const spoilt = `${backends[0]?.origin}/__faults`;
  await request(spoilt, { method: "PUT", body: '[{"fault":"status","code":503}]' });
  try {
    // Few enough of each that the circuit breaker does not do the hiding.
    expect((await postedTo(origin, 6)).filter((status) => status === 503)).toHaveLength(2);
    expect(await serversOf(origin, users.slice(0, 6))).not.toContain("Server-1");
  } finally {
    await request(spoilt, { method: "DELETE" });
  }
});

test("failing-servers.yaml takes a server out after three failures in a row", async () => {
  const { origin, program } = await runningExample("failing-servers.yaml");
  const spoilt = `${backends[1]?.origin}/__faults`;
  await request(spoilt, {
    method: "PUT",
    body: '[{"fault":"status","code":500,"match":{"method":"POST"}}]',
  });
  try {
    const statuses = await postedTo(origin, 12);
    expect(statuses.filter((status) => status === 500)).toHaveLength(3);
    await program.jsonLine((line) => line["to"] === "ejected");
  } finally {
    await request(spoilt, { method: "DELETE" });
  }
});

test("library.ts balances over two servers, tells of it, and ends by itself", async () => {
  const program = new RunningProgram(process.execPath, [join(folder, "library.ts")]);
  const { code, stdout, stderr } = await program.ended;
  const lines = stdout.trimEnd().split("\n");
  expect(lines).toContain("/a was answered with 200");
  expect(lines).toContain("/b was answered with 200");
  const names = lines.flatMap((line) => / came from (.*)$/.exec(line)?.[1] ?? []);
  expect(names.toSorted()).toEqual(["one", "two"]);
  expect([stderr, code]).toEqual(["", 0]);
});

test("behind-a-balancer.yaml does not let anybody else say who the client is", async () => {
  const { port } = await runningExample("behind-a-balancer.yaml");
  const head =
    "GET /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX-Forwarded-For: 192.0.2.7\r\n\r\n";
  expect((await exchangeRaw(port, head)).body).not.toContain("192.0.2.7");
  const forged = `PROXY TCP4 192.0.2.7 127.0.0.1 1 2\r\n${head}`;
  expect((await exchangeRaw(port, forged)).status).toBe(400);
});

test("two-ports.yaml shows its tools on one port only", async () => {
  const { program } = await runningExample("two-ports.yaml");
  const { addresses } = await program.jsonLine((line) => Array.isArray(line["addresses"]));
  const servers: string[] = [];
  for (const address of addresses as readonly string[]) {
    const { headers, body } = await request(`http://${address}/tools`);
    await body.dump();
    servers.push(String(headers["x-backend"]));
  }
  expect(servers).toEqual([expect.stringMatching(/^Server-[12]$/), "Server-3"]);
});

test("unix-sockets.yaml asks its backup until the application listens", async () => {
  const sockets = await temporaryFolder();
  const { origin, program } = await startExample("unix-sockets.yaml", sockets);
  expect(await serversOf(origin, ["a"])).toEqual(["Server-1"]);
  const app = createServer((_, response) => response.setHeader("x-backend", "app").end());
  await new Promise<void>((resolve) => app.listen(join(sockets, "evenkeel-app.sock"), resolve));
  onTestFinished(() => app.close().closeAllConnections());
  await program.jsonLine((line) => line["backend"] === "app" && line["to"] === "healthy");
  const client = new Client("http://localhost", {
    socketPath: join(sockets, "evenkeel-web.sock"),
  });
  const { headers } = await client.request({ path: "/", method: "GET" });
  expect(headers["x-backend"]).toBe("app");
  await client.destroy();
});

test("proxy-protocol.yaml lets the backend know the client, over a connection of its own", async () => {
  const { origin, program } = await runningExample("proxy-protocol.yaml");
  await (await request(origin)).body.dump();
  const { client_ip: inner } = await program.jsonLine((line) => line["pool"] === "app");
  expect(inner).toBe("127.0.0.1");
});

test("health-and-metrics.yaml answers on its admin address what its comments say", async () => {
  const { origin, program } = await runningExample("health-and-metrics.yaml");
  await (await request(origin)).body.dump();
  const { admin } = await program.jsonLine((line) => typeof line["admin"] === "string");
  const ask = async (path: string): Promise<[number, string]> => {
    const { statusCode, body } = await request(`http://${String(admin)}${path}`);
    return [statusCode, await body.text()];
  };
  expect(await ask("/admin/health")).toEqual([200, expect.stringContaining('"web":{"backends":')]);
  expect(await ask("/readyz")).toEqual([200, '{"status":"ready"}\n']);
  const [status, text] = await ask("/metrics");
  expect([status, text]).toEqual([200, expect.stringContaining("evenkeel_requests_total{")]);
  expect(await ask("/api/v1/metrics")).toEqual([200, expect.stringContaining("error_rate")]);
  expect(await ask("/openapi.json")).toEqual([200, expect.stringContaining('"openapi":"3.1.')]);
  const { body } = await request(`${origin}/lb-status`);
  expect(await body.json()).toMatchObject({ backends: [{ alive: true }, { alive: true }] });
});

test.each([
  ["api.localhost", "/", /^Server-[12]$/],
  ["API.localhost:8080", "/x", /^Server-[12]$/],
  ["localhost", "/api", /^Server-[12]$/],
  ["localhost", "/api/users?x=/", /^Server-[12]$/],
  ["localhost", "/apis", /^Server-3$/],
  ["localhost", "/", /^Server-3$/],
])("two-pools.yaml sends http://%s%s where its comments say", async (host, path, server) => {
  const { port } = await runningExample("two-pools.yaml");
  const head = `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
  const { fields } = await exchangeRaw(port, head);
  const name = fields.find((field) => field.startsWith("X-Backend: "))?.slice(11);
  expect(name).toMatch(server);
});

test.each([
  ["localhost", "/?version=next", "Server-2"],
  ["localhost", "/files/a.txt", "Server-3"],
  ["api.localhost", "/v1/users", "Server-1"],
  ["localhost", "/old/page?x=1", "/new/page?x=1"],
  ["www.localhost", "/a?x", "http://localhost:8080/a?x"],
  ["api.localhost", "/v/users", "http://localhost:8080/v/users"],
])("routing.yaml answers http://%s%s as its comments say", async (host, path, answer) => {
  const { port } = await runningExample("routing.yaml");
  const lines = [`GET ${path} HTTP/1.1`, `Host: ${host}`, "Connection: close"];
  const response = await exchangeRaw(port, `${lines.join("\r\n")}\r\n\r\n`);
  const found = response.fields.find((field) => /^(X-Backend|Location): /.test(field));
  expect(found?.replace(/^[^:]*: /, "")).toBe(answer);
});

test("routing.yaml gives some users the canary, and the same ones every time", async () => {
  const { origin } = await runningExample("routing.yaml");
  const many = Array.from({ length: 60 }, (_, index) => `user-${index}`);
  const servers = await serversOf(origin, many);
  expect([...new Set(servers)].toSorted()).toEqual(["Server-1", "Server-2"]);
  expect(servers.filter((server) => server === "Server-2").length).toBeLessThan(20);
  expect(await serversOf(origin, many)).toEqual(servers);
});

test("rate-limits.yaml lets five requests log in at once, and nobody from outside look inside", async () => {
  const { origin } = await runningExample("rate-limits.yaml");
  const statusOf = async (path: string): Promise<number> => {
    const { statusCode, body } = await request(`${origin}${path}`);
    await body.dump();
    return statusCode;
  };
  const logins: number[] = [];
  for (let login = 0; login < 6; login++) logins.push(await statusOf("/login"));
  expect(logins).toEqual([200, 200, 200, 200, 200, 429]);
  expect(await statusOf("/internal")).toBe(403);
});

test("rate-limits.yaml makes two reports at a time for one client", async () => {
  const { origin } = await runningExample("rate-limits.yaml");
  const ask = async (headers = {}): Promise<number> => {
    const { statusCode, body } = await request(`${origin}/reports`, { headers });
    await body.dump();
    return statusCode;
  };
  const abort = new AbortController();
  // One that came while we asked was refused itself, and tries again.
  const hold = async (): Promise<void> => {
    while (!abort.signal.aborted) {
      const held = request(`${origin}/reports`, {
        headers: { "x-fault": "hang" },
        signal: abort.signal,
      });
      await held.then(
        ({ body }) => body.dump(),
        () => undefined,
      );
    }
  };
  const ended = Promise.all([hold(), hold()]);
  while ((await ask()) !== 429);
  abort.abort();
  await ended;
  while ((await ask()) === 429);
});

test("timeouts-and-limits.yaml answers 413, 414, 431 and 504 where its comments say", async () => {
  const { origin, port } = await runningExample("timeouts-and-limits.yaml");
  const statusOf = async (target: string, ...fields: readonly string[]): Promise<number> => {
    const lines = [`POST ${target} HTTP/1.1`, "Host: a", "Connection: close", ...fields];
    return (await exchangeRaw(port, `${lines.join("\r\n")}\r\n\r\n`)).status;
  };
  expect(await statusOf("/", "Content-Length: 1048577")).toBe(413);
  expect(await statusOf(`/${"x".repeat(4096)}`)).toBe(414);
  expect(await statusOf("/", `X: ${"x".repeat(16 * 1024)}`)).toBe(431);
  expect(await statusOf("/", ...Array.from({ length: 101 }, (_, index) => `X-${index}: x`))).toBe(
    431,
  );
  expect((await request(`${origin}/delay/3600000`, { method: "POST" })).statusCode).toBe(504);
});
