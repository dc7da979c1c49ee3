import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type { Command } from "commander";
import { LoadtestError } from "../errors.ts";

/** Where a result goes besides the terminal. */
export interface OutputFlags {
  /** `true`: to stdout; a text: to that file. */
  readonly json?: true | string;
  readonly html?: string;
  readonly csv?: string;
  readonly hgrm?: string;
  readonly prometheus?: string;
  readonly progress: boolean;
}

/** Adds the options of a result's files; `csvText` says what a row is. */
export function addOutputOptions(command: Command, csvText: string): void {
  command
    .option("--json [file]", "print the result as JSON, or write it to a file beside the text")
    .option("--html <file>", "write a report page that needs nothing but itself")
    .option("--csv <file>", csvText)
    .option("--hgrm <file>", "write the latency histogram in HdrHistogram's format")
    .option("--prometheus <file>", "write the result in the Prometheus text format")
    .option("--no-progress", "show nothing while it runs");
}

/** JSON is for stdout, and the text for nobody. */
export function isJsonOnly({ json }: Pick<OutputFlags, "json">): boolean {
  return json === true || json === "-";
}

/**
 * A typing error in a path is met before the load and not after it, when the result would be lost.
 *
 * @throws LoadtestError `BAD_OUTPUT` for a file whose folder is not there or cannot be written.
 */
export async function requireOutputFolders(flags: Omit<OutputFlags, "progress">): Promise<void> {
  const { json, html, csv, hgrm, prometheus } = flags;
  const jsonFile = typeof json === "string" && json !== "-" ? json : undefined;
  for (const [flag, file] of Object.entries({ json: jsonFile, html, csv, hgrm, prometheus })) {
    if (file === undefined) continue;
    const folder = dirname(resolve(file));
    try {
      await access(folder, constants.W_OK);
    } catch (cause) {
      const message = `--${flag} ${JSON.stringify(file)}: there is no folder ${folder} that can be written`;
      throw new LoadtestError("BAD_OUTPUT", message, { cause });
    }
  }
}
