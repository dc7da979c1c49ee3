import { flushCompileCache } from "node:module";
import { parentPort, workerData } from "node:worker_threads";
import { Scoreboard } from "@evenkeel/core";
import { DataPlane } from "./data-plane.ts";
import type { PlacedConfig } from "./generation/placed-config.ts";
import { TrafficCounters } from "./observe/traffic-counters.ts";
import type { FromWorker, ToWorker, WorkerData } from "./worker-messages.ts";

const data = workerData as WorkerData;

function tell(message: FromWorker): void {
  parentPort?.postMessage(message);
}

const scoreboard = Scoreboard.attach(data.scoreboard);
const dataPlane = new DataPlane({
  scoreboard,
  counters: new TrafficCounters(data.counters, scoreboard.shape),
  worker: data.worker,
  reusePort: data.reusePort,
  writeLog: (lines) => tell({ kind: "log", lines }),
  notify: (notice) => tell({ kind: "notice", notice }),
  writeTraces: (records, dropped) => tell({ kind: "traces", records, dropped }),
  failing: (slot, count) => tell({ kind: "failing", slot, count }),
  trialEnded: (slot, hasSucceeded) => tell({ kind: "trial-ended", slot, hasSucceeded }),
});

// One after the other: a reload may come while the first generation is still being bound.
let turn = start(data.config);

parentPort?.on("message", (message: ToWorker) => {
  if (message.kind === "close") dataPlane.close();
  else turn = turn.then(() => follow(message));
});

async function follow(message: ToWorker): Promise<void> {
  if (message.kind === "drain") void drain();
  else if (message.kind === "prepare") await prepare(message);
  else if (message.kind === "commit") await commit(message.turn);
  else if (message.kind === "tracing") dataPlane.setTracing(message.share);
  else dataPlane.abandon();
}

interface Preparation {
  readonly turn: number;
  readonly config: PlacedConfig;
}

async function prepare({ turn, config }: Preparation): Promise<void> {
  try {
    tell({ kind: "prepared", turn, addresses: await dataPlane.prepare(config) });
  } catch (error) {
    tell({ kind: "prepare-failed", turn, ...factsOf(error) });
  }
}

async function commit(turn: number): Promise<void> {
  await dataPlane.commit();
  tell({ kind: "committed", turn });
}

async function drain(): Promise<void> {
  await dataPlane.drain();
  tell({ kind: "drained" });
  parentPort?.close();
}

async function start(config: PlacedConfig): Promise<void> {
  try {
    const addresses = await dataPlane.prepare(config);
    await dataPlane.commit();
    tell({ kind: "listening", addresses });
    // Else it is written at a clean exit only.
    flushCompileCache();
  } catch (error) {
    tell({ kind: "listen-failed", ...factsOf(error) });
    dataPlane.close();
    parentPort?.close();
  }
}

function factsOf(error: unknown): { readonly code: string; readonly message: string } {
  const { code = "", message } = error as NodeJS.ErrnoException;
  return { code, message };
}
