import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { sampleReport } from "../../../test/sample-report.ts";
import type { ReportDocument } from "../report-document.ts";
import { formatValue } from "./format-value.ts";
import { renderPage } from "./page.ts";
import { pageScript } from "./write-page-script.ts";

test("the page's script is the one that its sources make", () => {
  const file = new URL("./page-script.generated.js", import.meta.url);
  expect(readFileSync(file, "utf8")).toBe(pageScript());
});

test("what a server sent is text, wherever it is shown", () => {
  const bad = `"><img src=x onerror=alert(1)></script><!--`;
  const report = sampleReport();
  const [run] = report.runs;
  if (run === undefined) throw new Error("no run in the sample");
  const evil: ReportDocument = {
    ...report,
    title: bad,
    target: bad,
    notes: [bad],
    runs: [
      {
        ...run,
        backends: run.backends.map((backend) => ({ ...backend, name: bad })),
        errors: { [bad]: 1 },
        faults: run.faults.map((fault) => ({ ...fault, label: bad, backends: [bad] })),
        thresholds: [{ text: bad, value: bad, verdict: "met" }],
      },
    ],
  };
  const page = renderPage(evil);
  expect(page).not.toContain("<img");
  expect(page).not.toContain("<!--");
  expect(page.match(/<\/script>/g)?.length).toBe(3);
});

test("several runs have each their own verdict, and a way to them", () => {
  const report = sampleReport();
  const [run] = report.runs;
  if (run === undefined) throw new Error("no run in the sample");
  const titled = ["kill of a", "stop of b"].map((title) => ({ ...run, title }));
  const page = renderPage({ ...report, kind: "failover", runs: titled });
  for (const [index, { title }] of titled.entries()) {
    expect(page).toContain(`<a href="#run${index + 1}">${title}</a>`);
    expect(page).toContain(`<h2 id="run${index + 1}">${title}</h2>`);
    expect(page).toContain(`id="run${index + 1}-rate"`);
  }
});

test("an interrupted run has no verdict", () => {
  const page = renderPage({ ...sampleReport(), partial: true });
  expect(page).toContain("<title>Interrupted: ");
  expect(page).toContain("Partial result, not a verdict.");
  expect(page).not.toContain("<strong>✗ Fail</strong>");
});

test("a report without anything over time is a page of tables", () => {
  const report = sampleReport();
  const runs = report.runs.map((run) => ({ ...run, series: null, latency: null, ledger: null }));
  const page = renderPage({ ...report, runs });
  expect(page).not.toContain("<figure");
  expect(page).toContain("Share by backend");
});

test("a report's own curves and tables are shown", () => {
  const page = renderPage({
    ...sampleReport(),
    curves: [
      {
        title: "Latency against load",
        x: { label: "offered", unit: "perSecond", isLog: false },
        y: { label: "p99", unit: "us", isLog: true },
        lines: [
          {
            name: "p99",
            points: [
              [100, 1500],
              [200, null],
              [300, 90_000],
            ],
          },
        ],
        marks: [{ x: 200, label: "knee" }],
      },
    ],
    tables: [
      {
        title: "Steps",
        columns: [
          { heading: "step", unit: "text" },
          { heading: "p99", unit: "us" },
        ],
        rows: [["first", 1500]],
      },
    ],
  });
  expect(page).toContain('<figure id="curve1">');
  expect(page).toMatch(/300\/s<\/th>\s*<td class="number">90 ms/);
  expect(page).toMatch(/<caption>\s*Steps\s*<\/caption>/);
});

test.each([
  [null, "count", "–"],
  [1234567, "count", "1,234,567"],
  [0.3336, "share", "33.4 %"],
  [0, "us", "0 ms"],
  [87, "us", "87 µs"],
  [1240, "us", "1.24 ms"],
  [999_999, "us", "1,000 ms"],
  [12_500_000, "us", "12.5 s"],
  [250, "ms", "250 ms"],
  [1536, "bytes", "1.5 KiB"],
  [5.5, "seconds", "5.5 s"],
  [125, "seconds", "2:05"],
  [3725, "seconds", "1:02:05"],
  [1, "nines", "0 %"],
  [2, "nines", "50 %"],
  [10, "nines", "90 %"],
  [1000, "nines", "99.9 %"],
  [100_000, "nines", "99.999 %"],
] as const)("writes %s (%s) as %s", (value, unit, text) => {
  expect(formatValue(value, unit)).toBe(text);
});

test("of fifty backends the busiest have colours, the others are one area, and all are in the table", () => {
  const report = sampleReport();
  const [run] = report.runs;
  if (run === undefined || run.series === null) throw new Error("no series in the sample");
  const { series } = run;
  const counts = (n: number): number[] => series.offered.map(() => (n < 45 ? 1 : 2));
  const names = Array.from({ length: 50 }, (_, n) => `s${n}`);
  const many = {
    ...series,
    backends: Object.fromEntries(names.map((name, n) => [name, counts(n)])),
  };
  const [backend] = run.backends;
  if (backend === undefined) throw new Error("no backend in the sample");
  const backends = names.map((name) => ({ ...backend, name }));
  const page = renderPage({ ...report, runs: [{ ...run, series: many, backends }] });
  const legend = /<figure id="run1-backends">.*?<output/s.exec(page)?.[0] ?? "";
  expect(
    [...legend.matchAll(/<\/svg>([^<\s][^<]*?)\s*<\/button>/g)].map(([, name]) => name),
  ).toEqual(["s0", "s1", "s45", "s46", "s47", "s48", "s49", "43 others"]);
  for (const name of names) expect(page).toMatch(new RegExp(`</svg>${name}</th>`));
});
