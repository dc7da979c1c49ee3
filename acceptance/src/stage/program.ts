import { type ChildProcessByStdio, spawn } from "node:child_process";
import type { Readable } from "node:stream";
import { OutOfTime } from "../case.ts";

/** How a program ended and what it wrote. `code` is null when a signal ended it. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A line of JSON that a program wrote. */
export type JsonLine = Readonly<Record<string, unknown>>;

const longestWaitMs = 30_000;

/** A child process and what it wrote so far. */
export class Program {
  /** As it could be typed. */
  readonly commandLine: string;
  readonly ended: Promise<Ended>;
  stdout = "";
  stderr = "";
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;
  readonly #waiting: Set<() => void> = new Set();
  #isOver = false;

  constructor(binary: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
    this.commandLine = ["evenkeel", ...args].map(quoted).join(" ");
    this.#child = spawn(process.execPath, [binary, ...args], {
      env: { ...inheritedEnvironment(), ...env },
      stdio: ["ignore", "pipe", "pipe"],
      // Ctrl-C in a terminal is for the suite alone, which ends its programs itself.
      detached: true,
    });
    this.#child.stdout.setEncoding("utf8").on("data", (text: string) => {
      this.stdout += text;
      this.#wake();
    });
    this.#child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.stderr += text;
      this.#wake();
    });
    this.ended = new Promise((resolve, reject) => {
      this.#child.once("error", reject);
      this.#child.once("close", (code, signal) => {
        this.#isOver = true;
        this.#wake();
        resolve({ code, signal, stdout: this.stdout, stderr: this.stderr });
      });
    });
    this.ended.catch(() => {});
  }

  get isRunning(): boolean {
    return !this.#isOver;
  }

  kill(signal: NodeJS.Signals): void {
    if (!this.#isOver) this.#child.kill(signal);
  }

  /** The first JSON line, written before or from now on, that `accepts`. */
  async jsonLine(what: string, accepts: (line: JsonLine) => boolean): Promise<JsonLine> {
    const find = (): JsonLine | undefined =>
      [...linesOf(this.stdout), ...linesOf(this.stderr)].find(accepts);
    const deadlineAt = performance.now() + longestWaitMs;
    for (;;) {
      const found = find();
      if (found !== undefined) return found;
      if (!this.isRunning) throw new Error(`${this.commandLine} ended before: ${what}`);
      const leftMs = deadlineAt - performance.now();
      if (leftMs <= 0) throw new OutOfTime(`not within ${longestWaitMs} ms: ${what}`);
      await this.#change(leftMs);
    }
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

/** Every whole line of JSON in a text. */
export function linesOf(text: string): readonly JsonLine[] {
  const whole = text.slice(0, text.lastIndexOf("\n") + 1).split("\n");
  return whole.filter((line) => line.startsWith("{")).map((line) => JSON.parse(line) as JsonLine);
}

/** A variable of the caller's shell must not change what is tested. */
function inheritedEnvironment(): NodeJS.ProcessEnv {
  const { FORCE_COLOR: _, ...env } = process.env;
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith("EVENKEEL_")));
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
