import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { ProcStat } from "./proc-files.ts";
import { readProcess, readTree } from "./process-tree.ts";

/** A program with its arguments; `env` is laid over this process's environment. */
export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Where a process runs and where its standard error goes. Standard output goes to /dev/null. */
export interface Placement {
  readonly cores: readonly number[];
  readonly errorFile: string;
}

const TERM_GRACE_MS = 3000;
const POLL_MS = 20;

/** One process that the benchmark started, with whatever it started itself. */
export class StartedProcess {
  readonly pid: number;
  readonly #child: ChildProcess;
  readonly #errorFile: string;

  constructor(child: ChildProcess, errorFile: string) {
    this.#child = child;
    this.#errorFile = errorFile;
    this.pid = child.pid ?? 0;
  }

  get isRunning(): boolean {
    return this.pid > 0 && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** How it ended, or that it did not. */
  get state(): string {
    if (this.isRunning) return "still running";
    return `ended with ${this.#child.signalCode ?? `exit code ${this.#child.exitCode}`}`;
  }

  /** The last lines the process wrote to standard error. */
  errorTail(lines = 4): string {
    const text = readFileSync(this.#errorFile, "utf8").trimEnd();
    return text.split("\n").slice(-lines).join("\n");
  }

  /** SIGTERM to the tree, SIGKILL to what is left after three seconds; resolves when all are gone. */
  async stop(): Promise<void> {
    const tree = this.isRunning ? readTree(this.pid) : [];
    signalAll(tree, "SIGTERM");
    const deadline = performance.now() + TERM_GRACE_MS;
    while (tree.some(isAlive) && performance.now() < deadline) await sleep(POLL_MS);
    signalAll(tree, "SIGKILL");
    while (tree.some(isAlive)) await sleep(POLL_MS);
  }

  /** SIGKILL without waiting, for the moment this process exits. */
  killNow(): void {
    if (this.isRunning) signalAll(readTree(this.pid), "SIGKILL");
  }
}

/** Everything the benchmark started and has not stopped yet. */
export class Processes {
  readonly #started = new Set<StartedProcess>();

  /** Starts a long-running program pinned to its cores. */
  start(command: Command, placement: Placement): StartedProcess {
    return this.#spawn(command, placement, "ignore").started;
  }

  /** Runs a program to its end, pinned, and returns what it wrote to standard output. */
  async output(command: Command, placement: Placement): Promise<string> {
    const { child, started } = this.#spawn(command, placement, "pipe");
    const chunks: Buffer[] = [];
    child.stdout?.on("data", (chunk: Buffer) => chunks.push(chunk));
    const code = await new Promise<number | null>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", resolve);
    });
    this.#started.delete(started);
    if (code !== 0) throw new Error(`${command.program} failed: ${started.errorTail()}`);
    return Buffer.concat(chunks).toString("utf8");
  }

  async stop(started: StartedProcess): Promise<void> {
    await started.stop();
    this.#started.delete(started);
  }

  async stopAll(): Promise<void> {
    await Promise.all([...this.#started].map((started) => this.stop(started)));
  }

  /** SIGKILL to everything without waiting. */
  killNow(): void {
    for (const started of this.#started) started.killNow();
  }

  #spawn(
    command: Command,
    placement: Placement,
    stdout: "ignore" | "pipe",
  ): { child: ChildProcess; started: StartedProcess } {
    const errors = openSync(placement.errorFile, "a");
    const pinned = ["-c", placement.cores.join(","), command.program, ...command.args];
    const child = spawn("taskset", pinned, {
      stdio: ["ignore", stdout, errors],
      env: { ...process.env, ...command.env },
      // Its own process group: Ctrl-C reaches this process only, which then stops all in order.
      detached: true,
    });
    closeSync(errors);
    // Without a listener a failed start would end this process; waiting for its port reports it.
    child.on("error", () => undefined);
    const started = new StartedProcess(child, placement.errorFile);
    this.#started.add(started);
    return { child, started };
  }
}

function isAlive(known: ProcStat): boolean {
  const now = readProcess(known.pid);
  return now !== undefined && now.startTime === known.startTime && now.state !== "Z";
}

function signalAll(tree: readonly ProcStat[], signal: NodeJS.Signals): void {
  for (const known of tree.filter(isAlive)) {
    try {
      process.kill(known.pid, signal);
    } catch {
      // It ended between the look and the signal.
    }
  }
}
