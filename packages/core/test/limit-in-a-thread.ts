import { workerData } from "node:worker_threads";
import { Balancer, Lease, Pool, Scoreboard, defaultChoice } from "../src/index.ts";
import { backends } from "./backends.ts";
import { seeded } from "./strategies.ts";

export interface LimitTask {
  readonly buffer: SharedArrayBuffer;
  /** Two cells: how many threads arrived, and 1 once all did. */
  readonly gate: SharedArrayBuffer;
  /** One cell per backend: attempts that somebody holds at this moment. */
  readonly held: SharedArrayBuffer;
  /** This thread's own: leases granted, and the most that it saw held at a backend, and in all. */
  readonly report: SharedArrayBuffer;
  readonly worker: number;
  readonly threads: number;
  /** Leases that this thread takes before it ends. */
  readonly grants: number;
  readonly inFlightPerBackend: number;
  readonly inFlight: number;
}

const task = workerData as LimitTask;
const gate = new Int32Array(task.gate);
const held = new Int32Array(task.held);
const report = new Int32Array(task.report);
const random = seeded(task.worker);
const balancer = new Balancer({
  pool: new Pool("web", 0, backends(held.length - 1)),
  strategy: defaultChoice("random"),
  scoreboard: Scoreboard.attach(task.buffer),
  worker: task.worker,
  clock: () => 0,
  random,
  limits: {
    inFlightPerBackend: task.inFlightPerBackend,
    inFlight: task.inFlight,
    adaptive: false,
  },
});

/** Counted after it was granted and until before it is given back, so never more than is in flight. */
function hold({ backend: { slot } }: Lease): void {
  report[0] = (report[0] ?? 0) + 1;
  report[1] = Math.max(report[1] ?? 0, Atomics.add(held, slot, 1) + 1);
  report[2] = Math.max(report[2] ?? 0, Atomics.add(held, held.length - 1, 1) + 1);
}

function giveBack(lease: Lease): void {
  Atomics.sub(held, lease.backend.slot, 1);
  Atomics.sub(held, held.length - 1, 1);
  lease.release({ kind: "canceled" });
}

/** The last thread to arrive opens the gate, so that all begin at the same time. */
function waitForAll(): void {
  if (Atomics.add(gate, 0, 1) + 1 === task.threads) {
    Atomics.store(gate, 1, 1);
    Atomics.notify(gate, 1);
  }
  Atomics.wait(gate, 1, 0);
}

waitForAll();
const leases: Lease[] = [];
while ((report[0] ?? 0) < task.grants) {
  const result = balancer.acquire({ hashKey: "", tried: [] });
  if (result instanceof Lease) {
    hold(result);
    leases.push(result);
  } else if (leases.length === 0) {
    // Others hold every place and may be waiting for this core: nothing changes before they have it.
    Atomics.wait(gate, 1, 1, 1);
  }
  // About as many as it gets, at random times.
  if (leases.length > 0 && random() < 0.5) giveBack(leases.shift() as Lease);
}
for (const lease of leases) giveBack(lease);
