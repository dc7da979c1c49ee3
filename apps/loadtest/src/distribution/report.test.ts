import { createHistogram } from "node:perf_hooks";
import { TimeSeries } from "../observation/time-series.ts";
import { expect, test } from "vitest";
import { noErrors, type Observation } from "../observation/observation.ts";
import { plain } from "../print/paint.ts";
import { distributionDocument } from "./document.ts";
import { resolveDistribution } from "./options.ts";
import { renderDistribution } from "./report.ts";
import { type DistributionResult, verdictOn } from "./run-distribution.ts";

function resultOf(
  backends: Readonly<Record<string, number>>,
  partial = false,
  strategy?: string,
): DistributionResult {
  const latenciesUs = createHistogram();
  for (let us = 1; us <= 1000; us++) latenciesUs.record(us);
  const responses = Object.values(backends).reduce((sum, count) => sum + count, 0);
  const observation: Observation = {
    startedAt: "2026-01-01T00:00:00.000Z",
    durationMs: 500,
    sent: responses + 3,
    responses,
    errors: { ...noErrors(), refused: 2 },
    errorCodes: new Map([["ECONNREFUSED", 2]]),
    aborted: 1,
    statuses: new Map([
      [503, 1],
      [200, responses - 1],
    ]),
    backends: new Map(Object.entries(backends)),
    unattributed: new Map(),
    latenciesUs,
    series: new TimeSeries().snapshot(),
    generatorUtilization: 0.5,
  };
  const url = "http://user:secret@127.0.0.1:8080/";
  const headers = [["Authorization", "Bearer secret"]] as const;
  const resolved = resolveDistribution({ url, expectBackends: 3, headers, strategy });
  const verdict = verdictOn(observation, resolved);
  const remarks = { notes: ["a note"], warnings: ["a doubt"] };
  return { ...resolved, observation, verdict, ...remarks, isPartial: partial };
}

test("prints a table, the accounting, latencies with their caveat, and the verdict", () => {
  const text = renderDistribution(resultOf({ "Server-1": 600, "Server-2": 400 }, true), plain);
  expect(`\n${text}\n`).toBe(`
Distribution of GET http://user:***@127.0.0.1:8080/  (1,000 requests, 50 connections)

  backend       requests    share   expected   deviation   verdict
  (missing 1)          0    0.0 %     33.3 %    -100.0 %   ✗ missing
  Server-1           600   60.0 %     33.3 %     +80.0 %   ✗ outside ±5 %
  Server-2           400   40.0 %     33.3 %     +20.0 %   ✗ outside ±5 %

  spread    max−min 600 (600 − 0)
  requests  1,003 sent = 1,000 responses + 2 errors + 1 aborted
  statuses  200 × 999, 503 × 1  (1 not 2xx or 3xx)
  errors    refused × 2  (ECONNREFUSED × 2)
  latency   p50 500 µs   p90 900 µs   p99 990 µs   max 1.00 ms
            closed loop: these are service times; a stall holds the next request back
            instead of showing here (coordinated omission)
  time      0.50 s, 2,000 responses/s, generator 50.0 % busy

note: a note
warning: a doubt
INTERRUPTED  partial result, not a verdict
✗ FAIL  Server-1, Server-2: not within ±5 % of its expected share
        (missing 1): expected, and never answered
        2 requests got no complete response
        1 response was not 2xx or 3xx
`);
});

test("prints the promise, the range of each backend and the p-value where the strategy is known", () => {
  const text = renderDistribution(resultOf({ a: 500, b: 300, c: 200 }, false, "random"), plain);
  expect(text).toMatch(/^ {2}c +200 +20.0 % +33.3 % +-40.0 % +✗ outside 275 to 392$/m);
  expect(text).toContain(
    "  promise   independent draws by weight: a G-test, one false alarm in 10000 runs",
  );
  expect(text).toMatch(/^ {12}p = \d\.\d+e-\d+$/m);
  expect(text).toMatch(/✗ FAIL  chance does not explain these shares: p = .*; farthest off is a/);
});

test("has the judgement in the document, and null without a strategy", () => {
  // Three requests without an answer widen the bound of one to four: 333.3 ± 2/3 of that.
  const judged = distributionDocument(resultOf({ a: 334, b: 333, c: 333 }, false, "round-robin"));
  expect(judged.judgement).toMatchObject({ verdict: "pass", pValue: null, requestsNeeded: 241 });
  expect(judged.backends[0]).toMatchObject({ least: 331, most: 336 });
  expect(distributionDocument(resultOf({ a: 1, b: 1, c: 1 })).judgement).toBeNull();
});

test("does not let a backend's name steer the terminal", () => {
  const text = renderDistribution(resultOf({ "\u001B[2Jx": 10 }), plain);
  expect(text).not.toContain("\u001B");
  expect(text).toContain("\u{FFFD}[2Jx");
});

test("has neither passwords nor header values in the document, and survives JSON as it is", () => {
  const document = distributionDocument(resultOf({ a: 1, b: 1, c: 1 }));
  const json = JSON.stringify(document);
  expect(json).not.toContain("secret");
  expect(JSON.parse(json)).toEqual(document);
  expect(document).toMatchObject({
    plan: { headers: ["Authorization"], durationMs: null, weights: null, expectBackends: 3 },
    latency: { p50: 0.5, p90: 0.9, p99: 0.99, max: 1 },
    errors: { refused: 2, reset: 0 },
    errorCodes: { ECONNREFUSED: 2 },
  });
});
