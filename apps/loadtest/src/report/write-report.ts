import { writeFile } from "node:fs/promises";
import { extname } from "node:path";
import { renderHgrm } from "./hgrm.ts";
import { renderPage } from "./html/page.ts";
import { renderPrometheus } from "./prometheus.ts";
import type { ReportDocument } from "./report-document.ts";

/** The files that a report can be written to without anything else; paths. */
export interface ReportFiles {
  readonly html?: string | undefined;
  readonly hgrm?: string | undefined;
  readonly prometheus?: string | undefined;
}

/** Writes each of the files that is asked for. */
export async function writeReport(report: ReportDocument, files: ReportFiles): Promise<void> {
  const { html, hgrm, prometheus } = files;
  if (html !== undefined) await writeFile(html, renderPage(report));
  if (prometheus !== undefined) await writeFile(prometheus, renderPrometheus(report));
  if (hgrm !== undefined) await writeHistograms(report, hgrm);
}

/** One histogram a file: the second run's is in `name-2.hgrm`. */
async function writeHistograms({ runs }: ReportDocument, file: string): Promise<void> {
  const extension = extname(file);
  const stem = file.slice(0, file.length - extension.length);
  for (const [index, { latency }] of runs.entries()) {
    if (latency === null) continue;
    const name = index === 0 ? file : `${stem}-${index + 1}${extension}`;
    await writeFile(name, renderHgrm(latency));
  }
}
