import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { cpus, loadavg, release } from "node:os";

/** The machine and the software that figures belong to. */
export interface Environment {
  readonly date: string;
  readonly cpu: string;
  readonly cores: number;
  readonly kernel: string;
  readonly system: string;
  readonly node: string;
  /** Short commit id, with `+changes` when the working tree differs from it. */
  readonly commit: string;
  /** Runnable processes, averaged over the last minute, before the run. */
  readonly loadBefore: number;
}

/** Looks at the machine now. */
export function readEnvironment(): Environment {
  const all = cpus();
  return {
    date: new Date().toISOString().slice(0, 10),
    cpu: all[0]?.model.trim() ?? "?",
    cores: all.length,
    kernel: `Linux ${release()}`,
    system: systemName(),
    node: process.versions.node,
    commit: commit(),
    loadBefore: loadavg()[0] ?? 0,
  };
}

/** The environment in one line per fact. */
export function describeEnvironment(environment: Environment): string[] {
  const { cpu, cores, kernel, system, node, commit, date } = environment;
  return [
    `${date}, commit ${commit}`,
    `${cpu}, ${cores} cores, ${kernel}, ${system}`,
    `Node ${node}`,
  ];
}

function systemName(): string {
  try {
    const text = readFileSync("/etc/os-release", "utf8");
    return /^PRETTY_NAME="?([^"\n]+)/m.exec(text)?.[1] ?? "?";
  } catch {
    return "?";
  }
}

function commit(): string {
  const id = git(["rev-parse", "--short", "HEAD"]);
  if (id === "") return "unknown";
  return git(["status", "--porcelain"]) === "" ? id : `${id}+changes`;
}

function git(args: readonly string[]): string {
  const options = { cwd: import.meta.dirname, encoding: "utf8" } as const;
  return spawnSync("git", args, options).stdout?.trim() ?? "";
}
