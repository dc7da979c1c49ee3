import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/**
 * What tells a process from a later one that was given the same pid: its start time and command
 * line. Undefined when there is no such process, when it has ended but was not reaped yet, or where
 * the system does not tell (Windows).
 */
export function identifyProcess(pid: number): string | undefined {
  return process.platform === "linux" ? identifyByProc(pid) : identifyByPs(pid);
}

function identifyByProc(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The name in parentheses may hold spaces and parentheses; field 22 is counted from 1.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const commandLine = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim();
    // A zombie has no command line any more.
    return commandLine === "" ? undefined : `${fields[22 - 3]} ${commandLine}`;
  } catch {
    return undefined;
  }
}

function identifyByPs(pid: number): string | undefined {
  try {
    const args = ["-o", "lstart=,command=", "-p", String(pid)];
    const env = { ...process.env, LC_ALL: "C" };
    const line = execFileSync("ps", args, { encoding: "utf8", env, stdio: "pipe" }).trim();
    return line === "" || line.endsWith("<defunct>") ? undefined : line;
  } catch {
    return undefined;
  }
}
