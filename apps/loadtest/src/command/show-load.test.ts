import { expect, test } from "vitest";
import { loadPlanFor } from "../../test/load-plans.ts";
import type { Progress } from "../engine/messages.ts";
import { LoadTotals } from "../load/load-totals.ts";
import { renderProgress } from "../print/live-block.ts";
import { showLoad } from "./show-load.ts";

test.each([
  [0, "starting  0 requests, 0.50 s"],
  [2000, "warm-up [██████░░░░░░░░░░░░░░░░░░]  25 %  0 requests, 0.50 s of 2.00 s"],
])("before measuring, with a warm-up of %i ms, it says %j", (warmupMs, text) => {
  const plan = loadPlanFor("http://127.0.0.1:1/", { warmupMs });
  const shown: Progress[] = [];
  const show = showLoad({ show: (progress) => void shown.push(progress), clear() {} }, plan);
  show({ phase: "warm-up", elapsedMs: 500, totals: new LoadTotals(plan), inFlight: 0 });
  expect(shown.map(renderProgress)).toEqual([text]);
});
