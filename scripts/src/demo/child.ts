import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const binary = fileURLToPath(new URL("../../../apps/cli/bin/evenkeel.js", import.meta.url));

/** One `evenkeel` command as a process of its own, and the JSON lines that it writes. */
export class Child {
  readonly name: string;
  readonly #process: ChildProcess;
  readonly #events: Record<string, unknown>[] = [];
  readonly #waiting: Set<() => void> = new Set();
  readonly exited: Promise<number>;
  #stderr = "";

  /** `stream` is where the JSON lines come from; the other one is kept for `errorText`. */
  constructor(name: string, args: readonly string[], stream: "stdout" | "stderr") {
    this.name = name;
    this.#process = spawn(process.execPath, [binary, ...args], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    const { stdout, stderr } = this.#process;
    if (stdout === null || stderr === null) throw new Error("no pipes");
    createInterface({ input: stream === "stdout" ? stdout : stderr }).on("line", (line) => {
      this.#take(line);
    });
    if (stream === "stderr") stdout.resume();
    stderr.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-4_000);
    });
    this.exited = new Promise((resolve) => {
      this.#process.on("exit", (code, signal) => {
        resolve(code ?? (signal === null ? 1 : 128));
        this.#wake();
      });
    });
  }

  get isRunning(): boolean {
    return this.#process.exitCode === null && this.#process.signalCode === null;
  }

  get errorText(): string {
    return this.#stderr;
  }

  kill(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  /** The first event that `find` accepts, seen before or from now on. Rejects when the process ends first. */
  async event(
    find: (event: Record<string, unknown>) => boolean,
    what: string,
    timeoutMs = 15_000,
  ): Promise<Record<string, unknown>> {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const found = this.#events.find(find);
      if (found !== undefined) return found;
      if (!this.isRunning) throw new Error(`${this.name} ended before ${what}:\n${this.#stderr}`);
      const leftMs = deadline - performance.now();
      if (leftMs <= 0) throw new Error(`${this.name}: no ${what} within ${timeoutMs} ms`);
      await this.#change(leftMs);
    }
  }

  #take(line: string): void {
    if (!line.startsWith("{")) return;
    this.#events.push({
      ...(JSON.parse(line) as Record<string, unknown>),
      seenAt: performance.now(),
    });
    this.#wake();
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }

  async #change(timeoutMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      this.#waiting.add(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}

/** Runs a command to its end and gives what it printed. */
export async function runToEnd(
  args: readonly string[],
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  const child = spawn(process.execPath, [binary, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const code = await new Promise<number>((resolve) => {
    child.on("close", (exitCode) => resolve(exitCode ?? 1));
  });
  return { code, stdout, stderr };
}
