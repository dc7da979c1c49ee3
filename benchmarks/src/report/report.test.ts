import { describe, expect, test } from "vitest";
import type { RunReport } from "./run-report.ts";
import type { ThroughputReport, ThroughputSample } from "../measure/results.ts";
import { renderChart } from "./chart.ts";
import { docsChart, docsPage } from "./docs.ts";
import { profileTable, ratioTo, showRange } from "./profile-table.ts";
import { renderMarkdown, renderText } from "./table.ts";

const sample = (
  requests: number,
  userSeconds: number,
  systemSeconds: number,
): ThroughputSample => ({
  requests,
  seconds: 2,
  userSeconds,
  systemSeconds,
  disturbance: 0,
  errors: 0,
  p50Us: 0,
  p99Us: 0,
});

const report: ThroughputReport = {
  kind: "throughput",
  profile: "keepalive-100b",
  title: "small & fast",
  failures: ["caddy: does not listen"],
  notices: [],
  results: [
    { name: "evenkeel", samples: [sample(100_000, 0.5, 1.5), sample(100_000, 0.5, 1.1)] },
    { name: "nginx", samples: [sample(100_000, 0.4, 1.2), sample(100_000, 0.4, 1.2)] },
  ],
};

describe("the throughput table", () => {
  test("shows medians, ranges and the ratio round by round", () => {
    expect(profileTable(report)).toEqual({
      header: [
        "proxy",
        "CPU µs per request",
        "user",
        "sys",
        "requests per CPU-second",
        "req/s",
        "core busy",
        "vs nginx",
      ],
      rows: [
        [
          "evenkeel",
          "18.0 (16.0–20.0)",
          "5.0",
          "13.0",
          "56,250 (50,000–62,500)",
          "50,000",
          "90%",
          "0.90 (0.80–1.00)",
        ],
        ["nginx", "16.0", "4.0", "12.0", "62,500", "50,000", "80%", ""],
      ],
    });
  });

  test("compares only rounds that both have", () => {
    expect(ratioTo([sample(100, 1, 0), sample(100, 2, 0)], [sample(50, 1, 0)])).toEqual({
      median: 2,
      min: 2,
      max: 2,
    });
    expect(ratioTo([sample(100, 1, 0)], [])).toBeUndefined();
  });
});

test("nginx with larger buffers is a reference of its own", () => {
  const [, nginx] = report.results;
  const larger = { name: "nginx-16k", samples: [sample(200_000, 0.4, 1.2)] };
  const { header, rows } = profileTable({
    ...report,
    results: nginx === undefined ? [] : [nginx, larger],
  });
  expect(header.slice(-2)).toEqual(["vs nginx", "vs nginx-16k"]);
  expect(rows.map((row) => row.slice(-2))).toEqual([
    ["", "0.50"],
    ["2.00", ""],
  ]);
});

test("the table of two workers compares requests per second round by round", () => {
  const { rows } = profileTable({
    ...report,
    kind: "scaling",
    results: [
      { name: "1 worker", samples: [sample(100_000, 0.5, 1.5), sample(50_000, 0.5, 0.5)] },
      { name: "2 workers", samples: [sample(190_000, 1, 2.8), sample(100_000, 1, 1)] },
    ],
  });
  expect(rows).toEqual([
    ["1 worker", "37,500 (25,000–50,000)", "20.0", "0.75", ""],
    ["2 workers", "72,500 (50,000–95,000)", "20.0", "1.45", "1.95 (1.90–2.00)"],
  ]);
});

test("the idle table shows memory per connection", () => {
  const idle = { connections: 5000, rssBeforeBytes: 50 * 1024 ** 2, rssAfterBytes: 75 * 1024 ** 2 };
  const { rows } = profileTable({
    kind: "idle",
    profile: "idle-5000",
    title: "",
    failures: [],
    notices: [],
    results: [{ name: "evenkeel", samples: [idle] }],
  });
  expect(rows).toEqual([["evenkeel", "5.12", "5,000", "50", "75"]]);
});

test("the latency table shows both ways and what the proxy adds with its interval", () => {
  const direct = { answers: 3000, p50Ms: 0.5, p99Ms: 1.75 };
  const through = { answers: 3010, p50Ms: 0.75, p99Ms: 2.5 };
  const sample = {
    rate: 30_000,
    achievedRate: 29_900,
    disturbance: 0,
    errors: 0,
    direct,
    through,
    lagP99Ms: 0.1,
    quietShare: 0.8,
  };
  const addedP50Ms = { value: 0.25, low: 0.24, high: 0.26 };
  const addedP99Ms = { value: 0.75, low: -0.1, high: 1.5 };
  const disturbedP99Ms = { value: 3, low: 2, high: 4 };
  const added = { addedP50Ms, addedP99Ms, disturbedP99Ms };
  const { header, rows } = profileTable({
    kind: "latency",
    profile: "latency-half-load",
    title: "",
    failures: [],
    notices: [],
    results: [{ name: "nginx", samples: [sample], direct, through, ...added }],
  });
  expect(Object.fromEntries(header.map((title, column) => [title, rows[0]?.[column]]))).toEqual({
    proxy: "nginx",
    "rate (req/s)": "29,900",
    "added p50 (ms)": "0.25 (0.24 to 0.26)",
    "added p99 (ms)": "0.75 (-0.10 to 1.50)",
    "of the time": "80 %",
    "added p99, all the time": "3.00 (2.00 to 4.00)",
    p50: "0.75",
    "direct p50": "0.50",
    p99: "2.50",
    "direct p99": "1.75",
    requests: "6,010",
  });
});

test("one round is shown without a range", () => {
  expect(showRange({ median: 1234.5, min: 1234.5, max: 1234.5 }, 1)).toBe("1,234.5");
});

test("tables align for the terminal and for Markdown", () => {
  const table = { header: ["proxy", "µs"], rows: [["nginx", "14.6"]] };
  expect(renderText(table)).toBe("proxy     µs\nnginx   14.6");
  expect(renderMarkdown(table)).toBe("| proxy | µs |\n| --- | --: |\n| nginx | 14.6 |");
});

describe("the chart", () => {
  const bars = [
    { label: "evenkeel", value: 50, min: 40, max: 60, isOurs: true },
    { label: "<nginx>", value: 100, min: 100, max: 100, isOurs: false },
  ];

  test("draws bars in proportion on one scale", () => {
    const svg = renderChart("Heading", [{ title: "panel", bars }]);
    const widths = [...svg.matchAll(/<rect class="(\w+)" x="166" y="\d+" width="([\d.]+)"/g)];
    expect(widths.map(([, style, width]) => [style, width])).toEqual([
      ["ours", "244.0"],
      ["other", "488.0"],
    ]);
    expect(svg).toContain('<line class="whisker" x1="361.2" y1="83" x2="458.8" y2="83"/>');
  });

  test("escapes what it is given and grows with its bars", () => {
    const svg = renderChart('a "b" & c', [{ title: "panel", bars }]);
    expect(svg).toContain('aria-label="a &quot;b&quot; &amp; c"');
    expect(svg).toContain("&lt;nginx>");
    expect(svg).toContain('viewBox="0 0 760 142"');
  });
});

test("the page holds the command, the date, the machine, the table and what failed", () => {
  const run: RunReport = {
    command: "pnpm bench --write-docs",
    environment: {
      date: "2026-11-20",
      cpu: "Some CPU",
      cores: 2,
      kernel: "Linux 6",
      system: "Debian",
      node: "26.10.0",
      commit: "abc1234",
      loadBefore: 0,
    },
    settings: { connections: 64, rounds: 2, seconds: 2, warmupSeconds: 1 },
    cores: { proxy: [0], load: [1], backend: [1] },
    backend: "nginx",
    versions: { evenkeel: "0.1.0", nginx: "1.22.1" },
    skipped: ["httpxy: npm package not installed: httpxy"],
    profiles: [report],
  };
  const page = docsPage(run);
  for (const part of [
    "```sh\npnpm bench --write-docs\n```",
    "- 2026-11-20, commit abc1234",
    "- Some CPU, 2 cores, Linux 6, Debian",
    "- evenkeel 0.1.0, nginx 1.22.1",
    "| nginx | 16.0 | 4.0 | 12.0 |",
    "- caddy: does not listen",
    "## Left out\n\n- httpxy: npm package not installed: httpxy",
    "Loopback, few cores",
  ]) {
    expect(page).toContain(part);
  }
  expect(docsChart(run)).toContain(">56,250</text>");
});
