/* Worker thread: generating load must not share an event loop with parsing logs and killing backends. */
import { performance } from "node:perf_hooks";
import { parentPort, workerData } from "node:worker_threads";
import { driveOpenLoop, type OpenLoopDrive } from "./drive-open-loop.ts";
import type { OpenLoopControl, OpenLoopMessage, OpenLoopStart } from "./open-loop-messages.ts";
import type { OpenLoopPlan } from "./open-loop-plan.ts";

const progressIntervalMs = 250;
const clock = (): number => performance.now();

function post(message: OpenLoopMessage): void {
  parentPort?.postMessage(message);
}

function reportProgress(drive: OpenLoopDrive, startedAtMs: number, durationMs: number): void {
  const { recorder } = drive;
  const times = { elapsedMs: clock() - startedAtMs, durationMs };
  const seen = { glimpse: recorder.glimpse(), latencyUs: recorder.latencySoFar() };
  const progress = { ...recorder.counts(), ...times, ...seen };
  post({ kind: "progress", progress });
}

async function run(plan: OpenLoopPlan): Promise<void> {
  const start: OpenLoopStart = { startedAtMs: clock(), startedAtWallMs: Date.now() };
  const utilizationAtStart = performance.eventLoopUtilization();
  post({ kind: "started", ...start });
  const drive = driveOpenLoop(plan, clock);
  parentPort?.on("message", (message: OpenLoopControl) => {
    if (message === "finish") drive.finish();
    else drive.abort();
  });
  const ticker = setInterval(() => {
    reportProgress(drive, start.startedAtMs, plan.durationMs);
  }, progressIntervalMs);
  await drive.done;
  clearInterval(ticker);
  post({
    kind: "finished",
    result: {
      ...start,
      ...drive.recorder.finish(),
      durationMs: clock() - start.startedAtMs,
      generatorUtilization: performance.eventLoopUtilization(utilizationAtStart).utilization,
    },
  });
}

// A rejection here is a bug or an option that undici refuses: it ends the thread as an 'error' event.
await run(workerData as OpenLoopPlan);
