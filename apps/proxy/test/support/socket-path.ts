import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { atEnd } from "./concurrent.ts";

/** Of a unix socket that is not there yet, in a folder of its own. */
export function socketPath(): string {
  const folder = mkdtempSync(join(tmpdir(), "evenkeel-"));
  atEnd(() => rmSync(folder, { recursive: true }));
  return join(folder, "a.sock");
}
