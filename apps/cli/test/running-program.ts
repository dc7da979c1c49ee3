import { type ChildProcessByStdio, spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { afterAll } from "vitest";

/** How a program ended and all that it wrote. `code` is null when a signal ended it. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export type JsonLine = Readonly<Record<string, unknown>>;

const longestWaitMs = 30_000;
const running = new Set<RunningProgram>();

/** A child process and what it wrote so far; killed at the latest when the test file ends. */
export class RunningProgram {
  stdout = "";
  stderr = "";
  readonly ended: Promise<Ended>;
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #waiting: Set<() => void> = new Set();
  readonly #out = new JsonLines();
  readonly #err = new JsonLines();
  #isOver = false;

  constructor(file: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
    const { FORCE_COLOR: _, ...inherited } = process.env;
    this.#child = spawn(file, args, { env: { ...inherited, ...env }, stdio: "pipe" });
    this.#child.stdin.on("error", () => {});
    this.#child.stdout.setEncoding("utf8").on("data", (text: string) => {
      this.stdout += text;
      this.#out.add(text);
      this.#wake();
    });
    this.#child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.stderr += text;
      this.#err.add(text);
      this.#wake();
    });
    running.add(this);
    this.ended = new Promise((resolve, reject) => {
      this.#child.once("error", reject);
      this.#child.once("close", (code, signal) => {
        this.#isOver = true;
        running.delete(this);
        this.#wake();
        resolve({ code, signal, stdout: this.stdout, stderr: this.stderr });
      });
    });
  }

  get pid(): number {
    return this.#child.pid ?? Number.NaN;
  }

  get isRunning(): boolean {
    return !this.#isOver;
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  write(text: string): void {
    this.#child.stdin.write(text);
  }

  /** Reads nothing more, as `head` does when it has its lines. */
  stopReading(): void {
    this.#child.stdout.destroy();
    this.#child.stderr.destroy();
  }

  closeInput(): void {
    this.#child.stdin.end();
  }

  /** The first JSON line, written before or from now on, that `accepts`. */
  async jsonLine(accepts: (line: JsonLine) => boolean): Promise<JsonLine> {
    const [out, err] = [this.#out.reader(), this.#err.reader()];
    return await this.#first(() => out(accepts) ?? err(accepts));
  }

  /** Waits until standard output holds `marker`. */
  async output(marker: string): Promise<void> {
    await this.#first(() => this.stdout.includes(marker) || undefined);
  }

  async #first<T>(find: () => T | undefined): Promise<T> {
    const deadlineAt = performance.now() + longestWaitMs;
    for (;;) {
      const found = find();
      if (found !== undefined) return found;
      if (!this.isRunning) throw new Error(`it ended before that:\n${this.stderr}`);
      const leftMs = deadlineAt - performance.now();
      if (leftMs <= 0) throw new Error(`not within ${longestWaitMs} ms; it wrote:\n${this.stderr}`);
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

/** The JSON among a stream's lines. Each is parsed once, when somebody looks: under load there are thousands. */
class JsonLines {
  readonly #lines: JsonLine[] = [];
  #pieces: string[] = [];

  add(text: string): void {
    this.#pieces.push(text);
  }

  /** Looks on where its last look ended. */
  reader(): (accepts: (line: JsonLine) => boolean) => JsonLine | undefined {
    let looked = 0;
    return (accepts) => {
      this.#parse();
      const found = this.#lines.slice(looked).find(accepts);
      looked = this.#lines.length;
      return found;
    };
  }

  #parse(): void {
    const texts = this.#pieces.join("").split("\n");
    this.#pieces = [texts.pop() ?? ""];
    for (const text of texts) {
      if (text.startsWith("{")) this.#lines.push(JSON.parse(text) as JsonLine);
    }
  }
}

function killAll(): void {
  for (const program of running) program.kill("SIGKILL");
}

afterAll(async () => {
  killAll();
  await Promise.all([...running].map(({ ended }) => ended));
});
process.once("exit", killAll);
