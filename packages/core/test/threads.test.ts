import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import { Scoreboard } from "../src/index.ts";
import { spread } from "./backends.ts";
import type { DrawTask } from "./draw-in-a-thread.ts";
import { createGate } from "./gate.ts";
import type { WithdrawTask } from "./withdraw-in-a-thread.ts";

const workers = 4;
const draws = 50_000;
// Does not divide 200,000: the counts can only be exact to within 1, and must be.
const backends = 7;

function sum(numbers: Iterable<number>): number {
  return [...numbers].reduce((total, number) => total + number, 0);
}

function sharedBy({ buffer }: Scoreboard): Pick<DrawTask, "buffer" | "gate" | "threads"> {
  return { buffer, gate: createGate(), threads: workers };
}

/** How often the thread drew each backend. */
async function countsOfThread(task: Omit<DrawTask, "counts">): Promise<Int32Array> {
  const counts = new SharedArrayBuffer(backends * Int32Array.BYTES_PER_ELEMENT);
  const url = new URL("./draw-in-a-thread.ts", import.meta.url);
  await once(new Worker(url, { workerData: { ...task, counts } satisfies DrawTask }), "exit");
  return new Int32Array(counts);
}

test("four threads that draw at once share round robin to within one request", async () => {
  const scoreboard = Scoreboard.allocate({ workers, pools: 1, backends });
  for (let slot = 0; slot < backends; slot++) scoreboard.setReady(slot, true);
  const shared = sharedBy(scoreboard);

  const threads = await Promise.all(
    [0, 1, 2, 3].map((worker) =>
      countsOfThread({ ...shared, strategy: "round-robin", keepsEvery: 4, worker, draws }),
    ),
  );

  const slots = Array.from({ length: backends }, (_, slot) => slot);
  const totals = slots.map((slot) => sum(threads.map((counts) => counts[slot] ?? 0)));
  expect(threads.map(sum)).toEqual([draws, draws, draws, draws]);
  expect(spread(totals)).toBe(1);
  expect(scoreboard.nextSequence(0)).toBe(workers * draws);
  expect(sum(slots.map((slot) => scoreboard.inFlight(slot)))).toBe((workers * draws) / 4);
}, 30_000);

/*
 * A worker reads the counts and then adds its own. Of the last `workers + 1` additions to one backend two
 * are the same worker's, and its later choice saw the earlier addition; so while nothing ends, the fullest
 * backend is at most `workers` above the emptiest, however the threads are interleaved.
 */
test("four threads keep least connections level to within one request per thread", async () => {
  const head = 1_000;
  const scoreboard = Scoreboard.allocate({ workers: workers + 1, pools: 1, backends });
  for (let slot = 0; slot < backends; slot++) scoreboard.setReady(slot, true);
  // Another worker's requests, which none of the four has made.
  for (let request = 0; request < head; request++) scoreboard.started(workers, 0);
  const shared = sharedBy(scoreboard);
  const strategy = "least-connections";
  const task = { ...shared, strategy, keepsEvery: 1, draws: 3_000 } as const;

  const threads = await Promise.all(
    [0, 1, 2, 3].map((worker) => countsOfThread({ ...task, worker })),
  );

  const slots = Array.from({ length: backends }, (_, slot) => slot);
  const inFlight = slots.map((slot) => scoreboard.inFlight(slot));
  expect(threads.map(sum)).toEqual([3_000, 3_000, 3_000, 3_000]);
  expect(sum(inFlight)).toBe(head + workers * 3_000);
  expect(spread(inFlight)).toBeLessThanOrEqual(workers);
}, 30_000);

/*
 * Of all withdrawals take the one that began to add up last: those that it does not see were in between,
 * one per other worker. It saw fewer than the limit, so there are at most `workers - 1` more.
 */
test("four threads withdraw what the budget holds, to within one retry per other thread", async () => {
  const scoreboard = Scoreboard.allocate({ workers, pools: 1, backends: 0 });
  const url = new URL("./withdraw-in-a-thread.ts", import.meta.url);
  const task = { ...sharedBy(scoreboard), minRetriesPerSecond: 500, tries: 3_000 };

  await Promise.all(
    [0, 1, 2, 3].map(async (worker) => {
      const workerData: WithdrawTask = { ...task, worker };
      await once(new Worker(url, { workerData }), "exit");
    }),
  );

  expect(scoreboard.counted(0, "retries", 0)).toBeGreaterThanOrEqual(5_000);
  expect(scoreboard.counted(0, "retries", 0)).toBeLessThan(5_000 + workers);
}, 30_000);
