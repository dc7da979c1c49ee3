import { readFile } from "node:fs/promises";
import type * as z from "zod";
import { LoadtestError } from "../errors.ts";
import { type ReportDocument, reportSchemaName } from "./report-document.ts";
import { reportSchema } from "./report-schema.ts";

/** How many problems of a file are worth reading. */
const mostProblems = 5;

/**
 * Reads what `--json FILE` wrote: a report, or a check's own document with the report inside.
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
  try {
    return JSON.parse(text);
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
  if (result.success) return result.data;
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
