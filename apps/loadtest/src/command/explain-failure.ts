import type { Command } from "commander";
import { LoadtestError, type LoadtestErrorCode } from "../errors.ts";
import { exitCodes } from "./exit-codes.ts";

/** Says what went wrong on stderr and sets the exit code; wrong usage ends the process with commander's. */
export function explainFailure(command: Command, error: unknown): void {
  const code = error instanceof LoadtestError ? error.code : undefined;
  const message = error instanceof Error ? error.message : String(error);
  if (code === "BAD_OPTION") command.error(`error: ${message}`);
  process.stderr.write(`evenkeel loadtest: ${message}\n`);
  process.exitCode = exitCodeOf(code);
}

function exitCodeOf(code: LoadtestErrorCode | undefined): number {
  if (code === "INTERRUPTED") return exitCodes.interrupted;
  return code === "BAD_CONFIG" ? exitCodes.badConfiguration : exitCodes.failure;
}
