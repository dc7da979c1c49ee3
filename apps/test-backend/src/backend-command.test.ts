import { spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { CommanderError } from "commander";
import { expect, onTestFinished, test, vi } from "vitest";
import { eventually } from "../test/eventually.ts";
import { exchangeRaw, head, parseAnswer, RawClient, tryConnect } from "../test/raw-client.ts";
import { startForTest } from "../test/start-for-test.ts";
import { createBackendCommand } from "./backend-command.ts";
import type { BackendStats } from "./backend-state.ts";
import { faultKinds } from "./faults/registry.ts";
import type { LedgerArrival, LedgerEntry } from "./ledger.ts";

// Every test starts a process of its own.
vi.setConfig({ testTimeout: 30_000 });

const entry = fileURLToPath(new URL("../test/backend-process.ts", import.meta.url));

type Child = ChildProcessByStdio<null, Readable, Readable>;

function run(...args: readonly string[]): Child {
  const child = spawn(process.execPath, [entry, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  return child;
}

interface Ready {
  readonly name: string;
  readonly port: number;
  readonly controlPort: number;
}

async function firstLine(child: Child): Promise<string> {
  const [line = ""] = await firstLines(child, 1);
  return line;
}

async function firstLines(child: Child, count: number): Promise<string[]> {
  let text = "";
  for await (const chunk of child.stdout.setEncoding("utf8")) {
    text += String(chunk);
    if (text.split("\n").length > count) break;
  }
  return text.split("\n").slice(0, count);
}

function folderForTest(): string {
  const folder = mkdtempSync(join(tmpdir(), "evenkeel-backend-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

async function runJson(...args: readonly string[]): Promise<{ child: Child; port: number }> {
  const child = run("--port", "0", "--json", ...args);
  const ready = JSON.parse(await firstLine(child)) as { port: number };
  return { child, port: ready.port };
}

async function exitOf(child: Child): Promise<{ code: number | null; stderr: string }> {
  const [stderr] = await Promise.all([text(child.stderr), once(child, "close")]);
  return { code: child.exitCode, stderr };
}

test("prints one line when it is ready, and exits 0 at SIGTERM", async () => {
  const child = run("--port", "0", "--name", "Server-1");
  expect(await firstLine(child)).toMatch(/^Server-1 listens on http:\/\/127\.0\.0\.1:\d+$/);
  child.kill("SIGTERM");
  expect(await exitOf(child)).toEqual({ code: 0, stderr: "" });
});

test("prints the ready line as JSON when asked to", async () => {
  const child = run("--port", "0", "--name", "Server-1", "--json");
  expect(JSON.parse(await firstLine(child))).toEqual({
    event: "listening",
    name: "Server-1",
    host: "127.0.0.1",
    port: expect.any(Number),
  });
});

test("exits 69 with one line on stderr when the port is taken", async () => {
  const { port } = await startForTest();
  const { code, stderr } = await exitOf(run("--port", String(port)));
  expect(code).toBe(69);
  expect(stderr).toMatch(/^evenkeel backend: cannot listen on 127\.0\.0\.1:\d+: .*taken.*\n$/);
});

test("finishes the request in flight after SIGINT, then exits 0", async () => {
  const { child, port } = await runJson();
  const client = new RawClient(port);
  client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n");
  await untilArrived(port, "/echo");
  child.kill("SIGINT");
  await untilRefused(port);
  client.send("x");
  expect(parseAnswer(await client.takeAll()).status).toBe(200);
  expect((await exitOf(child)).code).toBe(0);
});

test("ends at once at the second signal", async () => {
  const { child, port } = await runJson();
  new RawClient(port).send(head("GET", "/delay/3600000"));
  await untilArrived(port, "/delay/3600000");
  child.kill("SIGTERM");
  await untilRefused(port);
  child.kill("SIGTERM");
  expect((await exitOf(child)).code).toBe(143);
});

test("takes --fail-after and --latency", async () => {
  const { port } = await runJson("--fail-after", "1ms", "--latency", "1ms");
  const ask = async (): Promise<number> => (await exchangeRaw(port, head("GET", "/"))).status;
  await eventually(async () => (await ask()) === 503);
});

/** What the command says of wrong usage, without a process. */
async function complaintOf(args: readonly string[]): Promise<string> {
  let complaint = "";
  const command = createBackendCommand().exitOverride();
  command.configureOutput({ writeErr: (text) => (complaint += text) });
  await expect(command.parseAsync([...args], { from: "user" })).rejects.toThrow(CommanderError);
  return complaint;
}

test.each([
  [["--port", "70000"], "--port"],
  [["--port", "http"], "--port"],
  [["--latency", "soon"], "--latency"],
  [["--fail-after", "-3s"], "--fail-after"],
  [["--name", "a\nb"], "--name"],
  [["--latancy", "1s"], "Did you mean --latency?"],
  [["--fault", "stauts=503"], "Did you mean status? Valid: latency, slow, status"],
  [["--fault", "status=503,cod=1"], "Did you mean code? Valid: code, retryAfter, probability"],
  [["--faults", "no-such-file.yaml"], "no-such-file.yaml"],
  [["--timeline", "10s: hang"], "t=10s: status 503 30% for 20s"],
  [["--ports", "9001-9000"], "such as 9001-9100 or 9001,9005"],
  [["--ports", "9001,9001"], "A port comes twice."],
  [["--ports", "9001", "--port", "9001"], "cannot be used with"],
  [["--count", "3", "--port", "65534"], "beyond port 65535"],
  [["--ledger", "no/such/folder/x"], "--ledger: ENOENT"],
  [["--ledger-arrivals"], "--ledger-arrivals needs --ledger"],
])("calls %j a usage error", async (args, message) => {
  expect(await complaintOf(args)).toContain(message);
});

test("exits 2 at a usage error", async () => {
  const { code, stderr } = await exitOf(run("--fault", "stauts=503"));
  expect([code, stderr]).toEqual([2, expect.stringContaining("Did you mean status?")]);
});

test("takes faults as flags, from a file and as a timeline", async () => {
  const file = join(folderForTest(), "faults.yaml");
  writeFileSync(file, "- fault: status\n  code: 418\n  path: /file\n");
  const flags = ["--fault", "status=500,path=/one", "--fault", "status=501,path=/two"];
  const timeline = "t=0s: 502 path=/three; t=1h: hang";
  const { port } = await runJson(...flags, "--faults", file, "--timeline", timeline);
  const statuses = [];
  for (const path of ["/one", "/two", "/file", "/three", "/"]) {
    statuses.push((await exchangeRaw(port, head("GET", path))).status);
  }
  expect(statuses).toEqual([500, 501, 418, 502, 200]);
});

test("runs several backends, named by port, with one control port", async () => {
  const several = ["--count", "3", "--port", "0", "--name", "api"];
  const child = run(...several, "--control-port", "0", "--json");
  const ready = (await firstLines(child, 3)).map((line) => JSON.parse(line) as Ready);
  expect(new Set(ready.map(({ port }) => port)).size).toBe(3);
  for (const { name, port, controlPort } of ready) {
    expect(name).toBe(`api-${port}`);
    expect((await exchangeRaw(port, head("GET", "/"))).fields).toContain(`X-Backend: ${name}`);
    expect((await exchangeRaw(controlPort, head("GET", "/__backends"))).body).toContain(name);
  }
  child.kill("SIGTERM");
  expect((await exitOf(child)).code).toBe(0);
});

test("starts none of several when one port is taken, and says which", async () => {
  const { port } = await startForTest();
  const free = await startForTest();
  await free.close();
  const { code, stderr } = await exitOf(run("--ports", `${free.port},${port}`));
  expect([code, stderr]).toEqual([
    69,
    expect.stringContaining(`127.0.0.1:${port}: the port is taken`),
  ]);
});

test("has the ledger's lines of what it answered when it is killed, and of what it had not", async () => {
  const ledger = join(folderForTest(), "ledger.ndjson");
  const { child, port } = await runJson("--ledger", ledger, "--ledger-arrivals");
  await exchangeRaw(port, head("GET", "/done"));
  new RawClient(port).send(head("GET", "/delay/3600000"));
  await untilArrived(port, "/delay/3600000");
  child.kill("SIGKILL");
  await exitOf(child);
  const lines = readFileSync(ledger, "utf8").trim().split("\n");
  const told = lines.map((line) => JSON.parse(line) as LedgerEntry | LedgerArrival);
  const of = (target: string): string[] =>
    told.filter((line) => line.target === target).map(({ event }) => event);
  expect([of("/done"), of("/delay/3600000")]).toEqual([["arrived", "ended"], ["arrived"]]);
});

test("writes an arrival down before anything is done with it", async () => {
  const ledger = join(folderForTest(), "ledger.ndjson");
  const flags = ["--ledger", ledger, "--ledger-arrivals", "--fault", "gc-pause=1h"];
  const { port } = await runJson(...flags);
  new RawClient(port).send(head("GET", "/stops-the-process"));
  await eventually(() => readFileSync(ledger, "utf8").includes('"target":"/stops-the-process"'));
});

test("keeps running while its port refuses, and ends at SIGTERM", async () => {
  const { child, port } = await runJson("--fault", "refuse");
  await eventually(async () => (await tryConnect(port)) === "refused");
  child.kill("SIGTERM");
  expect((await exitOf(child)).code).toBe(0);
});

test("has the fault vocabulary in its help", async () => {
  const help = await text(run("--help").stdout);
  for (const { name, example } of faultKinds) {
    expect(help).toContain(`  ${name}`);
    expect(help).toContain(example);
  }
});

test("has examples in its help", async () => {
  const child = run("--help");
  const [help] = await Promise.all([text(child.stdout), once(child, "close")]);
  expect(help).toContain("$ evenkeel backend --port 8081 --name Server-1");
  expect(child.exitCode).toBe(0);
});

async function untilArrived(port: number, target: string): Promise<void> {
  await eventually(async () => {
    const { body } = await exchangeRaw(port, head("GET", "/__stats"));
    return target in (JSON.parse(body) as BackendStats).byTarget;
  });
}

async function untilRefused(port: number): Promise<void> {
  await eventually(async () => {
    const { socket } = new RawClient(port);
    // A connection that still gets through is idle, and closed by the shutdown we wait for.
    await new Promise((resolve) => socket.once("close", resolve));
    return socket.errored !== null;
  });
}
