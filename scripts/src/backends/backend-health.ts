import { identifyProcess } from "./process-identity.ts";
import type { StartedBackend } from "./state-file.ts";

/** `ended`: its process is gone. `silent`: it runs, but what answers on its port is not it. */
export type BackendHealth = "healthy" | "unhealthy" | "silent" | "ended";

const probeTimeoutMs = 1000;

/** True while the very process that was started is alive. */
export function isAlive(backend: StartedBackend): boolean {
  return identifyProcess(backend.pid) === backend.identity;
}

/** Where it listens. */
export function urlOf({ host, port }: StartedBackend): string {
  return `http://${host}:${port}`;
}

/** Asks a backend how it is. */
export async function checkHealth(backend: StartedBackend): Promise<BackendHealth> {
  if (!isAlive(backend)) return "ended";
  try {
    const signal = AbortSignal.timeout(probeTimeoutMs);
    const response = await fetch(`${urlOf(backend)}/health`, { signal });
    await response.arrayBuffer();
    if (response.headers.get("x-backend") !== backend.name) return "silent";
    return response.ok ? "healthy" : "unhealthy";
  } catch {
    return "silent";
  }
}
