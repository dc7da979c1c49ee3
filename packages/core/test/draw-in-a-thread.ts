import { workerData } from "node:worker_threads";
import {
  Balancer,
  Lease,
  Pool,
  Scoreboard,
  defaultChoice,
  type StrategyName,
} from "../src/index.ts";
import { backends } from "./backends.ts";
import { waitForAll } from "./gate.ts";
import { seeded } from "./strategies.ts";

export interface DrawTask {
  readonly strategy: StrategyName;
  /** Threads that draw; the scoreboard may have columns for more. */
  readonly threads: number;
  /** One lease of so many stays open. */
  readonly keepsEvery: number;
  readonly buffer: SharedArrayBuffer;
  readonly gate: SharedArrayBuffer;
  /** One cell per backend, this thread's own: how often it was drawn. */
  readonly counts: SharedArrayBuffer;
  readonly worker: number;
  readonly draws: number;
}

const task = workerData as DrawTask;
const scoreboard = Scoreboard.attach(task.buffer);
const counts = new Int32Array(task.counts);
const balancer = new Balancer({
  pool: new Pool("web", 0, backends(counts.length)),
  strategy: defaultChoice(task.strategy),
  scoreboard,
  worker: task.worker,
  clock: () => 0,
  random: seeded(task.worker),
});

const request = { hashKey: "", tried: [] };
waitForAll(task.gate, task.threads);
for (let draw = 0; draw < task.draws; draw++) {
  const lease = balancer.acquire(request);
  if (!(lease instanceof Lease)) throw new Error(lease);
  Atomics.add(counts, lease.backend.slot, 1);
  if (draw % task.keepsEvery !== 0) lease.release({ kind: "response", status: 200, latencyMs: 1 });
}
