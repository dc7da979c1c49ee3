import * as fc from "fast-check";
import { expect, test } from "vitest";
import { LoadtestError } from "../errors.ts";
import { LatencyHistogram } from "../observation/latency-histogram.ts";
import { formatThresholdValue, judgeReading, type MetricReading } from "./judge-threshold.ts";
import { parseThreshold } from "./parse-threshold.ts";
import { type Vocabulary, vocabularyHelp } from "./vocabulary.ts";

const vocabulary: Vocabulary = {
  metrics: {
    latency: { kind: "trend", meaning: "how long", tag: "request" },
    errors: { kind: "requests", meaning: "no response" },
    backend: { kind: "requests", meaning: "responses of one backend", tag: "name" },
    throughput: { kind: "throughput", meaning: "responses" },
    recovery: { kind: "time", meaning: "until well" },
    checks: { kind: "share", meaning: "passed" },
  },
  scopes: ["during", "calm"],
};

function parsed(text: string) {
  const { text: _, kind: __, ...rest } = parseThreshold(text, vocabulary);
  return rest;
}

const plain = { scope: undefined, tag: undefined };

test.each([
  [
    "latency: p(99)<50ms",
    { metric: "latency", stat: { name: "percentile", percentile: 99 }, operator: "<", limit: 50 },
  ],
  [
    "latency:p(99.9)<=1s",
    {
      metric: "latency",
      stat: { name: "percentile", percentile: 99.9 },
      operator: "<=",
      limit: 1000,
    },
  ],
  [
    "p99<50ms",
    { metric: "latency", stat: { name: "percentile", percentile: 99 }, operator: "<", limit: 50 },
  ],
  [
    "latency: avg < 1m30s",
    { metric: "latency", stat: { name: "avg" }, operator: "<", limit: 90_000 },
  ],
  ["errors: rate<0.1%", { metric: "errors", stat: { name: "rate" }, operator: "<", limit: 0.001 }],
  ["errors: rate<0.01", { metric: "errors", stat: { name: "rate" }, operator: "<", limit: 0.01 }],
  ["errors<0.1%", { metric: "errors", stat: { name: "rate" }, operator: "<", limit: 0.001 }],
  ["errors: count==0", { metric: "errors", stat: { name: "count" }, operator: "==", limit: 0 }],
  ["errors==0", { metric: "errors", stat: { name: "count" }, operator: "==", limit: 0 }],
  [
    "throughput: rate>=1900/s",
    { metric: "throughput", stat: { name: "rate" }, operator: ">=", limit: 1900 },
  ],
  ["recovery: max<3s", { metric: "recovery", stat: { name: "value" }, operator: "<", limit: 3000 }],
  ["checks: rate>=99%", { metric: "checks", stat: { name: "rate" }, operator: ">=", limit: 0.99 }],
])("reads %s", (text, expected) => {
  expect(parsed(text)).toEqual({ ...plain, ...expected });
});

test("reads a tag with either sign, and a scope in front", () => {
  const share = {
    metric: "backend",
    tag: "b 2",
    stat: { name: "rate" },
    operator: "<",
    limit: 0.05,
  };
  expect(parsed("backend{name=b 2}: share<5%")).toEqual({ scope: undefined, ...share });
  expect(parsed("during: backend{name:b 2}: rate<5%")).toEqual({ scope: "during", ...share });
});

test.each([
  ["latencie: p(99)<1s", 1, /no metric "latencie"; did you mean latency\?/],
  ["zzzzzz<1", 1, /there are latency, errors, backend, throughput, recovery, checks, during, calm/],
  ["latency: p(99<1s", 10, /latency has no "p"; it has p\(N\), avg, min, med, max/],
  ["latency: p(101)<1s", 12, /from 0 to 100, not "101"/],
  ["latency: rate<1s", 10, /latency has no "rate"; it has p\(N\)/],
  ["latency: p(99)<50", 16, /50 has no unit; write 50ms/],
  ["latency<50ms", 9, /say which, as in latency: p\(99\)<50ms/],
  ["errors: rate<5", 14, /errors needs a percentage like 1%/],
  ["errors: count<5%", 15, /errors: count needs a number like 0/],
  ["errors{name=b}<5%", 8, /there is no tag "name"; errors has no tags/],
  ["backend{nam=b}<5%", 9, /there is no tag "nam"; backend has the tag name/],
  ["backend{name=}<5%", 14, /expected the tag's value/],
  ["throughput>5/m", 12, /throughput needs a rate like 1900\/s/],
  ["errors: rate", 13, /expected one of < <= == >= >, not the end/],
  ["errors: rate<", 14, /a value is missing/],
  ["", 1, /expected the name of a metric, not the end/],
])("refuses %s at column %d", (text, column, message) => {
  const attempt = (): unknown => parseThreshold(text, vocabulary);
  expect(attempt).toThrow(LoadtestError);
  expect(attempt).toThrow(message);
  expect(attempt).toThrow(`column ${column}: `);
  expect(attempt).toThrow(`\n  ${text}\n  ${" ".repeat(column - 1)}^`);
});

test("whatever is typed is a threshold or an error with a column, never anything else", () => {
  const piece = fc.constantFrom(
    "latency",
    "p(99)",
    ":",
    "<",
    "==",
    "5%",
    "50ms",
    "{",
    "}",
    "name=b",
    " ",
    "during",
    "1/s",
  );
  const text = fc.oneof(
    fc.string(),
    fc.array(piece).map((pieces) => pieces.join("")),
  );
  fc.assert(
    fc.property(text, (typed) => {
      try {
        const threshold = parseThreshold(typed, vocabulary);
        expect(Object.keys(vocabulary.metrics)).toContain(threshold.metric);
        expect(Number.isFinite(threshold.limit)).toBe(true);
      } catch (error) {
        expect(error).toBeInstanceOf(LoadtestError);
      }
    }),
  );
});

const latency = new LatencyHistogram();
for (const us of [1000, 2000, 30_000]) latency.record(us);

test.each<[string, MetricReading | null, string, string]>([
  ["latency: med<=3ms", { kind: "trend", latency }, "met", "2.01 ms"],
  ["latency: max<30ms", { kind: "trend", latency }, "not-met", "30 ms"],
  ["latency: min<2ms", { kind: "trend", latency }, "met", "1 ms"],
  ["latency: avg<11ms", { kind: "trend", latency }, "not-met", "11 ms"],
  [
    "latency: max<1s",
    { kind: "trend", latency: new LatencyHistogram() },
    "unknown",
    "not measured",
  ],
  ["errors: rate<1%", { kind: "requests", count: 9, of: 1000 }, "met", "9"],
  ["errors: rate<1%", { kind: "requests", count: 10, of: 1000 }, "not-met", "10"],
  ["errors: count<=9", { kind: "requests", count: 10, of: 1000 }, "not-met", "10"],
  ["errors==0", { kind: "requests", count: null, of: 1000 }, "unknown", "not measured"],
  ["checks: rate==100%", { kind: "share", share: 1 }, "met", "100 %"],
  [
    "throughput: rate>=50/s",
    { kind: "throughput", count: 99, durationMs: 2000 },
    "not-met",
    "49.5/s",
  ],
  ["throughput: count>=99", { kind: "throughput", count: 99, durationMs: 2000 }, "met", "99"],
  ["recovery<3s", { kind: "time", ms: Infinity }, "not-met", "never"],
  ["recovery<3s", null, "unknown", "not measured"],
])("%s with %o is %s and shown as %s", (text, reading, verdict, shown) => {
  const judged = judgeReading(parseThreshold(text, vocabulary), reading);
  expect(judged.verdict).toBe(verdict);
  const { kind, stat } = judged.threshold;
  expect(formatThresholdValue(kind, judged.value, stat)).toBe(shown);
});

test("explains every metric with its tag and its stats", () => {
  expect(vocabularyHelp(vocabulary)).toContain(
    "  latency{request=…} how long (p(N) avg min med max)",
  );
  expect(vocabularyHelp(vocabulary)).toContain("  checks           passed (rate)");
});
