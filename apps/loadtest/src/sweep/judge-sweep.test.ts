import { expect, test } from "vitest";
import { startHttp } from "../../test/servers.ts";
import { plain } from "../print/paint.ts";
import { sweepCsv, sweepDocument } from "./document.ts";
import { judgeSteps, type SweepStep } from "./judge-sweep.ts";
import { renderSweep } from "./report.ts";
import { requireSweep, runSweep } from "./run-sweep.ts";

function step(
  offeredPerSecond: number,
  p99Ms: number,
  state: SweepStep["state"] = "sustained",
): SweepStep {
  return {
    offeredPerSecond,
    achievedPerSecond: offeredPerSecond,
    p50Ms: p99Ms / 2,
    p90Ms: p99Ms,
    p99Ms,
    maxMs: p99Ms,
    failedShare: 0,
    dropped: 0,
    p99LagMs: 0,
    generatorUtilization: 0.1,
    state,
    reasons: [],
  };
}

test("finds the knee of a queue, and what is sustained below the first overload", () => {
  // M/M/1: latency 1/(1 − load), in steps of a tenth of the capacity.
  const steps = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((tenth) =>
    step(tenth * 100, 10 / (1 - tenth / 10)),
  );
  const verdict = judgeSteps([...steps, step(1100, 5000, "overloaded")]);
  expect(verdict.sustainedPerSecond).toBe(900);
  expect(judgeSteps(steps).kneePerSecond).toBe(700);
  expect(verdict.generatorLimitPerSecond).toBeNull();
});

test("where the generator gives in says nothing of the target", () => {
  const verdict = judgeSteps([
    step(100, 10),
    step(200, 11),
    step(300, 12),
    step(400, 900, "generator-limited"),
    step(500, 2000, "generator-limited"),
  ]);
  expect(verdict).toMatchObject({
    kneePerSecond: null,
    sustainedPerSecond: 300,
    generatorLimitPerSecond: 400,
  });
  expect(verdict.findings.at(-1)).toMatch(/from 400\/s on the load generator is the limit/);
});

test("one spoiled step in the middle is left out, and named", () => {
  const verdict = judgeSteps([
    step(100, 10),
    step(200, 500, "generator-limited"),
    step(300, 12),
    step(400, 14),
    step(500, 300, "overloaded"),
  ]);
  expect(verdict).toMatchObject({
    kneePerSecond: 400,
    sustainedPerSecond: 400,
    generatorLimitPerSecond: null,
  });
  expect(verdict.findings.at(-1)).toMatch(/left out, .*: 200\/s/);
});

test("no step may be sustained, and none judged", () => {
  expect(judgeSteps([step(100, 10, "overloaded")]).findings).toContain("no step was sustained");
  expect(judgeSteps([step(100, 10, "generator-limited")])).toMatchObject({
    sustainedPerSecond: null,
    generatorLimitPerSecond: 100,
  });
});

const sweep = (url: string) => ({
  rates: [50, 100],
  stepMs: 300,
  settleMs: 0,
  stopAfterOverloads: Infinity,
  load: { url },
});

test("offers one rate after the other, and writes a row for each", async () => {
  const { url } = await startHttp((_request, response) => void response.end());
  const run = await runSweep(sweep(url));
  expect(run.steps.map(({ result }) => result.totals.counts.due)).toEqual([15, 30]);
  const lines = sweepCsv(run).trimEnd().split("\r\n");
  expect(lines[0]).toBe(
    "offered_per_second,achieved_per_second,p50_ms,p90_ms,p99_ms,max_ms,failed_share,dropped,p99_lag_ms,generator_utilization,state",
  );
  expect(lines).toHaveLength(3);
  expect(lines[1]).toMatch(/^50,[\d.]+,[\d.]+,[\d.]+,[\d.]+,[\d.]+,0,0,[\d.]+,[\d.]+,[a-z-]+$/);
  expect(sweepDocument(run).steps).toHaveLength(2);
  expect(renderSweep(run, plain)).toMatch(/^ +50\/s/m);
});

test("a target that fails everything sustains nothing, and ends the sweep", async () => {
  const { url } = await startHttp((_request, response) => void response.writeHead(500).end());
  const plan = { ...sweep(url), rates: [50, 100, 150, 200], stopAfterOverloads: 2 };
  const { verdict } = await runSweep(plan);
  expect(verdict.steps).toHaveLength(2);
  expect(verdict.sustainedPerSecond).toBeNull();
});

test.each([
  [[100], /at least two rates/],
  [[100, 100], /must rise/],
  [[0, 100], /must rise/],
])("refuses the rates %j", (rates, message) => {
  expect(() => requireSweep({ ...sweep("http://127.0.0.1:1"), rates })).toThrow(message);
});
