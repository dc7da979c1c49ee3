import { readdirSync, readFileSync } from "node:fs";
import {
  parseCoreBusyTicks,
  parseRssKiB,
  parseSchedstat,
  parseStat,
  treeOf,
  type ProcStat,
} from "./proc-files.ts";

/** CPU time that a process tree has used since it started. */
export interface TreeUsage {
  readonly userTicks: number;
  readonly systemTicks: number;
  /** All threads of all processes; 0 when the kernel keeps no schedstat. */
  readonly totalNs: number;
}

/** CPU seconds in user and in system mode. */
export interface CpuSeconds {
  readonly user: number;
  readonly system: number;
}

const TICK_SECONDS = 0.01;

/** The process, if it exists. */
export function readProcess(pid: number): ProcStat | undefined {
  return parseStat(readText(`/proc/${pid}/stat`));
}

/** The process and all its descendants that live now. */
export function readTree(rootPid: number): ProcStat[] {
  const all = numericEntries("/proc")
    .map((pid) => readProcess(Number(pid)))
    .filter((stat) => stat !== undefined);
  return treeOf(rootPid, all);
}

/** CPU time of the process and all its descendants, all threads. */
export function readTreeUsage(rootPid: number): TreeUsage {
  let userTicks = 0;
  let systemTicks = 0;
  let totalNs = 0;
  for (const stat of readTree(rootPid)) {
    userTicks += stat.userTicks;
    systemTicks += stat.systemTicks;
    // /proc/PID/schedstat covers the main thread alone, so the threads are added up.
    for (const task of numericEntries(`/proc/${stat.pid}/task`)) {
      totalNs += parseSchedstat(readText(`/proc/${stat.pid}/task/${task}/schedstat`)).runNs;
    }
  }
  return { userTicks, systemTicks, totalNs };
}

/** The `schedstat` files of all threads of the process and its descendants. */
export function schedstatFiles(rootPid: number): string[] {
  return readTree(rootPid).flatMap(({ pid }) =>
    numericEntries(`/proc/${pid}/task`).map((task) => `/proc/${pid}/task/${task}/schedstat`),
  );
}

/** Resident memory of the process and all its descendants, in bytes. */
export function readTreeRssBytes(rootPid: number): number {
  const kib = readTree(rootPid).map((stat) => parseRssKiB(readText(`/proc/${stat.pid}/status`)));
  return kib.reduce((sum, value) => sum + value, 0) * 1024;
}

/** Seconds that the core was busy since boot, with whatever. */
export function readCoreBusySeconds(core: number): number {
  return parseCoreBusyTicks(readText("/proc/stat"), core) * TICK_SECONDS;
}

/**
 * CPU seconds between two readings. The total comes from schedstat (nanoseconds) where there is
 * one; its split into user and system follows the ticks, which the kernel samples.
 */
export function cpuBetween(before: TreeUsage, after: TreeUsage): CpuSeconds {
  const userTicks = after.userTicks - before.userTicks;
  const systemTicks = after.systemTicks - before.systemTicks;
  const ticks = userTicks + systemTicks;
  const exactSeconds = (after.totalNs - before.totalNs) / 1e9;
  const seconds = exactSeconds > 0 ? exactSeconds : ticks * TICK_SECONDS;
  if (ticks === 0) return { user: seconds, system: 0 };
  return { user: (seconds * userTicks) / ticks, system: (seconds * systemTicks) / ticks };
}

function numericEntries(directory: string): string[] {
  try {
    return readdirSync(directory).filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
}

/** The file's text, or nothing when the process went away between listing and reading. */
function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
