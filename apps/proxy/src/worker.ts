import { flushCompileCache } from "node:module";
import { parentPort, workerData } from "node:worker_threads";
import { Scoreboard } from "@evenkeel/core";
import { DataPlane } from "./data-plane.ts";
import { TrafficCounters } from "./observe/traffic-counters.ts";
import type { FromWorker, ToWorker, WorkerData } from "./worker-messages.ts";

const data = workerData as WorkerData;

function tell(message: FromWorker): void {
  parentPort?.postMessage(message);
}

const scoreboard = Scoreboard.attach(data.scoreboard);
const dataPlane = new DataPlane({
  config: data.config,
  scoreboard,
  limitTables: data.limitTables,
  counters: new TrafficCounters(data.counters, scoreboard.shape),
  worker: data.worker,
  reusePort: data.reusePort,
  writeLog: (lines) => tell({ kind: "log", lines }),
  notify: (notice) => tell({ kind: "notice", notice }),
  failing: (slot, count) => tell({ kind: "failing", slot, count }),
  trialEnded: (slot, hasSucceeded) => tell({ kind: "trial-ended", slot, hasSucceeded }),
});

parentPort?.on("message", (message: ToWorker) => {
  if (message.kind === "drain") void drain();
  else if (message.kind === "strategy") dataPlane.setStrategy(message.pool, message.choice);
  else dataPlane.close();
});

async function drain(): Promise<void> {
  await dataPlane.drain();
  tell({ kind: "drained" });
  parentPort?.close();
}

try {
  tell({ kind: "listening", addresses: await dataPlane.listen() });
  // Else it is written at a clean exit only.
  flushCompileCache();
} catch (error) {
  const { code = "", message } = error as NodeJS.ErrnoException;
  tell({ kind: "listen-failed", code, message });
  dataPlane.close();
  parentPort?.close();
}
