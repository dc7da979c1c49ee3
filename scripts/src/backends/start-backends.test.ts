import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { findFreePorts, takePort } from "../../test/free-port-range.ts";
import { checkHealth, isAlive } from "./backend-health.ts";
import { startBackends } from "./start-backends.ts";
import { StateFile, type StartedBackend } from "./state-file.ts";
import { stopBackends } from "./stop-backends.ts";

// Every test starts processes of its own.
vi.setConfig({ testTimeout: 30_000 });

const binary = fileURLToPath(new URL("../../test/fake-evenkeel.ts", import.meta.url));
let folder: string;
let state: StateFile;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "evenkeel-scripts-"));
  vi.stubEnv("TMPDIR", folder);
  state = new StateFile("/some/checkout");
});

afterEach(async () => {
  await stopBackends(state, 0);
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

async function start(count: number, behave = "well"): Promise<readonly StartedBackend[]> {
  const port = await findFreePorts(count);
  const backendArguments = ["--behave", behave];
  return startBackends({ state, binary, count, port, backendArguments, readyWithinMs: 20_000 });
}

test("starts backends on consecutive ports, healthy when it returns", async () => {
  const started = await start(2);
  expect(started.map(({ name }) => name)).toEqual(["Server-1", "Server-2"]);
  expect(started[1]?.port).toBe((started[0]?.port ?? 0) + 1);
  expect(await Promise.all(started.map(checkHealth))).toEqual(["healthy", "healthy"]);
  expect(state.read()).toEqual(started);
});

test("stops what it started, and remembers nothing then", async () => {
  const started = await start(2);
  const stopped = await stopBackends(state);
  expect(stopped.map(({ result }) => result)).toEqual(["stopped", "stopped"]);
  expect(started.map(isAlive)).toEqual([false, false]);
  expect(state.read()).toEqual([]);
  expect(await stopBackends(state)).toEqual([]);
});

test("kills a backend that does not end when asked to", async () => {
  await start(1, "stubborn");
  const [stopped] = await stopBackends(state, 0);
  expect(stopped?.result).toBe("killed");
});

test("starts nothing when a port is taken, and names that port", async () => {
  const first = await findFreePorts(3);
  const { server, port } = await takePort(first + 1);
  const options = { state, binary, count: 3, port: first, backendArguments: [] };
  await expect(startBackends(options)).rejects.toMatchObject({
    exitCode: 69,
    message: `port ${port} is taken (nothing was started; choose others with --port)`,
  });
  expect(state.read()).toEqual([]);
  server.close();
  await once(server, "close");
});

test("refuses a second start while backends are running", async () => {
  const [first] = await start(1);
  await expect(start(1)).rejects.toMatchObject({
    exitCode: 1,
    message: expect.stringContaining(`Server-1 (port ${first?.port}, pid ${first?.pid})`),
  });
});

test("stops the others and tells the last words when a backend ends at once", async () => {
  await expect(start(2, "crash")).rejects.toThrow("Server-1 did not become healthy: no luck today");
  expect(state.read()).toEqual([]);
});

test("gives up on a backend that never listens", async () => {
  const port = await findFreePorts(1);
  const backendArguments = ["--behave", "mute"];
  const options = { state, binary, count: 1, port, backendArguments, readyWithinMs: 0 };
  await expect(startBackends(options)).rejects.toThrow("it said nothing");
  expect(state.read()).toEqual([]);
});

test("does not touch another process that was given the pid of an ended backend", async () => {
  const [backend] = await start(1);
  if (backend === undefined) throw new Error("nothing was started");
  const earlier = { ...backend, identity: backend.identity.replace(/^\S+/, "1") };
  state.write([earlier]);
  expect(await checkHealth(earlier)).toBe("ended");
  expect(await stopBackends(state)).toEqual([{ backend: earlier, result: "gone" }]);
  expect(isAlive(backend)).toBe(true);
  state.write([backend]);
});
