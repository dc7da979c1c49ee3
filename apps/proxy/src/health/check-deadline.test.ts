import { once } from "node:events";
import { expect, test } from "vitest";
import { CheckDeadline } from "./check-deadline.ts";

function standStill(milliseconds: number): void {
  const until = performance.now() + milliseconds;
  while (performance.now() < until);
}

/** Timers that are due have run. */
async function aTurn(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 1));
}

test("a check whose time is over ends as one that took too long", async () => {
  const { signal } = new CheckDeadline(20);
  expect(signal.aborted).toBe(false);
  await once(signal, "abort");
  expect(signal.reason).toMatchObject({ name: "TimeoutError" });
});

test("time in which the thread stood still is given again", async () => {
  const startedAt = performance.now();
  const { signal } = new CheckDeadline(50);
  standStill(250);
  await aTurn();
  expect(signal.aborted).toBe(false);
  await once(signal, "abort");
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(400);
});

test("a thread that stands still again and again gives it three times", async () => {
  const { signal } = new CheckDeadline(10);
  let stalls = 0;
  while (!signal.aborted) {
    // Longer than what the last one gave.
    standStill(100 * 2 ** stalls++);
    await aTurn();
  }
  expect(stalls).toBe(4);
});

test("a check that has ended is never told that it took too long", async () => {
  const deadline = new CheckDeadline(5);
  deadline.clear();
  standStill(10);
  await aTurn();
  expect(deadline.signal.aborted).toBe(false);
});
