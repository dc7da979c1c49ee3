import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import { Scoreboard } from "../src/index.ts";
import { spread } from "./backends.ts";
import type { DrawTask } from "./draw-in-a-thread.ts";

const workers = 4;
const draws = 50_000;
// Does not divide 200,000: the counts can only be exact to within 1, and must be.
const backends = 7;

function sum(numbers: Iterable<number>): number {
  return [...numbers].reduce((total, number) => total + number, 0);
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
  const { buffer } = scoreboard;
  const gate = new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT);

  const threads = await Promise.all(
    [0, 1, 2, 3].map((worker) => countsOfThread({ buffer, gate, worker, draws })),
  );

  const slots = Array.from({ length: backends }, (_, slot) => slot);
  const totals = slots.map((slot) => sum(threads.map((counts) => counts[slot] ?? 0)));
  expect(threads.map(sum)).toEqual([draws, draws, draws, draws]);
  expect(spread(totals)).toBe(1);
  expect(scoreboard.nextSequence(0)).toBe(workers * draws);
  expect(sum(slots.map((slot) => scoreboard.inFlight(slot)))).toBe((workers * draws) / 4);
}, 30_000);
