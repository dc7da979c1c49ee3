import { readFileSync } from "node:fs";
import type { ConfigProblem } from "./problem.ts";
import type { ConfigFile } from "./source/file-source.ts";

export type ReadFileResult =
  | { readonly ok: true; readonly file: ConfigFile }
  | { readonly ok: false; readonly problem: ConfigProblem };

/** Reads the file for `loadConfig`; a file that cannot be read is a problem like any other. */
export function readConfigFile(path: string): ReadFileResult {
  try {
    return { ok: true, file: { path, text: readFileSync(path, "utf8") } };
  } catch (error) {
    const message = explainUnreadable((error as NodeJS.ErrnoException).code);
    const nowhere = { line: null, column: null, path: "", suggestion: null };
    return { ok: false, problem: { file: path, ...nowhere, message } };
  }
}

/** Why the platform did not let us read a file, in words. */
export function explainUnreadable(code: string | undefined): string {
  if (code === "ENOENT") return "there is no such file";
  if (code === "EACCES") return "the file may not be read by this user";
  if (code === "EISDIR") return "this is a directory, not a file";
  return `the file cannot be read (${code ?? "unknown error"})`;
}
