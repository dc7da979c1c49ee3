import { spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test, vi } from "vitest";
import { eventually } from "../test/eventually.ts";
import { exchangeRaw, head, parseAnswer, RawClient } from "../test/raw-client.ts";
import { startForTest } from "../test/start-for-test.ts";
import type { BackendStats } from "./backend-state.ts";

// Every test starts a process of its own.
vi.setConfig({ testTimeout: 30_000 });

const entry = fileURLToPath(new URL("../test/backend-process.ts", import.meta.url));

type Child = ChildProcessByStdio<null, Readable, Readable>;

function run(...args: readonly string[]): Child {
  const child = spawn(process.execPath, [entry, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  return child;
}

async function firstLine(child: Child): Promise<string> {
  let line = "";
  for await (const chunk of child.stdout.setEncoding("utf8")) {
    line += String(chunk);
    if (line.includes("\n")) return line.slice(0, line.indexOf("\n"));
  }
  return line;
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

test.each([
  [["--port", "70000"], "--port"],
  [["--port", "http"], "--port"],
  [["--latency", "soon"], "--latency"],
  [["--fail-after", "-3s"], "--fail-after"],
  [["--name", "a\nb"], "--name"],
  [["--latancy", "1s"], "Did you mean --latency?"],
])("calls %j a usage error", async (args, message) => {
  const { code, stderr } = await exitOf(run(...args));
  expect(code).toBe(2);
  expect(stderr).toContain(message);
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
