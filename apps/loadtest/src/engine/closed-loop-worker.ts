/* Worker thread: generating load must not share an event loop with printing, timers and signals. */
import { parentPort, workerData } from "node:worker_threads";
import { CsvFile } from "../observation/csv-file.ts";
import { createRecorder } from "../observation/recorder.ts";
import { outcomeRow, requestHeadings } from "../observation/request-rows.ts";
import {
  type Drive,
  type DriveResult,
  driveAutocannon,
  type OutcomeObserver,
} from "./drive-autocannon.ts";
import type { ControlMessage, Progress, WorkerMessage } from "./messages.ts";
import type { ClosedLoopPlan } from "./plan.ts";

const progressIntervalMs = 250;

let current: Drive | undefined;
let isStopped = false;

function post(message: WorkerMessage): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  parentPort?.postMessage(message);
}

async function drive(
  plan: ClosedLoopPlan,
  phase: Progress["phase"],
  observe?: OutcomeObserver,
): Promise<DriveResult> {
  const drive = driveAutocannon(plan, observe);
  current = drive;
  const startedAtMs = performance.now();
  const { requests, durationMs } = plan;
  const ticker = setInterval(() => {
    const elapsedMs = performance.now() - startedAtMs;
    const completed = drive.completed();
    const progress = { phase, completed, requests, elapsedMs, durationMs };
    post({ kind: "progress", progress: { ...progress, glimpse: drive.glimpse() } });
  }, progressIntervalMs);
  try {
    return await drive.result;
  } finally {
    clearInterval(ticker);
  }
}

function warmupPlan(plan: ClosedLoopPlan): ClosedLoopPlan {
  const requests = plan.warmupRequests;
  const connections = Math.min(plan.connections, requests);
  return { ...plan, requests, connections, durationMs: undefined };
}

/** Interrupted during the warm-up: there is a result, and it is empty. */
function nothingMeasured(): WorkerMessage {
  const startedAtMs = performance.now();
  const facts = { startedAt: new Date(), startedAtMs, generatorUtilization: 0 };
  return { kind: "finished", observation: createRecorder(startedAtMs).finish(facts) };
}

async function run(plan: ClosedLoopPlan): Promise<void> {
  if (plan.warmupRequests > 0) {
    const warmup = await drive(warmupPlan(plan), "warm-up");
    if (warmup.kind === "unreachable") return post(warmup);
  }
  post(isStopped ? nothingMeasured() : await measured(plan));
}

/** Rows go to the file from this thread, as they come: a list of them would grow with the run. */
async function measured(plan: ClosedLoopPlan): Promise<DriveResult> {
  const { requestCsv, method } = plan;
  if (requestCsv === undefined) return await drive(plan, "measuring");
  const csv = new CsvFile(requestCsv, requestHeadings);
  const result = await drive(plan, "measuring", (outcome, startedAtMs) =>
    csv.row(outcomeRow(outcome, { method, number: csv.rows, startedAtMs })),
  );
  await csv.close();
  return result;
}

parentPort?.on("message", (message: ControlMessage) => {
  if (message !== "stop") return;
  isStopped = true;
  current?.stop();
});

// A rejection here is a bug or an option that autocannon refuses: it ends the thread as an 'error' event.
await run(workerData as ClosedLoopPlan);
