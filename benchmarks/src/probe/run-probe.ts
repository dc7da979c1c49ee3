import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Command } from "../proc/processes.ts";
import { findProgram } from "../proc/programs.ts";
import type { Workbench } from "../workbench.ts";
import type { ProbePlan, ProbeResult } from "./probe-result.ts";

/** Lowest of the kernel's real-time priorities: above all that is not real-time. */
const REAL_TIME = ["--rr", "1"];

let isRealTimeAllowed: boolean | undefined;

/**
 * Runs the probe on the load cores, ahead of whatever else runs there if the kernel allows it: it
 * needs little, and what it waits for its own core would count as latency.
 */
export async function runProbe(bench: Workbench, plan: ProbePlan): Promise<ProbeResult> {
  const output = await bench.processes.output(probeCommand(plan), {
    cores: bench.cores.load,
    errorFile: join(bench.directory, "probe.log"),
  });
  return JSON.parse(output) as ProbeResult;
}

/** Whether the probe goes ahead of everything else on its core here; the answer is kept. */
export function isProbeRealTime(): boolean {
  isRealTimeAllowed ??= spawnSync("chrt", [...REAL_TIME, "true"]).status === 0;
  return isRealTimeAllowed;
}

function probeCommand(plan: ProbePlan): Command {
  const file = fileURLToPath(new URL("probe-main.ts", import.meta.url));
  const args = [file, JSON.stringify(plan)];
  if (!isProbeRealTime()) return { program: process.execPath, args };
  const chrt = findProgram("chrt") ?? "chrt";
  return { program: chrt, args: [...REAL_TIME, process.execPath, ...args] };
}
