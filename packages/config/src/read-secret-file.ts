import { readFileSync, statSync } from "node:fs";
import { accepted, type Parsed, refused } from "./parsed.ts";
import { explainUnreadable } from "./read-config-file.ts";

const largestBytes = 64 * 1024;

/** Reads the file that a `…_FILE` variable names. One line break at its end is not part of the value. */
export function readSecretFile(path: string): Parsed<string> {
  try {
    if (statSync(path).size > largestBytes) return refused("a value has at most 64KiB");
    return accepted(readFileSync(path, "utf8").replace(/\r?\n$/, ""));
  } catch (error) {
    return refused(explainUnreadable((error as NodeJS.ErrnoException).code));
  }
}
