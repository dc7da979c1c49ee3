import { workerData } from "node:worker_threads";
import { RateLimitTable, type RateLimitTableOptions } from "../src/index.ts";
import { waitForAll } from "./gate.ts";

export interface RateLimitTask {
  readonly buffer: SharedArrayBuffer;
  readonly options: RateLimitTableOptions;
  readonly threads: number;
  readonly keys: number;
  /** Of this thread, for each key and step. */
  readonly requests: number;
  /** The virtual clock: one burst of requests at each of these times. */
  readonly timesMs: readonly number[];
  /** This thread's own: one cell per key and step, how many passed. */
  readonly report: SharedArrayBuffer;
  /** One gate per step, so that nobody is in the next one before all have ended the last. */
  readonly stepGates: readonly SharedArrayBuffer[];
}

const task = workerData as RateLimitTask;
const table = new RateLimitTable(task.buffer, task.options);
const report = new Int32Array(task.report);

for (const [step, gate] of task.stepGates.entries()) {
  const nowMs = task.timesMs[step] ?? 0;
  waitForAll(gate, task.threads);
  for (let request = 0; request < task.requests; request++) {
    for (let key = 0; key < task.keys; key++) {
      const cell = step * task.keys + key;
      if (table.take(`client-${key}`, nowMs)) report[cell] = (report[cell] ?? 0) + 1;
    }
  }
}
