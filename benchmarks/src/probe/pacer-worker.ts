import { parentPort, workerData } from "node:worker_threads";
import { seededRandom } from "../seeded-random.ts";
import { poissonArrivals } from "./arrivals.ts";
import { monotonicMs } from "./monotonic.ts";

export interface PacerPlan {
  readonly durationMs: number;
  readonly ratePerSecond: number;
  readonly seed: number;
}

/**
 * Tells its parent when each request is due, on the clock of `monotonicMs`; first the moment of its
 * own start. A thread of its own, because timers of an event loop count whole milliseconds and a
 * thread that waits for nothing else can wait for microseconds.
 */
const plan = workerData as PacerPlan;
const never = new Int32Array(new SharedArrayBuffer(4));
const startMs = monotonicMs();
parentPort?.postMessage(startMs);
for (const offsetMs of poissonArrivals(plan.ratePerSecond, seededRandom(plan.seed))) {
  if (offsetMs > plan.durationMs) break;
  const dueMs = startMs + offsetMs;
  Atomics.wait(never, 0, 0, Math.max(0, dueMs - monotonicMs()));
  parentPort?.postMessage(dueMs);
}
