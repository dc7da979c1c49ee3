/* Worker thread: generating load must not share an event loop with printing, judging and other workers. */
import { performance } from "node:perf_hooks";
import { parentPort, workerData } from "node:worker_threads";
import { driveShare } from "./drive-share.ts";
import type { LoadControl, LoadWorkerMessage } from "./load-messages.ts";
import type { LoadShare } from "./load-plan.ts";
import { LoadRecorder } from "./load-recorder.ts";
import { RequestRows } from "./request-rows.ts";
import type { WorkerDrive } from "./worker-drive.ts";

const deltaEveryMs = 250;
const clock = (): number => performance.now();

/** Of the load at hand; a crew's worker does one after the other. */
let share = workerData as LoadShare;
let current: WorkerDrive | undefined;
let order: "finish" | "abort" | undefined;
let started = Promise.withResolvers<number>();

function post(message: LoadWorkerMessage): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  parentPort?.postMessage(message);
}

parentPort?.on("message", (message: LoadControl) => {
  if (message.kind === "start") return started.resolve(message.startedAtMs);
  if (message.kind === "again") return begin(message.share);
  order = message.kind;
  // Whoever is told to end while it waits for the others has nothing to wait for.
  started.resolve(clock());
  current?.[message.kind]();
});

function begin(next: LoadShare): void {
  share = next;
  current = undefined;
  order = undefined;
  started = Promise.withResolvers<number>();
  void run();
}

/** The same load for the plan's warm-up: at its first rate, or over its connections. */
function warmupOf({ plan, worker }: LoadShare): LoadShare {
  const { shape, warmupMs } = plan;
  if (shape.loop === "closed") {
    const warm = { ...shape, requests: undefined, durationMs: warmupMs };
    return { plan: { ...plan, shape: warm, ledgerId: undefined, csvFile: undefined }, worker };
  }
  const rate = Math.max(...shape.stages.slice(0, 1).map((s) => s.fromPerSecond || s.toPerSecond));
  const stages = [{ fromPerSecond: rate, toPerSecond: rate, durationMs: warmupMs }];
  const warm = { ...shape, requests: undefined, stages };
  return { plan: { ...plan, shape: warm, ledgerId: undefined, csvFile: undefined }, worker };
}

async function warmUp(): Promise<string | undefined> {
  if (share.plan.warmupMs <= 0) return undefined;
  const warmup = warmupOf(share);
  return await drive(warmup, new LoadRecorder(warmup.plan), clock());
}

async function drive(
  part: LoadShare,
  recorder: LoadRecorder,
  startedAtMs: number,
): Promise<string | undefined> {
  current = driveShare(part, recorder, clock, startedAtMs);
  if (order !== undefined) current[order]();
  return await current.done;
}

async function measure(startedAtMs: number): Promise<void> {
  const { csvFile } = share.plan;
  const rows = csvFile === undefined ? undefined : new RequestRows(share, csvFile);
  const recorder = new LoadRecorder(share.plan, rows);
  const utilizationAtStart = performance.eventLoopUtilization();
  const say = (): void => {
    const { due, ended, dropped } = recorder.counts();
    post({ kind: "delta", delta: recorder.flush(), inFlight: due - ended - dropped });
  };
  const ticker = setInterval(say, deltaEveryMs);
  const unreachable = await drive(share, recorder, startedAtMs);
  clearInterval(ticker);
  const durationMs = clock() - startedAtMs;
  const { utilization } = performance.eventLoopUtilization(utilizationAtStart);
  say();
  await rows?.close();
  end({
    durationMs,
    utilization,
    unreachable,
    ledger: recorder.ledger?.columns(),
  });
}

function end(facts: Extract<LoadWorkerMessage, { readonly kind: "ended" }>["end"]): void {
  post({ kind: "ended", end: facts });
}

async function run(): Promise<void> {
  const unreachable = await warmUp();
  if (unreachable !== undefined) {
    return end({ durationMs: 0, utilization: 0, unreachable, ledger: undefined });
  }
  post({ kind: "ready" });
  const startedAtMs = await started.promise;
  await delayUntil(startedAtMs);
  await measure(startedAtMs);
}

/** The others get the same moment; the first request is due then, and not when the message came. */
async function delayUntil(atMs: number): Promise<void> {
  const waitMs = atMs - clock();
  if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
}

// A rejection here is a bug or an option that a client library refuses: it ends the thread as an 'error' event.
await run();
