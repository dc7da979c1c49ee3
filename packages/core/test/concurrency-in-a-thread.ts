import { workerData } from "node:worker_threads";
import { ConcurrencyTable, type ConcurrencyTableOptions } from "../src/index.ts";
import { waitForAll } from "./gate.ts";

export interface ConcurrencyTask {
  readonly buffer: SharedArrayBuffer;
  readonly options: ConcurrencyTableOptions;
  readonly worker: number;
  readonly keys: number;
  readonly rounds: number;
  readonly gate: SharedArrayBuffer;
  /** By key: how many are really under way, counted one by one. */
  readonly underWay: SharedArrayBuffer;
  /** The most that ever were, of any key; and how many requests were counted. */
  readonly report: SharedArrayBuffer;
}

const task = workerData as ConcurrencyTask;
const table = new ConcurrencyTable(task.buffer, task.options, task.worker);
const underWay = new Int32Array(task.underWay);
const report = new Int32Array(task.report);
const held: { key: number; place: number }[] = [];

waitForAll(task.gate, task.options.workers);
for (let round = 0; round < task.rounds; round++) {
  const key = (round * 7 + task.worker) % task.keys;
  const place = table.acquire(`client-${key}`);
  if (place >= 0) {
    const now = Atomics.add(underWay, key, 1) + 1;
    report[0] = Math.max(report[0] ?? 0, now);
    report[1] = (report[1] ?? 0) + 1;
    held.push({ key, place });
  }
  if (place < 0 || held.length > 3) end(held.shift());
}
while (held.length > 0) end(held.shift());

/** The count of the test goes down first, so that it is never above what the table allows. */
function end(request: { key: number; place: number } | undefined): void {
  if (request === undefined) return;
  Atomics.sub(underWay, request.key, 1);
  table.release(request.place);
}
