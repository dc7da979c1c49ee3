import { rmSync } from "node:fs";
import { chmod, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pinSelf, readAllowedCores, readCorePlan, type CorePlan } from "./proc/cores.ts";
import { Processes } from "./proc/processes.ts";

/** What one run owns: cores, a temporary folder and the processes it started. */
export class Workbench {
  readonly cores: CorePlan;
  /** Those that the run began with, before this process moved. */
  readonly allowedCores: readonly number[];
  readonly directory: string;
  readonly processes: Processes;
  readonly #closers: (() => void)[];

  private constructor(
    cores: CorePlan,
    allowedCores: readonly number[],
    directory: string,
    processes: Processes,
    closers: (() => void)[],
  ) {
    this.cores = cores;
    this.allowedCores = allowedCores;
    this.directory = directory;
    this.processes = processes;
    this.#closers = closers;
  }

  /** Makes the folder and moves this process off the proxy's core. */
  static async open(): Promise<Workbench> {
    const cores = readCorePlan();
    const allowedCores = readAllowedCores();
    pinSelf(cores.load);
    const directory = await mkdtemp(join(tmpdir(), "evenkeel-bench-"));
    await chmod(directory, 0o755);
    return new Workbench(cores, allowedCores, directory, new Processes(), []);
  }

  /** The same with other cores: what is started on either ends when one of them is closed. */
  onCores(cores: CorePlan): Workbench {
    const { allowedCores, directory, processes } = this;
    return new Workbench(cores, allowedCores, directory, processes, this.#closers);
  }

  /** Adds something to undo when the run ends. */
  onClose(undo: () => void): void {
    this.#closers.push(undo);
  }

  /** Stops every process and removes the folder; safe to call twice. */
  async close(): Promise<void> {
    await this.processes.stopAll();
    for (const undo of this.#closers.splice(0)) undo();
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** The same without waiting, for the moment this process exits. */
  closeNow(): void {
    this.processes.killNow();
    rmSync(this.directory, { recursive: true, force: true });
  }
}
