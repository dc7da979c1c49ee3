import { expect, test } from "vitest";
import { LoadtestError } from "../../errors.ts";
import { LatencyHistogram } from "../../observation/latency-histogram.ts";
import {
  formatMetric,
  judgeThreshold,
  type Metric,
  metricHelp,
  metricNames,
  type MetricValues,
  parseThreshold,
} from "./thresholds.ts";

type Given = Partial<Record<Metric, number | null>>;

/** `latency` is one request of so many milliseconds. */
function values({ latency: latencyMs, ...given }: Given, sent = 1000): MetricValues {
  const zeros = Object.fromEntries(metricNames.map((name) => [name, 0]));
  const latency = new LatencyHistogram();
  if (typeof latencyMs === "number") latency.record(latencyMs * 1000);
  return { ...zeros, ...given, latency, sent } as MetricValues;
}

function verdict(text: string, given: Given): string {
  return judgeThreshold(parseThreshold(text), values(given)).verdict;
}

test.each([
  ["failed<0.1%", { failed: 0 }, "met"],
  ["failed<0.1%", { failed: 1 }, "not-met"],
  ["failed <= 0.1%", { failed: 1 }, "met"],
  ["lost==0", { lost: 0 }, "met"],
  ["lost==0", { lost: 1 }, "not-met"],
  ["doubled==0", { doubled: null }, "unknown"],
  ["failover<100ms", { failover: 99.9 }, "met"],
  ["failover<100ms", { failover: 100 }, "not-met"],
  ["readmission<1m30s", { readmission: Infinity }, "not-met"],
  ["late-failed<2%", { "late-failed": 0.019 }, "met"],
  ["late-failed<2%", { "late-failed": 0.02 }, "not-met"],
  ["p99.9<=50ms", { latency: 50 }, "met"],
  ["latency: p(97.5)<50ms", { latency: 50 }, "not-met"],
  ["latency: max<50ms", {}, "unknown"],
  ["failed: rate<0.1%", { failed: 1 }, "not-met"],
  ["failed: count==0", { failed: 1 }, "not-met"],
  ["readmission: max<3s", { readmission: 2999 }, "met"],
  ["retries>0", { retries: 1 }, "met"],
  ["status-changes>=3", { "status-changes": 2 }, "not-met"],
] as const)("%s with %o is %s", (text, given, expected) => {
  expect(verdict(text, given)).toBe(expected);
});

test.each([
  ["faild<1%", /no metric "faild"; did you mean failed\?/],
  ["nonsense<1%", /no metric "nonsense"; there are failed, /],
  ["failed", /expected one of < <= == >= >, not the end/],
  ["failed=0", /expected one of < <= == >= >, not "=0"/],
  ["failed<many", /failed needs a count like 0 or a percentage like 1%/],
  ["late-failed<1", /late-failed needs a percentage like 2%/],
  ["failover<100", /100 has no unit; write 100ms/],
])("refuses %s", (text, message) => {
  expect(() => parseThreshold(text)).toThrow(LoadtestError);
  expect(() => parseThreshold(text)).toThrow(message);
});

test("writes every kind of value", () => {
  const texts = (
    [
      ["failed", 3],
      ["late-failed", 0.0123],
      ["failover", 48.26],
      ["failover", 12_345],
      ["readmission", Infinity],
      ["doubled", null],
    ] as const
  ).map(([metric, value]) => formatMetric(metric, value));
  expect(texts).toEqual(["3", "1.23 %", "48.3 ms", "12.35 s", "never", "not measured"]);
});

test("explains every metric", () => {
  for (const name of metricNames) expect(metricHelp()).toContain(`  ${name} `);
});
