import { request } from "node:http";
import { join } from "node:path";
import { json } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { freePorts, waitForPort } from "../proc/ports.ts";
import type { StartedProcess } from "../proc/processes.ts";
import type { Workbench } from "../workbench.ts";
import type { LatencyLoadPlan, LatencyLoadResult } from "./load-result.ts";

const START_TIMEOUT_MS = 5000;

/**
 * The load and the backend, one process on the load cores: with a backend of its own that shares the
 * core, each request would cost two switches between them, and either would wait while the other
 * works.
 */
export interface LoadProcess {
  readonly backendPort: number;
  readonly controlPort: number;
  readonly process: StartedProcess;
}

/** Starts it; the backend answers `GET target` faster than anything else. */
export async function startLoadProcess(bench: Workbench, target: string): Promise<LoadProcess> {
  const [backendPort = 0, controlPort = 0] = await freePorts(2);
  const file = fileURLToPath(new URL("latency-load-main.ts", import.meta.url));
  const started = bench.processes.start(
    { program: process.execPath, args: [file, String(backendPort), String(controlPort), target] },
    { cores: bench.cores.load, errorFile: join(bench.directory, "latency-load.log") },
  );
  if (!(await waitForPort(controlPort, START_TIMEOUT_MS, () => !started.isRunning))) {
    throw new Error(`the latency load does not start: ${started.errorTail()}`);
  }
  return { backendPort, controlPort, process: started };
}

/** Runs one plan to its end. */
export function runLatencyLoad(
  { controlPort }: LoadProcess,
  plan: LatencyLoadPlan,
): Promise<LatencyLoadResult> {
  return new Promise((resolve, reject) => {
    const options = { host: "127.0.0.1", port: controlPort, method: "POST", agent: false };
    request(options, (response) => {
      (json(response) as Promise<LatencyLoadResult>).then(resolve, reject);
    })
      .on("error", reject)
      .end(JSON.stringify(plan));
  });
}
