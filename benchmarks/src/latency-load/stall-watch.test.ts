import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { StallWatch } from "./stall-watch.ts";

interface Threads {
  readonly watch: StallWatch;
  /** What each thread has run and waited since the start, in ms. */
  readonly set: (...clocks: readonly (readonly [runMs: number, waitMs: number])[]) => void;
}

/** Two threads whose clocks the test sets; the watch began at 0. */
function watchTwo(): Threads {
  const directory = mkdtempSync(join(tmpdir(), "stall-watch-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const files = [join(directory, "one"), join(directory, "two")];
  const set: Threads["set"] = (...clocks) => {
    for (const [index, [runMs, waitMs]] of clocks.entries()) {
      writeFileSync(files[index] ?? "", `${runMs * 1e6} ${waitMs * 1e6} 7\n`);
    }
  };
  set([500, 70], [3, 90]);
  const watch = new StallWatch(files, 0);
  onTestFinished(() => watch.close());
  return { watch, set };
}

/** Turns of the load every quarter of a millisecond. */
function turns(watch: StallWatch, fromMs: number, toMs: number): void {
  for (let nowMs = fromMs; nowMs <= toMs; nowMs += 0.25) watch.turn(nowMs);
}

test("nothing is noticed while both sides work, whatever the threads did before", () => {
  const { watch, set } = watchTwo();
  turns(watch, 0, 9);
  set([505, 70.1], [3, 90]);
  turns(watch, 9, 30);
  expect(watch.stalls).toEqual([]);
});

test("a thread that waits while none of its siblings runs is a stall that may have begun before", () => {
  const { watch, set } = watchTwo();
  set([503, 74], [3.5, 90]);
  turns(watch, 0, 30);
  expect(watch.stalls).toEqual([{ of: "proxy", fromMs: -3.5, toMs: 10 }]);
});

test("a thread that waits for its sibling is the proxy's own affair", () => {
  const { watch, set } = watchTwo();
  set([503, 74], [7, 90]);
  turns(watch, 0, 30);
  expect(watch.stalls).toEqual([]);
});

test("a turn of the load that takes long is a stall of the load", () => {
  const { watch } = watchTwo();
  turns(watch, 0, 5);
  turns(watch, 7.5, 9);
  expect(watch.stalls).toEqual([{ of: "load", fromMs: 5, toMs: 7.5 }]);
});
