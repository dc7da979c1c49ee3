import { expect, test } from "vitest";
import { sampleReport } from "../../test/sample-report.ts";
import { renderPrometheus } from "./prometheus.ts";

const samplePattern =
  /^evenkeel_loadtest_[a-z_]+(?:\{(?:[a-z_]+="(?:[^"\\\n]|\\[\\"n])*",?)*\})? \d+(?:\.\d+)?(?:e-?\d+)?$/;

test("every line is a comment or a sample, every family is described once before its samples", () => {
  const lines = renderPrometheus(sampleReport()).trimEnd().split("\n");
  const described = new Set<string>();
  for (const line of lines) {
    const type = /^# TYPE (\S+) (?:gauge|counter|histogram)$/.exec(line)?.[1];
    if (type !== undefined) {
      expect(described.has(type)).toBe(false);
      described.add(type);
      continue;
    }
    if (line.startsWith("# HELP ")) continue;
    expect(line).toMatch(samplePattern);
    const name = line.slice(0, line.indexOf("{"));
    const family = [...described].at(-1) ?? "";
    expect([family, `${family}_bucket`, `${family}_sum`, `${family}_count`]).toContain(name);
  }
});

test("holds the report's own numbers, and histogram buckets that only grow", () => {
  const report = sampleReport();
  const text = renderPrometheus(report);
  expect(text).toContain('evenkeel_loadtest_pass{kind="chaos"} 0\n');
  expect(text).toContain('evenkeel_loadtest_responses_total{kind="chaos",status="502"} 20\n');
  expect(text).toContain('_threshold_met{kind="chaos",threshold="calm: failed==0"} 1\n');
  const counts = [...text.matchAll(/latency_seconds_bucket\{.*\} (\d+)/g)].map(([, n]) =>
    Number(n),
  );
  expect(counts).toEqual(counts.toSorted((a, b) => a - b));
  expect(counts.at(-1)).toBe(report.runs[0]?.latency?.count);
});

test("a backend's name cannot break out of its label", () => {
  const report = sampleReport();
  const [run] = report.runs;
  const [backend] = run?.backends ?? [];
  if (run === undefined || backend === undefined) throw new Error("no backend in the sample");
  const odd = { ...run, backends: [{ ...backend, name: 'a"} 1\nb\\' }] };
  const text = renderPrometheus({ ...report, runs: [odd] });
  expect(text).toContain(String.raw`backend="a\"} 1\nb\\"} `);
});
