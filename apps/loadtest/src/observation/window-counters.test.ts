import { expect, test } from "vitest";
import { WindowCounters } from "./window-counters.ts";

test("a request counts in the window in which it was due, however late it ends", () => {
  const counters = new WindowCounters(100);
  for (const due of [0, 99.9, 100, 350]) counters.due(due);
  counters.ended(350, "errors");
  counters.ended(99.9, "failed");
  counters.ended(0, "ok");
  counters.ended(100, "dropped");
  const none = { ok: 0, failed: 0, errors: 0, dropped: 0 };
  expect(counters.rows()).toEqual([
    { atMs: 0, due: 2, ...none, ok: 1, failed: 1 },
    { atMs: 100, due: 1, ...none, dropped: 1 },
    { atMs: 200, due: 0, ...none },
    { atMs: 300, due: 1, ...none, errors: 1 },
  ]);
});
