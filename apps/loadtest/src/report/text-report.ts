import { printable } from "../print/format.ts";
import { failLines, indent, invalidLines, labelled, partialLines } from "../print/layout.ts";
import type { Paint } from "../print/paint.ts";
import { formatValue } from "./html/format-value.ts";
import type { ReportDocument, ReportRun, ReportVerdict } from "./report-document.ts";

/** The verdict and the figures of any report, without a final newline. */
export function renderReport(report: ReportDocument, paint: Paint): string {
  const { title, target, startedAt, durationMs, runs } = report;
  const length = formatValue(durationMs / 1000, "seconds");
  return [
    paint("strong", printable(title)),
    "",
    ...indent(
      labelled(
        [
          ["target", printable(target)],
          ["started", `${startedAt}, ran for ${length}`],
        ],
        11,
      ),
    ),
    ...runs.flatMap((run) => ["", ...runLines(run, paint)]),
    "",
    ...partialLines(report.partial, paint),
    ...verdictLines(report.verdict, paint),
  ].join("\n");
}

function runLines({ title, figures, verdict }: ReportRun, paint: Paint): string[] {
  const width = Math.max(...figures.map(({ name }) => name.length)) + 3;
  const rows = figures.map(({ name, value, unit }): [string, string] => [
    name,
    formatValue(value, unit),
  ]);
  const heading = title === "" ? [] : [paint("strong", printable(title)), ""];
  const ending = title === "" ? [] : verdictLines(verdict, paint);
  return [...heading, ...indent(labelled(rows, width)), ...ending];
}

function verdictLines({ kind, reasons }: ReportVerdict, paint: Paint): string[] {
  const texts = reasons.map(printable);
  if (kind === "fail") return failLines(texts, paint);
  if (kind === "invalid") return invalidLines(texts, paint);
  const word = kind === "pass" ? paint("good", "✓ PASS") : "· NOT JUDGED";
  return [`${word}  ${texts.join("; ")}`];
}
