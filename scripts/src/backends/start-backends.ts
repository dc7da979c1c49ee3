import { spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { checkHealth, isAlive } from "./backend-health.ts";
import { requireFreePorts } from "./free-ports.ts";
import { identifyProcess } from "./process-identity.ts";
import { exitCodes, ScriptError } from "./script-error.ts";
import type { StartedBackend, StateFile } from "./state-file.ts";
import { stopBackends } from "./stop-backends.ts";

const host = "127.0.0.1";
const pollMs = 50;

/** What to start, and with which program. */
export interface StartOptions {
  readonly state: StateFile;
  /** The `evenkeel` program, a JavaScript or TypeScript file. */
  readonly binary: string;
  readonly count: number;
  /** Of the first backend; the others follow. */
  readonly port: number;
  /** Added to every backend's command line. */
  readonly backendArguments: readonly string[];
  /** How long all of them may take until they are healthy; default 15,000. */
  readonly readyWithinMs?: number;
}

/**
 * Starts backends in the background and waits until each is healthy. Nothing is started when a port
 * is taken or others are still running; when one fails, all of these are stopped again.
 */
export async function startBackends(options: StartOptions): Promise<readonly StartedBackend[]> {
  const { state, count, port } = options;
  refuseSecondStart(state);
  const ports = Array.from({ length: count }, (_, i) => port + i);
  await requireFreePorts(host, ports);
  state.claimFolder();
  const started: StartedBackend[] = [];
  try {
    for (const [i, port] of ports.entries()) {
      started.push(startOne(options, `Server-${i + 1}`, port));
      state.write(started);
    }
    const deadline = performance.now() + (options.readyWithinMs ?? 15_000);
    for (const backend of started) await untilHealthy(backend, deadline);
  } catch (error) {
    await stopBackends(state);
    throw error;
  }
  return started;
}

function refuseSecondStart(state: StateFile): void {
  const running = state.read().filter(isAlive);
  if (running.length === 0) return;
  const list = running.map(({ name, port, pid }) => `${name} (port ${port}, pid ${pid})`);
  const message = `already running: ${list.join(", ")}; run "pnpm backends stop" first`;
  throw new ScriptError(message, exitCodes.failure);
}

function startOne(options: StartOptions, name: string, port: number): StartedBackend {
  const logFile = join(options.state.folder, `${name}.log`);
  const log = openSync(logFile, "w", 0o600);
  const own = ["--host", host, "--port", String(port), "--name", name];
  const args = [options.binary, "backend", ...own, ...options.backendArguments];
  const child = spawn(process.execPath, args, { detached: true, stdio: ["ignore", log, log] });
  closeSync(log);
  child.unref();
  // Tells of a failed spawn, where `pid` is undefined and there is nothing else to report.
  child.on("error", () => {});
  const { pid } = child;
  const identity = pid === undefined ? undefined : identifyProcess(pid);
  if (pid === undefined || identity === undefined) throw failure(name, logFile);
  return { name, host, port, pid, identity, logFile };
}

async function untilHealthy(backend: StartedBackend, deadline: number): Promise<void> {
  for (;;) {
    const health = await checkHealth(backend);
    // A backend that was told to be sick (--fail-after 0s) is up all the same.
    if (health === "healthy" || health === "unhealthy") return;
    if (health === "ended" || performance.now() > deadline) {
      throw failure(backend.name, backend.logFile);
    }
    await sleep(pollMs);
  }
}

function failure(name: string, logFile: string): ScriptError {
  const lastWords = readFileSync(logFile, "utf8").trim().split("\n").at(-1);
  const said = lastWords === undefined || lastWords === "" ? "it said nothing" : lastWords;
  return new ScriptError(`${name} did not become healthy: ${said}`, exitCodes.failure);
}
