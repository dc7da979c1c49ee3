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
  /** Sent at random moments at this rate on average; as fast as answers come when left out. */
  readonly ratePerSecond?: number;
}

const MARK = "EVENKEEL_BENCH";

/**
 * The script that shapes the request and prints the counts in one line. At full load it sets fields
 * and defines `done` only: a `request` or `response` function would run for every request and slow
 * wrk down. `ratePerThread` is in requests per second.
 */
export function wrkScript(
  request: RequestShape,
  bodyFile: string | undefined,
  ratePerThread?: number,
): string {
  const lines = [`wrk.method = "${request.method}"`];
  if (request.closeConnection) lines.push(`wrk.headers["Connection"] = "close"`);
  if (bodyFile !== undefined) {
    lines.push(`local file = io.open(${JSON.stringify(bodyFile)}, "rb")`);
    lines.push(`wrk.body = file:read("*a")`, `file:close()`);
  }
  if (ratePerThread !== undefined) lines.push(pacing(ratePerThread));
  return `${lines.join("\n")}
function done(summary, latency, requests)
  local e = summary.errors
  local errors = e.connect + e.read + e.write + e.status + e.timeout
  io.write(string.format("${MARK} %d %d %d %d %d\\n", summary.requests, summary.duration, errors,
    latency:percentile(50.0), latency:percentile(99.0)))
end
`;
}

/** Requests due within this time after a wake-up go at once: sleeping costs more than a request. */
const EARLY_MICROSECONDS = 50;

/**
 * A Poisson process: each thread sleeps until its next request is due, a moment of the clock, so a
 * slow answer does not move those after it (open loop, as far as there are connections). wrk's own
 * `delay` counts whole milliseconds of the clock and would send a millisecond's requests in one go.
 * 1 is CLOCK_MONOTONIC and TIMER_ABSTIME; 29 is PR_SET_TIMERSLACK, which threads inherit.
 */
function pacing(ratePerThread: number): string {
  return `local ffi = require("ffi")
ffi.cdef [[
typedef struct { long tv_sec; long tv_nsec; } bench_timespec;
int clock_gettime(int, bench_timespec *);
int clock_nanosleep(int, int, const bench_timespec *, bench_timespec *);
int prctl(int, unsigned long, unsigned long, unsigned long, unsigned long);
]]
local time = ffi.new("bench_timespec")
local due, woken = nil, 0
local threads = 0
function setup(thread)
  threads = threads + 1
  thread:set("seed", threads)
end
function init()
  math.randomseed(seed)
  ffi.C.prctl(29, 1, 0, 0, 0)
end
function request()
  if due == nil then
    ffi.C.clock_gettime(1, time)
    due = tonumber(time.tv_sec) + tonumber(time.tv_nsec) * 1e-9
  end
  due = due - math.log(1 - math.random()) / ${ratePerThread}
  if due > woken + ${EARLY_MICROSECONDS}e-6 then
    time.tv_sec = math.floor(due)
    time.tv_nsec = (due - math.floor(due)) * 1e9
    ffi.C.clock_nanosleep(1, 1, time, nil)
    woken = due
  end
  return wrk.request()
end`;
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
  const threads = Math.min(new Set(bench.cores.load).size, run.connections);
  const ratePerThread = run.ratePerSecond === undefined ? undefined : run.ratePerSecond / threads;
  await writeFile(script, wrkScript(run.request, bodyFile, ratePerThread));
  const counts = ["-t", String(threads), "-c", String(run.connections), "-d", `${run.seconds}s`];
  const url = `http://127.0.0.1:${run.port}${targetOf(run.request)}`;
  const output = await bench.processes.output(
    { program: findProgram("wrk") ?? "wrk", args: [...counts, "-s", script, url] },
    { cores: bench.cores.load, errorFile: join(bench.directory, "wrk.log") },
  );
  return parseWrkOutput(output);
}
