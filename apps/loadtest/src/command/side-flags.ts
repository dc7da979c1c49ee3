import { Command } from "commander";
import { LoadtestError } from "../errors.ts";
import { addLoadOptions, addRequestOptions, type LoadFlags } from "./load-options.ts";

/** The flags of one side of a comparison, as `--a` and `--b` take them. */
export interface SideFlags {
  readonly url: string | undefined;
  readonly flags: LoadFlags;
}

/**
 * Reads `'--header "X-Variant: b" http://127.0.0.1:8081/'` as `run` would.
 *
 * @throws LoadtestError `BAD_OPTION` that names the side.
 */
export function parseSideFlags(side: string, text: string): SideFlags {
  const command = new Command(side)
    .argument("[url]")
    .exitOverride()
    .configureOutput({ writeErr: () => {}, writeOut: () => {} });
  addLoadOptions(command);
  addRequestOptions(command);
  try {
    command.parse(splitWords(text), { from: "user" });
  } catch (error) {
    const message = error instanceof Error ? error.message.replace(/^error: /, "") : String(error);
    throw new LoadtestError("BAD_OPTION", `--${side}: ${message}`, { cause: error });
  }
  return { url: command.processedArgs[0] as string | undefined, flags: command.opts<LoadFlags>() };
}

/** As a shell splits words: blanks between, quotes around, a backslash before a quote or itself. */
export function splitWords(text: string): string[] {
  const words: string[] = [];
  const word = /(?:"(?:\\.|[^"\\])*"|'[^']*'|\\.|[^\s"'\\])+/g;
  for (const [found] of text.matchAll(word)) {
    words.push(
      found.replaceAll(/"((?:\\.|[^"\\])*)"|'([^']*)'|\\(.)/g, (_, double, single, escaped) =>
        typeof double === "string"
          ? double.replaceAll(/\\(.)/g, "$1")
          : ((single ?? escaped ?? "") as string),
      ),
    );
  }
  return words;
}
