/** What one line of `/proc/PID/stat` says that the benchmark needs. Ticks are 10 ms. */
export interface ProcStat {
  readonly pid: number;
  readonly parentPid: number;
  /** One letter: R, S, D, Z (ended, not yet collected by its parent), ... */
  readonly state: string;
  readonly userTicks: number;
  readonly systemTicks: number;
  /** Ticks after boot; with the pid it names one process for ever. */
  readonly startTime: number;
}

/** Parses `/proc/PID/stat` (proc_pid_stat(5)); undefined when the text is not one. */
export function parseStat(text: string): ProcStat | undefined {
  // The command name stands in parentheses and may itself hold spaces and parentheses.
  const nameEnd = text.lastIndexOf(")");
  const pid = Number.parseInt(text, 10);
  const fields = text.slice(nameEnd + 2).split(" ");
  if (nameEnd < 0 || Number.isNaN(pid) || fields.length < 20) return undefined;
  const field = (number: number): number => Number(fields[number - 3]);
  return {
    pid,
    state: fields[0] ?? "?",
    parentPid: field(4),
    userTicks: field(14),
    systemTicks: field(15),
    startTime: field(22),
  };
}

/** What a thread has used since it started and what it waited for, in ns. */
export interface SchedStat {
  readonly runNs: number;
  /** Ready to run, while something else ran on the core. */
  readonly waitNs: number;
}

/** The first two numbers of a `schedstat` file (sched-stats.rst); 0 when there are none. */
export function parseSchedstat(text: string): SchedStat {
  const [run, wait] = text.split(" ", 2).map((number) => Number.parseInt(number, 10));
  return { runNs: run || 0, waitNs: wait || 0 };
}

/** Resident memory in KiB from `/proc/PID/status`; 0 for a process without memory of its own. */
export function parseRssKiB(text: string): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(text)?.[1] ?? 0);
}

/** `0-2,5` as `[0, 1, 2, 5]`; the format of `Cpus_allowed_list` and of `thread_siblings_list`. */
export function parseCpuList(text: string): number[] {
  return text
    .trim()
    .split(",")
    .filter((part) => part !== "")
    .flatMap((part) => {
      const [from = 0, to = from] = part.split("-").map(Number);
      return Array.from({ length: to - from + 1 }, (_, index) => from + index);
    });
}

/** The root and all its descendants among `processes`; empty when the root is gone. */
export function treeOf(rootPid: number, processes: readonly ProcStat[]): ProcStat[] {
  const root = processes.find((process) => process.pid === rootPid);
  if (root === undefined) return [];
  const tree = [root];
  for (const member of tree) {
    tree.push(...processes.filter((process) => process.parentPid === member.pid));
  }
  return tree;
}

/** Ticks that a core was busy, from `/proc/stat`: everything but idle and waiting for a disk. */
export function parseCoreBusyTicks(text: string, core: number): number {
  const line = new RegExp(`^cpu${core} (.+)$`, "m").exec(text)?.[1] ?? "";
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = line
    .split(" ")
    .map(Number);
  return user + nice + system + irq + softirq + steal;
}
