import type { Command } from "commander";
import { createPaint } from "../print/paint.ts";
import { writeIntervals } from "../report/interval-csv.ts";
import { readReport } from "../report/read-report.ts";
import { renderReport } from "../report/text-report.ts";
import { type ReportFiles, writeReport } from "../report/write-report.ts";
import { explainFailure } from "./explain-failure.ts";
import { requireOutputFolders } from "./output-options.ts";

interface ReportFlags extends ReportFiles {
  readonly csv?: string;
}

const details = `
Reads what --json FILE wrote of any run, or the page that --html wrote: both hold the whole report. Without
options it prints the verdict and the figures.

Exit codes:
  0    written, whatever the verdict in the file is
  1    the file cannot be read, or is no report; the message says where
  2    wrong usage

Examples:
  $ evenkeel loadtest report failover.json
  $ evenkeel loadtest report failover.json --html failover.html
  $ evenkeel loadtest report chaos.html --csv intervals.csv --prometheus chaos.prom
`;

/** Adds `report` to the `loadtest` command. */
export function addReportCommand(loadtest: Command): void {
  const command = loadtest
    .command("report")
    .description("turn a saved result into a page, CSV, .hgrm or Prometheus text again")
    .argument("<file>", "what --json FILE or --html FILE wrote");
  command
    .option("--html <file>", "write the report page")
    .option("--csv <file>", "write a row for every interval of time")
    .option("--hgrm <file>", "write the latency histogram in HdrHistogram's format")
    .option("--prometheus <file>", "write the result in the Prometheus text format")
    .addHelpText("after", details)
    .action((file: string, flags: ReportFlags) => runCommand(command, file, flags));
}

async function runCommand(command: Command, file: string, flags: ReportFlags): Promise<void> {
  try {
    await requireOutputFolders(flags as Parameters<typeof requireOutputFolders>[0]);
    const report = await readReport(file);
    await writeReport(report, flags);
    if (flags.csv !== undefined) await writeIntervals(report, flags.csv);
    if (Object.keys(flags).length === 0) {
      process.stdout.write(`${renderReport(report, createPaint(process.stdout))}\n`);
    }
  } catch (error) {
    explainFailure(command, error);
  }
}
