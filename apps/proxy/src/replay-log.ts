import { createReadStream } from "node:fs";
import type { ResolvedConfig } from "@evenkeel/config";
import { linesOf } from "./replay/lines.ts";
import { Replay } from "./replay/replay.ts";
import type { ReplayReport } from "./replay/replay-report.ts";

export type ReplayResult =
  | { readonly ok: true; readonly report: ReplayReport }
  | { readonly ok: false; readonly message: string };

/** Reads a log, `-` from standard input, as it comes: however long it is, one line at a time. */
export async function replayLog(
  path: string,
  before: ResolvedConfig,
  after: ResolvedConfig,
): Promise<ReplayResult> {
  const replay = new Replay(before, after);
  const stream: AsyncIterable<Buffer> = path === "-" ? process.stdin : createReadStream(path);
  try {
    for await (const line of linesOf(stream)) replay.add(line);
  } catch (error) {
    return { ok: false, message: `cannot read ${path}: ${(error as Error).message}` };
  }
  return { ok: true, report: replay.report() };
}
