import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { request } from "undici";
import { beforeAll, expect, test } from "vitest";
import {
  type RunningBalancer,
  type RunningServer,
  spawnEvenkeel,
  startBackends,
  whenListening,
  writeConfig,
} from "./evenkeel.ts";
import { exchangeRaw } from "./raw-client.ts";

const folder = fileURLToPath(new URL("../../../examples", import.meta.url));
const files = globSync("*.yaml", { cwd: folder }).toSorted();
let backends: readonly RunningServer[] = [];

beforeAll(async () => {
  backends = await startBackends(3);
});

function textOf(file: string): string {
  return readFileSync(join(folder, file), "utf8");
}

/** Runs an example as it is but for the ports: a free one, and those of backends that are there. */
async function startExample(file: string): Promise<RunningBalancer> {
  const text = textOf(file)
    .replace("127.0.0.1:8080", "127.0.0.1:0")
    .replaceAll("127.0.0.1:9000", "127.0.0.1:0")
    .replaceAll(/127\.0\.0\.1:808([1-3])/g, (_, digit) => {
      return `127.0.0.1:${backends[Number(digit) - 1]?.port}`;
    });
  const config = await writeConfig(file, text);
  return await whenListening(spawnEvenkeel("proxy", "--config", config));
}

test("are listed in their README, all of them", () => {
  expect(files).toEqual([
    "affinity.yaml",
    "backups.yaml",
    "health-and-metrics.yaml",
    "minimal.yaml",
    "overload.yaml",
    "sticky.yaml",
    "timeouts-and-limits.yaml",
    "two-pools.yaml",
  ]);
  const readme = textOf("README.md");
  for (const file of files) expect(readme).toContain(`[${file}](${file})`);
});

test.each(files)("%s names its schema for editors in the first line", (file) => {
  const [, path = ""] =
    /^# yaml-language-server: \$schema=(\S+)\n/.exec(textOf(file)) ?? expect.fail("no schema");
  expect(existsSync(join(dirname(join(folder, file)), path))).toBe(true);
});

test.each(files)("%s starts without a warning and answers", async (file) => {
  const { origin, program } = await startExample(file);
  const { statusCode, headers, body } = await request(origin);
  await body.dump();
  expect([statusCode, headers["x-backend"]]).toEqual([200, expect.stringMatching(/^Server-/)]);
  expect(program.stderr).not.toMatch(/warning|deprecat/i);
});

test("minimal.yaml has eight lines and takes its two backends in turn", async () => {
  expect(textOf("minimal.yaml").trimEnd().split("\n")).toHaveLength(8);
  const { origin } = await startExample("minimal.yaml");
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
  const { origin } = await startExample("affinity.yaml");
  const servers = await serversOf(origin, users);
  expect([...new Set(servers)].toSorted()).toEqual(["Server-1", "Server-2", "Server-3"]);
  expect(await serversOf(origin, users)).toEqual(servers);
});

test("sticky.yaml gives a visitor with a cookie the same server, and others the next ones", async () => {
  const { origin } = await startExample("sticky.yaml");
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
  const { origin } = await startExample("backups.yaml");
  const servers = await serversOf(origin, users);
  expect([...new Set(servers)].toSorted()).toEqual(["Server-1", "Server-2"]);
});

test("health-and-metrics.yaml answers on its admin address what its comments say", async () => {
  const { origin, program } = await startExample("health-and-metrics.yaml");
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
});

test.each([
  ["api.localhost", "/", /^Server-[12]$/],
  ["API.localhost:8080", "/x", /^Server-[12]$/],
  ["localhost", "/api", /^Server-[12]$/],
  ["localhost", "/api/users?x=/", /^Server-[12]$/],
  ["localhost", "/apis", /^Server-3$/],
  ["localhost", "/", /^Server-3$/],
])("two-pools.yaml sends http://%s%s where its comments say", async (host, path, server) => {
  twoPools ??= startExample("two-pools.yaml");
  const { port } = await twoPools;
  const head = `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
  const { fields } = await exchangeRaw(port, head);
  const name = fields.find((field) => field.startsWith("X-Backend: "))?.slice(11);
  expect(name).toMatch(server);
});
let twoPools: Promise<RunningBalancer> | undefined;

test("timeouts-and-limits.yaml answers 413, 414, 431 and 504 where its comments say", async () => {
  const { origin, port } = await startExample("timeouts-and-limits.yaml");
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
