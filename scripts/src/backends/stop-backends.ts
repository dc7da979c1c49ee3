import { setTimeout as sleep } from "node:timers/promises";
import { isAlive } from "./backend-health.ts";
import type { StartedBackend, StateFile } from "./state-file.ts";

/** `killed`: it did not end in time when asked to. `gone`: it had ended before. */
export type StopResult = "stopped" | "killed" | "gone";

/** One backend and what became of it. */
export interface StoppedBackend {
  readonly backend: StartedBackend;
  readonly result: StopResult;
}

const pollMs = 20;

/**
 * Ends every backend in the state file, and only those: a pid that now belongs to another process
 * is left alone. Requests in flight get `graceMs` (5,000) to finish.
 */
export async function stopBackends(
  state: StateFile,
  graceMs: number = 5000,
): Promise<readonly StoppedBackend[]> {
  const deadline = performance.now() + graceMs;
  const backends = state.read();
  const alive = new Set(backends.filter((backend) => signal(backend, "SIGTERM")));
  const stopped = await Promise.all(
    backends.map(async (backend): Promise<StoppedBackend> => {
      if (!alive.has(backend)) return { backend, result: "gone" };
      return { backend, result: await untilEnded(backend, deadline) };
    }),
  );
  state.write([]);
  return stopped;
}

async function untilEnded(backend: StartedBackend, deadline: number): Promise<StopResult> {
  let result: StopResult = "stopped";
  while (isAlive(backend)) {
    if (result === "stopped" && performance.now() > deadline) {
      signal(backend, "SIGKILL");
      result = "killed";
    }
    await sleep(pollMs);
  }
  return result;
}

function signal(backend: StartedBackend, name: NodeJS.Signals): boolean {
  if (!isAlive(backend)) return false;
  try {
    return process.kill(backend.pid, name);
  } catch {
    // It ended in between.
    return false;
  }
}
