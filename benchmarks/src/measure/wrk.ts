import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { payload } from "../backend/payload.ts";
import { targetOf, type RequestShape } from "../profiles/profile.ts";
import { findProgram } from "../proc/programs.ts";
import type { Workbench } from "../workbench.ts";

/** What wrk counted in one run. */
export interface WrkResult {
  readonly requests: number;
  readonly seconds: number;
  /** Failed connects, reads and writes, timeouts, and statuses outside 200-399. */
  readonly errors: number;
  readonly p50Us: number;
  readonly p99Us: number;
}

/** One run of wrk. `seconds` is whole: wrk takes no fractions. */
export interface WrkRun {
  readonly port: number;
  readonly request: RequestShape;
  readonly connections: number;
  readonly seconds: number;
}

const MARK = "EVENKEEL_BENCH";

/**
 * The script that shapes the request and prints the counts in one line. It sets fields and defines
 * `done` only: a `request` or `response` function would run for every request and slow wrk down.
 */
export function wrkScript(request: RequestShape, bodyFile: string | undefined): string {
  const lines = [`wrk.method = "${request.method}"`];
  if (request.closeConnection) lines.push(`wrk.headers["Connection"] = "close"`);
  if (bodyFile !== undefined) {
    lines.push(`local file = io.open(${JSON.stringify(bodyFile)}, "rb")`);
    lines.push(`wrk.body = file:read("*a")`, `file:close()`);
  }
  return `${lines.join("\n")}
function done(summary, latency, requests)
  local e = summary.errors
  local errors = e.connect + e.read + e.write + e.status + e.timeout
  io.write(string.format("${MARK} %d %d %d %d %d\\n", summary.requests, summary.duration, errors,
    latency:percentile(50.0), latency:percentile(99.0)))
end
`;
}

/** Reads the line that the script printed. */
export function parseWrkOutput(output: string): WrkResult {
  const line = output.split("\n").find((candidate) => candidate.startsWith(MARK));
  if (line === undefined) throw new Error(`wrk printed no result: ${output}`);
  const numbers = line.split(" ").slice(1).map(Number);
  const [requests = 0, durationUs = 0, errors = 0, p50Us = 0, p99Us = 0] = numbers;
  return { requests, seconds: durationUs / 1e6, errors, p50Us, p99Us };
}

/** Runs wrk on the load cores, one thread per core. */
export async function runWrk(bench: Workbench, run: WrkRun): Promise<WrkResult> {
  const script = join(bench.directory, "wrk.lua");
  const bodyFile = run.request.bodyBytes > 0 ? join(bench.directory, "wrk-body") : undefined;
  if (bodyFile !== undefined) await writeFile(bodyFile, payload(run.request.bodyBytes));
  await writeFile(script, wrkScript(run.request, bodyFile));
  const threads = Math.min(new Set(bench.cores.load).size, run.connections);
  const counts = ["-t", String(threads), "-c", String(run.connections), "-d", `${run.seconds}s`];
  const url = `http://127.0.0.1:${run.port}${targetOf(run.request)}`;
  const output = await bench.processes.output(
    { program: findProgram("wrk") ?? "wrk", args: [...counts, "-s", script, url] },
    { cores: bench.cores.load, errorFile: join(bench.directory, "wrk.log") },
  );
  return parseWrkOutput(output);
}
