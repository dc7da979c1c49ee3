/*
 * An interruption must not wait for what will not come: the targets here never answer, the commands never
 * end, and every timeout is an hour, so a command that waits makes its test time out.
 */
import { expect, test } from "vitest";
import { startHttp } from "../../test/servers.ts";
import { runInterleaved } from "../compare/run-interleaved.ts";
import { runClosedLoop } from "../engine/closed-loop.ts";
import type { SystemUnderTest } from "../failover/system/system-under-test.ts";
import { runLoad } from "../load/run-load.ts";
import { resolveRun } from "../load/run-options.ts";
import type { Check } from "../scorecard/checks/check.ts";
import { runScorecard } from "../scorecard/run-scorecard.ts";
import type { Scene } from "../scorecard/scene/scene.ts";
import { runSticky } from "../sticky/run-sticky.ts";
import { runSweep } from "../sweep/run-sweep.ts";

const hour = 3_600_000;

/** Interrupts as soon as the first request is there, or `interrupt` is called. */
async function startSilence() {
  const interruption = new AbortController();
  const interrupt = (): void => interruption.abort();
  const { url } = await startHttp(interrupt);
  return { url, interrupt, hooks: { signal: interruption.signal, onProgress: (): void => {} } };
}

const never = new Promise<never>(() => {});

test("sticky: visits in flight are left, and are no failures", async () => {
  const { url, hooks } = await startSilence();
  const unknown = { balancer: undefined, backends: undefined, events: undefined };
  const system: SystemUnderTest = {
    url,
    backends: [],
    backendCount: 3,
    settings: undefined,
    onRecord: () => {},
    collect: async () => unknown,
    dispose: async () => {},
  };
  const load = { sessions: 30, visits: 6, connections: 5, path: "/", timeoutMs: hour };
  const plan = { ...load, backendHeader: "X-Backend", breaks: false };
  const { partial, counts, visits } = await runSticky(plan, system, hooks);
  expect(partial).toBe(true);
  expect(counts.sent).toBeGreaterThan(0);
  expect(counts).toMatchObject({ aborted: counts.sent, lost: [], errorResponses: 0 });
  expect(visits.flat()).toEqual([]);
});

test("run and sweep: requests in flight are left, in both kinds of loop", async () => {
  for (const shape of [{ connections: 3 }, { ratePerSecond: 100 }]) {
    const { url, hooks } = await startSilence();
    const plan = resolveRun({ url, ...shape, durationMs: hour, timeoutMs: hour });
    const { isPartial, result } = await runLoad(plan, hooks);
    expect(isPartial).toBe(true);
    expect(result.totals.counts.aborted).toBeGreaterThan(0);
  }
  const { url, hooks } = await startSilence();
  const load = { url, timeoutMs: hour };
  const plan = { rates: [50, 100], stepMs: hour, settleMs: 0, stopAfterOverloads: 2, load };
  expect(await runSweep(plan, hooks)).toMatchObject({ isPartial: true, steps: [] });
});

test("distribution: requests in flight are left", async () => {
  const { url, hooks } = await startSilence();
  const plan = {
    url,
    method: "GET",
    headers: {},
    body: undefined,
    requests: 50,
    durationMs: undefined,
    warmupRequests: 0,
    connections: 3,
    timeoutMs: hour,
    backendHeader: "X-Backend",
    expectBody: undefined,
  };
  const { aborted } = await runClosedLoop(plan, hooks);
  expect(aborted).toBeGreaterThan(0);
});

test("compare: a turn and the command before it are left", async () => {
  const { url, hooks } = await startSilence();
  const plan = () => resolveRun({ url, connections: 2, durationMs: hour, timeoutMs: hour });
  const side = { plan, before: undefined };
  expect(await runInterleaved(side, side, { turns: 9, hooks })).toEqual({ a: [], b: [] });
  const other = await startSilence();
  const slow = { plan, before: `curl -s ${other.url} || sleep 3600` };
  const runs = await runInterleaved(slow, slow, { turns: 9, hooks: other.hooks });
  expect(runs).toEqual({ a: [], b: [] });
});

test("scorecard: a check that takes its time is left, its cell stays empty, and the balancer is ended", async () => {
  const interruption = new AbortController();
  const { signal } = interruption;
  const disposed = Promise.withResolvers<void>();
  const scene = { dispose: async () => disposed.resolve(), reset: async () => {} };
  const check = (name: string, run: Check["run"]): Check => ({
    name,
    group: "shares",
    title: name,
    rule: name,
    run,
  });
  const quick = check("quick", async () => ({ verdict: "pass", value: "" }));
  const slow = check("slow", () => {
    interruption.abort();
    return never;
  });
  const target = { name: "one", version: "", openScene: async () => scene as unknown as Scene };
  const hooks = { signal, onProgress: (): void => {} };
  const { isPartial, rows } = await runScorecard([target], [quick, slow], hooks);
  await disposed.promise;
  expect(isPartial).toBe(true);
  expect(rows.map(({ findings }) => findings.length)).toEqual([1, 0]);
});
