import { writeFile } from "node:fs/promises";
import { createPaint, type Paint } from "../print/paint.ts";
import { reportContext, type ReportContext } from "../report/report-context.ts";
import type { ReportDocument } from "../report/report-document.ts";
import { writeReport } from "../report/write-report.ts";
import { isJsonOnly, type OutputFlags } from "./output-options.ts";

/** A result in every form that a flag can ask for. */
export interface PrintableResult {
  /** The check's own document; the report is added to it. */
  readonly document: object;
  report(context: ReportContext): ReportDocument;
  /** For people, without a final newline; "" where it was printed already. */
  text(paint: Paint): string;
  /** What stderr says beside JSON on stdout. */
  verdictLines(paint: Paint): readonly string[];
  /** `undefined` where the rows were written while they came. */
  readonly writeCsv?: ((file: string) => Promise<void>) | undefined;
}

/** Prints a result, and writes the files that were asked for. */
export async function printResult(result: PrintableResult, flags: OutputFlags): Promise<void> {
  const report = needsReport(flags) ? result.report(await reportContext()) : undefined;
  const json = (): string => `${JSON.stringify({ ...result.document, report }, null, 2)}\n`;
  if (isJsonOnly(flags)) {
    process.stdout.write(json());
    process.stderr.write(`${result.verdictLines(createPaint(process.stderr)).join("\n")}\n`);
  } else {
    const text = result.text(createPaint(process.stdout));
    if (text !== "") process.stdout.write(`${text}\n`);
    if (typeof flags.json === "string") await writeFile(flags.json, json());
  }
  if (flags.csv !== undefined) await result.writeCsv?.(flags.csv);
  if (report !== undefined) await writeReport(report, flags);
}

function needsReport({ json, html, hgrm, prometheus }: OutputFlags): boolean {
  return [json, html, hgrm, prometheus].some((flag) => flag !== undefined);
}
