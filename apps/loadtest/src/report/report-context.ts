import { commandLine } from "./command-line.ts";
import { describeEnvironment } from "./environment.ts";
import type { ReportDocument } from "./report-document.ts";

/** What a report says that no result knows. */
export type ReportContext = Pick<ReportDocument, "command" | "environment">;

/** Of this process. */
export async function reportContext(): Promise<ReportContext> {
  return {
    command: commandLine(process.argv.slice(2)),
    environment: await describeEnvironment(),
  };
}
