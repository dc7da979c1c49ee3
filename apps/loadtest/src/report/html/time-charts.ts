/* The charts over time of one run. Pure: a report in, what to draw out. */
import type { ReportFault, ReportRun, ReportSeries } from "../report-document.ts";
import { backendColors, otherColor } from "./backend-colors.ts";
import {
  type ChartAxis,
  type ChartBand,
  type ChartColor,
  type ChartLine,
  type HeatChart,
  type LinesChart,
} from "./chart-spec.ts";
import { formatValue } from "./format-value.ts";

/** An interval cut shorter than this share of itself has no rate worth drawing. */
const leastPartOfInterval = 0.25;

const time: ChartAxis = { label: "time since the start", unit: "seconds", isLog: false };
const latencyAxis: ChartAxis = { label: "latency", unit: "us", isLog: true };

/** What all charts over time of a run need. */
interface Timed {
  readonly idPrefix: string;
  readonly series: ReportSeries;
  readonly durationMs: number;
  readonly bands: readonly ChartBand[];
}

/** Every chart over time that the run has numbers for. */
export function timeCharts(run: ReportRun, idPrefix: string): (LinesChart | HeatChart)[] {
  const { series, durationMs, faults } = run;
  if (series === null) return [];
  const timed = { idPrefix, series, durationMs, bands: bandsOf(faults, durationMs) };
  const hasLatency = series.latency.some((counts) => counts.length > 0);
  return [
    rateChart(timed),
    ...(hasLatency ? [latencyChart(timed, run), heatChart(timed, run)] : []),
    outcomeChart(timed),
    ...(Object.keys(series.backends).length > 0 ? [backendChart(timed)] : []),
  ];
}

function bandsOf(faults: readonly ReportFault[], durationMs: number): ChartBand[] {
  return faults.map(({ fromMs, toMs, label, backends }) => ({
    from: fromMs / 1000,
    to: Math.min(toMs ?? durationMs, durationMs) / 1000,
    label: backends.length === 0 ? label : `${label} ${backends.join(", ")}`,
  }));
}

function rateChart(timed: Timed): LinesChart {
  const { offered, achieved, failed } = timed.series;
  const most = Math.max(0, ...ratesOf(achieved, timed).map((rate) => rate ?? 0));
  return {
    ...stepsOverTime(timed, "rate"),
    title: "Offered and achieved rate",
    summary: `Requests due, responses that came and failures per second; at most ${formatValue(most, "perSecond")} were answered.`,
    y: { label: "requests per second", unit: "perSecond", isLog: false },
    lines: [
      line("offered", "grey", ratesOf(offered, timed), [6, 4]),
      line("achieved", "blue", ratesOf(achieved, timed)),
      line("failed", "red", ratesOf(failed, timed), [2, 3]),
    ],
    isStacked: false,
  };
}

function latencyChart(timed: Timed, { latency }: ReportRun): LinesChart {
  const { series } = timed;
  const since = latency?.from === "due" ? "due" : "sent";
  const worst = Math.max(0, ...series.maxUs.map((us) => us ?? 0));
  return {
    ...overTime(timed, "latency"),
    kind: "lines",
    isStepped: false,
    title: "Latency over time",
    summary: `Percentiles of the latency of complete responses, from when a request was ${since}; the longest took ${formatValue(worst, "us")}.`,
    y: { ...latencyAxis, label: `latency, from ${since}` },
    lines: [
      line("p50", "sky", series.p50Us),
      line("p90", "blue", series.p90Us),
      line("p99", "orange", series.p99Us),
      line("max", "grey", series.maxUs, [2, 3]),
    ],
    isStacked: false,
    marks: [],
  };
}

function outcomeChart(timed: Timed): LinesChart {
  const { outcomes } = timed.series;
  const names = Object.keys(outcomes);
  return {
    ...stepsOverTime(timed, "outcomes"),
    title: "Statuses and errors",
    summary: `Requests per second by how they ended: ${listed(names)}.`,
    y: { label: "requests per second", unit: "perSecond", isLog: false },
    lines: names.map((name) =>
      line(name, outcomeColor(name), ratesOf(outcomes[name] ?? [], timed)),
    ),
    isStacked: true,
  };
}

/** The first of many names, in a sentence. */
function listed(names: readonly string[]): string {
  const most = 6;
  const more = names.length > most ? [`${names.length - most} more`] : [];
  return [...names.slice(0, most), ...more].join(", ") || "none";
}

const outcomeColors: Readonly<Record<string, ChartColor>> = {
  "1xx": "grey",
  "2xx": "green",
  "3xx": "sky",
  "4xx": "amber",
  "5xx": "red",
  dropped: "grey",
  aborted: "grey",
  pending: "grey",
};

/** The colour of a status class or an error reason, the same wherever it is shown. */
export function outcomeColor(name: string): ChartColor {
  return outcomeColors[name] ?? (/^\d/.test(name) ? "grey" : "purple");
}

function backendChart(timed: Timed): LinesChart {
  const { backends } = timed.series;
  const all = Object.keys(backends);
  const colors = backendColors(timed.series);
  const others = all.filter((name) => !colors.has(name));
  const lineOf = (name: string, color: ChartColor, counts: readonly number[]): ChartLine =>
    line(name, color, ratesOf(counts, timed));
  return {
    ...stepsOverTime(timed, "backends"),
    title: "Responses by backend",
    summary: `Responses per second of ${all.length === 1 ? "one backend" : `${all.length} backends`}, on top of each other: ${listed(all)}.`,
    y: { label: "responses per second", unit: "perSecond", isLog: false },
    lines: [
      ...[...colors].map(([name, color]) => lineOf(name, color, backends[name] ?? [])),
      ...(others.length === 0
        ? []
        : [
            lineOf(
              `${others.length} others`,
              otherColor,
              sumOf(others.map((name) => backends[name] ?? [])),
            ),
          ]),
    ],
    isStacked: true,
  };
}

function sumOf(columns: readonly (readonly number[])[]): number[] {
  const [first = []] = columns;
  return first.map((_, at) => columns.reduce((sum, column) => sum + (column[at] ?? 0), 0));
}

/** A picture of more columns than that has cells of a few pixels and one request. */
const mostHeatColumns = 80;

function heatChart(timed: Timed, { latency }: ReportRun): HeatChart {
  const { values, end } = overTime(timed, "heat").x;
  const perColumn = Math.ceil(values.length / mostHeatColumns);
  const columns = values.filter((_, index) => index % perColumn === 0);
  const cells = heatCells(timed.series, perColumn);
  const rows = [...new Set(cells.map(([, us]) => us))].toSorted((a, b) => a - b);
  const rowOf = new Map(rows.map((us, row) => [us, row]));
  return {
    ...overTime(timed, "heat"),
    kind: "heat",
    title: "Latency heat map",
    summary: "How many requests took how long in each interval; a stronger colour is more.",
    x: { ...time, values: columns, end },
    y: { ...latencyAxis, label: `latency, from ${latency?.from ?? "sent"}` },
    rows: rows.map((us) => [bucketStart(us), Math.max(us, 1)]),
    cells: cells.map(([x, us, count]) => [x, rowOf.get(us) ?? 0, count]),
    most: Math.max(...cells.map(([, , count]) => count)),
  };
}

/** Column, highest latency and requests; a report's buckets two by two. */
function heatCells(
  { latency }: ReportSeries,
  perColumn: number,
): [column: number, highestUs: number, count: number][] {
  const sums = new Map<string, [number, number, number]>();
  latency.forEach((counts, index) => {
    const column = Math.floor(index / perColumn);
    for (const [us, count] of counts) {
      const highestUs = heatBucketEnd(us);
      const sum = sums.get(`${column} ${highestUs}`)?.[2] ?? 0;
      sums.set(`${column} ${highestUs}`, [column, highestUs, sum + count]);
    }
  });
  return [...sums.values()];
}

/** Eight buckets per doubling. */
function heatBucketEnd(us: number): number {
  const width = heatBucketWidth(us);
  return (Math.floor(us / width) + 1) * width - 1;
}

function heatBucketWidth(us: number): number {
  return Math.max(8, 2 ** (Math.floor(Math.log2(Math.max(1, us))) - 3));
}

function bucketStart(highestUs: number): number {
  return Math.max(0.9, highestUs + 1 - heatBucketWidth(highestUs));
}

function overTime({ idPrefix, series, durationMs, bands }: Timed, name: string) {
  const values = series.offered.map((_, index) => (index * series.intervalMs) / 1000);
  return {
    id: `${idPrefix}${name}`,
    bands,
    x: { ...time, values, end: Math.max(durationMs / 1000, values.at(-1) ?? 0) },
  };
}

function stepsOverTime(timed: Timed, name: string) {
  return {
    ...overTime(timed, name),
    kind: "lines" as const,
    isStepped: true,
    marks: [],
  };
}

/** Counts per interval as requests per second; the last interval may be short. */
function ratesOf(
  counts: readonly number[],
  { series: { intervalMs }, durationMs }: Timed,
): (number | null)[] {
  return counts.map((count, index) => {
    const lengthMs = Math.min(intervalMs, durationMs - index * intervalMs);
    if (lengthMs < intervalMs * leastPartOfInterval) return null;
    return (count * 1000) / lengthMs;
  });
}

function line(
  name: string,
  color: ChartColor,
  values: readonly (number | null)[],
  dash: readonly number[] = [],
): ChartLine {
  return { name, color, dash, values };
}
