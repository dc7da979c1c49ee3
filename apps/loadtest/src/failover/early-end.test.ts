import { expect, test } from "vitest";
import { LatencyHistogram } from "../observation/latency-histogram.ts";
import type { OpenLoopProgress } from "../engine/open-loop-messages.ts";
import { EarlyEnd, earlyEndReasons } from "./early-end.ts";
import { parseThreshold } from "./judge/thresholds.ts";

function progress(elapsedMs: number, failed: number, latencyMs = 1): OpenLoopProgress {
  const latency = new LatencyHistogram();
  latency.record(latencyMs * 1000);
  const glimpse = {
    offered: 100,
    achieved: 100 - failed,
    failed,
    dropped: 0,
    inFlight: 0,
    backends: new Map(),
    p50Us: null,
    p99Us: null,
  };
  const counts = { due: 100, ended: 100, failed, dropped: 0, inFlight: 0 };
  const latencyUs = latency.snapshot();
  return { ...counts, elapsedMs, durationMs: 60_000, glimpse, latencyUs };
}

function endOf(thresholds: readonly string[], abortOnFailAfterMs: number | undefined) {
  const early = new EarlyEnd(
    { thresholds: thresholds.map(parseThreshold), abortOnFailAfterMs },
    {},
  );
  return (step: OpenLoopProgress): string[] => {
    early.hooks.onProgress?.(step);
    expect(early.hooks.signal?.aborted).toBe(early.abortedBy !== undefined);
    return earlyEndReasons(early.abortedBy);
  };
}

test("ends at the first threshold that is missed, after the delay", () => {
  const look = endOf(["latency: max<1s", "failed<1%"], 500);
  expect(look(progress(250, 50))).toEqual([]);
  expect(look(progress(500, 0))).toEqual([]);
  expect(look(progress(1500, 50))).toEqual(["ended early: failed<1% was missed with 50"]);
});

test("sees latencies, and looks once a second", () => {
  const look = endOf(["p99<100ms"], 0);
  expect(look(progress(0, 0, 1))).toEqual([]);
  expect(look(progress(750, 0, 500))).toEqual([]);
  expect(look(progress(1000, 0, 500))).toHaveLength(1);
});

test("does not take what is not known yet for a miss, nor a count that has yet to grow", () => {
  const look = endOf(["lost==0", "failover<1ms", "failed>60", "failed==60"], 0);
  expect(look(progress(5000, 50))).toEqual([]);
});

test("none ends a run that was not told to", () => {
  expect(endOf(["failed==0"], undefined)(progress(5000, 50))).toEqual([]);
});

test("an interruption still reaches the load", () => {
  const interruption = new AbortController();
  const { hooks, abortedBy } = new EarlyEnd(
    { thresholds: [], abortOnFailAfterMs: 0 },
    { signal: interruption.signal },
  );
  interruption.abort();
  expect(hooks.signal?.aborted).toBe(true);
  expect(abortedBy).toBeUndefined();
});
