import { readFile } from "node:fs/promises";
import type * as z from "zod";
import { LoadtestError } from "../errors.ts";
import { type ReportDocument, reportSchemaName } from "./report-document.ts";
import { reportSchema } from "./report-schema.ts";

/** How many problems of a file are worth reading. */
const mostProblems = 5;

/** The element of a page that holds its report, and how it begins there. */
export const reportElementId = "report";
const elementPattern = new RegExp(
  `<script type="application/json" id="${reportElementId}">([^<]*)</script>`,
);

/**
 * Reads what `--json FILE` wrote, a report or a check's own document with the report inside, or the page that
 * `--html FILE` wrote.
 *
 * @throws LoadtestError `BAD_REPORT` that says what is wrong with the file, and where.
 */
export async function readReport(file: string): Promise<ReportDocument> {
  return reportIn(parsed(file, await textOf(file)), file);
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    throw bad(file, `cannot be read: ${messageOf(error)}`, error);
  }
}

function parsed(file: string, text: string): unknown {
  const isPage = /^\s*<!doctype html/i.test(text);
  const json = isPage ? elementPattern.exec(text)?.[1] : text;
  if (json === undefined) throw bad(file, "is a page without a report");
  try {
    return JSON.parse(json);
  } catch (error) {
    throw bad(file, `is not JSON: ${messageOf(error)}`, error);
  }
}

function reportIn(value: unknown, file: string): ReportDocument {
  const report = isObject(value) && isObject(value["report"]) ? value["report"] : value;
  const schema = isObject(report) ? report["schema"] : undefined;
  if (schema !== reportSchemaName) {
    const found =
      typeof schema === "string" ? `its schema is ${JSON.stringify(schema)}` : "it names no schema";
    throw bad(file, `holds no ${reportSchemaName}: ${found}; write one with --json ${file}`);
  }
  const result = reportSchema.safeParse(report);
  // As it was written: the parsed copy has its keys in another order, and none that it does not know.
  if (result.success) return report as ReportDocument;
  throw bad(file, `is not a valid ${reportSchemaName}:\n${problems(result.error)}`);
}

function problems({ issues }: z.ZodError): string {
  const lines = issues
    .slice(0, mostProblems)
    .map(({ path, message }) => `  ${path.join(".") || "the document"}: ${message}`);
  const more = issues.length - lines.length;
  return [...lines, ...(more > 0 ? [`  … and ${more} more`] : [])].join("\n");
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function bad(file: string, what: string, cause?: unknown): LoadtestError {
  return new LoadtestError("BAD_REPORT", `${file} ${what}`, { cause });
}
