import { type Cell, CsvFile } from "../observation/csv-file.ts";
import type { ReportDocument, ReportRun, ReportSeries } from "./report-document.ts";

const fixedHeadings = ["run", "from_ms", "to_ms", "offered", "achieved", "failed"];
const latencyHeadings = ["p50_us", "p90_us", "p99_us", "max_us"];

/** Writes the runs over time, a row for every interval. */
export async function writeIntervals(report: ReportDocument, file: string): Promise<void> {
  const outcomes = namesIn(report, "outcomes");
  const backends = namesIn(report, "backends");
  const csv = new CsvFile(file, [
    ...fixedHeadings,
    ...latencyHeadings,
    ...outcomes.map((name) => `outcome_${name}`),
    ...backends.map((name) => `backend_${name}`),
  ]);
  for (const run of report.runs) {
    if (run.series === null) continue;
    const { series } = run;
    for (let at = 0; at < series.offered.length; at++) {
      csv.row([
        ...intervalCells(run, series, at),
        ...outcomes.map((name) => series.outcomes[name]?.[at] ?? 0),
        ...backends.map((name) => series.backends[name]?.[at] ?? 0),
      ]);
    }
  }
  await csv.close();
}

function intervalCells({ title, durationMs }: ReportRun, series: ReportSeries, at: number): Cell[] {
  const fromMs = at * series.intervalMs;
  const toMs = Math.max(fromMs, Math.min(fromMs + series.intervalMs, durationMs));
  const { offered, achieved, failed, p50Us, p90Us, p99Us, maxUs } = series;
  const counts = [offered, achieved, failed].map((column) => column[at] ?? null);
  const latencies = [p50Us, p90Us, p99Us, maxUs].map((column) => column[at] ?? null);
  return [title, fromMs, toMs, ...counts, ...latencies];
}

function namesIn({ runs }: ReportDocument, what: "outcomes" | "backends"): string[] {
  return [...new Set(runs.flatMap(({ series }) => Object.keys(series?.[what] ?? {})))];
}
