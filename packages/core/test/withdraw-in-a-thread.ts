import { workerData } from "node:worker_threads";
import { RetryBudget, Scoreboard } from "../src/index.ts";
import { waitForAll } from "./gate.ts";

export interface WithdrawTask {
  readonly threads: number;
  readonly buffer: SharedArrayBuffer;
  readonly gate: SharedArrayBuffer;
  readonly worker: number;
  readonly minRetriesPerSecond: number;
  /** How often the thread asks. */
  readonly tries: number;
}

const task = workerData as WithdrawTask;
const budget = new RetryBudget({
  scoreboard: Scoreboard.attach(task.buffer),
  worker: task.worker,
  pool: 0,
  budget: 0,
  minRetriesPerSecond: task.minRetriesPerSecond,
});

waitForAll(task.gate, task.threads);
for (let one = 0; one < task.tries; one++) budget.tryWithdraw(0);
