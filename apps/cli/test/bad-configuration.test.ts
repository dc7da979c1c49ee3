import { createServer } from "node:net";
import { expect, test } from "vitest";
import { runEvenkeel, spawnEvenkeel, startProxyFor, writeConfig } from "./evenkeel.ts";
import { runInProcess } from "./in-process.ts";
import { startBackend, startHttpServer } from "./local-servers.ts";
import { besideLoad } from "./steady-load.ts";

const anyBackend = ["--backends", "http://127.0.0.1:1"];

test("an unknown key: exit 78 and one line with file, line, column and what was probably meant", async () => {
  const file = await writeConfig(
    "evenkeel.yaml",
    [
      "version: 1",
      "pools:",
      "  web:",
      "    strateggy: round-robin",
      "    backends: [http://127.0.0.1:8081]",
      "",
    ].join("\n"),
  );
  const { code, stdout, stderr } = await runEvenkeel("proxy", "--config", file);
  expect(stderr).toMatch(/^error: [^\n]+\n$/);
  expect(stderr).toContain(`${file}:4:5 pools.web.strateggy`);
  expect(stderr).toContain('did you mean "strategy"?');
  expect(stdout).toBe("");
  expect(code).toBe(78);
});

test("every mistake of a file is named at once", async () => {
  const file = await writeConfig(
    "evenkeel.yaml",
    "workers: many\nlistners: []\npools: { web: { backends: [ftp://127.0.0.1] } }\n",
  );
  const { code, stderr } = await runInProcess("proxy", "--config", file);
  expect(stderr.match(/^error: /gm)).toHaveLength(3);
  for (const place of [`${file}:1:10`, `${file}:2:1`, `${file}:3:`])
    expect(stderr).toContain(place);
  expect(code).toBe(78);
});

test.each([
  ["a file that is not there", ["--config", "/nonexistent/evenkeel.yaml"], "/nonexistent/"],
  ["a strategy that is not there", [...anyBackend, "--strategy", "round-robbin"], '"round-robin"'],
  ["a port that is none", [...anyBackend, "--port", "80800"], "--port"],
  ["workers that are none", [...anyBackend, "--workers", "some"], "--workers"],
  ["a backend that is no URL", ["--backends", "localhost:8081"], "--backends"],
  ["an admin address that others reach", [...anyBackend, "--admin", ":9000"], "needs a token"],
])("%s: exit 78, and the message names it", async (_what, args, named) => {
  const { code, stdout, stderr } = await runInProcess("proxy", ...args);
  expect(stderr).toMatch(/^error: /);
  expect(stderr).toContain(named);
  expect(stderr).not.toMatch(/\n\s+at /);
  expect(stdout).toBe("");
  expect(code).toBe(78);
});

test("a port that another program holds: exit 69, one clear line, and that program is unharmed", async () => {
  const holder = await startHttpServer((_request, response) => response.end("still here"));
  const { completed, failures } = await besideLoad(holder.origin, () => expectInUse(holder.port));
  expect(failures).toEqual([]);
  expect(completed).toBeGreaterThan(100);
});

test("a port that another evenkeel holds: exit 69, and that one loses no request", async () => {
  const backend = await startBackend("Server-1");
  const holder = await startProxyFor([backend.origin]);
  const { failures } = await besideLoad(holder.origin, () => expectInUse(holder.port));
  expect(failures).toEqual([]);
  expect(holder.program.isRunning).toBe(true);
});

test("an address that this machine does not have: exit 69 and one clear line", async () => {
  const listeners = [{ address: "192.0.2.1:8080" }];
  const pools = { web: { backends: ["http://127.0.0.1:1"] } };
  const file = await writeConfig("evenkeel.json", JSON.stringify({ listeners, pools }));
  const { code, stderr } = await runEvenkeel("proxy", "--config", file);
  expect(stderr).toMatch(/^error: cannot listen on 192\.0\.2\.1:8080: [^\n]+\n$/);
  expect(code).toBe(69);
});

test("a taken port is free again once its holder has gone", async () => {
  const holder = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => holder.once("listening", resolve));
  const { port } = holder.address() as { port: number };
  await expectInUse(port);
  await new Promise((resolve) => holder.close(resolve));
  const second = spawnEvenkeel("proxy", ...anyBackend, "--port", String(port));
  await second.jsonLine(({ addresses }) => Array.isArray(addresses));
});

test("a taken admin port: exit 69, one clear line, and the data port is not opened", async () => {
  const holder = await startHttpServer((_request, response) => response.end());
  const admin = `127.0.0.1:${holder.port}`;
  const flags = [...anyBackend, "--port", "0", "--workers", "2", "--admin", admin];
  const { code, stdout, stderr } = await runEvenkeel("proxy", ...flags);
  expect(stderr).toBe(
    `error: cannot listen on ${admin}: the address is in use by another process\n`,
  );
  expect(stdout).toBe("");
  expect(code).toBe(69);
});

async function expectInUse(port: number): Promise<void> {
  const flags = [...anyBackend, "--port", String(port), "--workers", "2"];
  const { code, stdout, stderr } = await runEvenkeel("proxy", ...flags);
  expect(stderr).toMatch(
    /^error: cannot listen on 127\.0\.0\.1:\d+: the address is in use[^\n]*\n$/,
  );
  expect(stdout).toBe("");
  expect(code).toBe(69);
}
