import { expect, test } from "vitest";
import { WindowCounters } from "./window-counters.ts";

test("a request counts in the window in which it was due, however late it ends", () => {
  const counters = new WindowCounters(100);
  for (const due of [0, 99.9, 100, 350]) counters.due(due);
  counters.ended(350, "lost");
  counters.ended(99.9, "errorResponses");
  counters.ended(0, "ok");
  counters.ended(100, "dropped");
  const none = { ok: 0, errorResponses: 0, lost: 0, dropped: 0 };
  expect(counters.rows()).toEqual([
    { atMs: 0, due: 2, ...none, ok: 1, errorResponses: 1 },
    { atMs: 100, due: 1, ...none, dropped: 1 },
    { atMs: 200, due: 0, ...none },
    { atMs: 300, due: 1, ...none, lost: 1 },
  ]);
});
