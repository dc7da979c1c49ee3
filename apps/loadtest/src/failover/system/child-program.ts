import { type ChildProcessByStdio, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { LoadtestError } from "../../errors.ts";

/** A program to start, for example this very one with another command. */
export interface Binary {
  readonly file: string;
  readonly args: readonly string[];
  /** For messages; `evenkeel` and the command when left out. */
  readonly name?: string;
  /** Laid over the environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/** The program that runs now: the same Node, the same entry file. */
export function ownBinary(): Binary {
  return { file: process.execPath, args: [...process.execArgv, process.argv[1] ?? ""] };
}

/** Hears the program's lines, as long as it runs. */
export interface LineListener {
  stdout?(line: string): void;
  stderr?(line: string): void;
}

const running = new Set<ChildProgram>();
/** Whatever ends this process must not leave a proxy behind, not even a stopped one. */
process.once("exit", () => {
  for (const program of running) program.killGroup();
});

/** A process of ours that speaks lines. */
export class ChildProgram {
  /** Resolves when it is over and all that it wrote was heard. */
  readonly ended: Promise<void>;
  readonly #name: string;
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;
  /** The latest lines of stderr, for an error that explains. */
  readonly #lastWords: string[] = [];
  readonly #listeners: Set<LineListener> = new Set();
  #isOver = false;

  constructor(binary: Binary, commandArgs: readonly string[], listener: LineListener) {
    const { file, args, name = `evenkeel ${commandArgs[0] ?? ""}`, env = {} } = binary;
    this.#name = name;
    this.#listeners.add(listener);
    this.#child = spawn(file, [...args, ...commandArgs], {
      env: { ...ownEnvironment(), ...env },
      stdio: ["ignore", "pipe", "pipe"],
      // Ctrl-C in a terminal is for us alone: backends that end by themselves would look like the fault.
      detached: true,
    });
    running.add(this);
    createInterface({ input: this.#child.stdout }).on("line", (line) => this.#hear("stdout", line));
    createInterface({ input: this.#child.stderr }).on("line", (line) => this.#hear("stderr", line));
    this.ended = new Promise((resolve) => {
      const end = (): void => {
        this.#isOver = true;
        running.delete(this);
        resolve();
      };
      this.#child.once("close", end);
      this.#child.once("error", (error) => {
        this.#lastWords.push(error.message);
        end();
      });
    });
  }

  /** Whether the process is there; a stopped one is. */
  get isRunning(): boolean {
    return !this.#isOver;
  }

  /** Does nothing once it is over. */
  signal(signal: NodeJS.Signals): void {
    if (!this.#isOver) this.#child.kill(signal);
  }

  /** SIGKILL to it and to whatever it started; does nothing once all of them are over. */
  killGroup(): void {
    const { pid } = this.#child;
    // Its output closes with the last of them, so until then the group is ours.
    if (pid === undefined || this.#isOver) return;
    try {
      process.kill(-pid, "SIGKILL");
    } catch {
      // Nobody is left.
    }
  }

  /**
   * The first thing that `find` makes of a line from now on.
   *
   * @throws LoadtestError `CHILD_FAILED` when the program ends before that, or `withinMs` are over.
   */
  async expectLine<T>(find: (line: string) => T | undefined, withinMs: number): Promise<T> {
    const found = Promise.withResolvers<T>();
    const look = (line: string): void => {
      const value = find(line);
      if (value !== undefined) found.resolve(value);
    };
    const listener = { stdout: look, stderr: look };
    this.#listeners.add(listener);
    const timer = setTimeout(() => {
      found.reject(this.failure(`was not ready within ${withinMs} ms`));
    }, withinMs);
    void this.ended.then(() => found.reject(this.failure("ended")));
    try {
      return await found.promise;
    } finally {
      clearTimeout(timer);
      this.#listeners.delete(listener);
    }
  }

  #hear(stream: keyof LineListener, line: string): void {
    if (stream === "stderr") this.#lastWords.push(line);
    if (this.#lastWords.length > 5) this.#lastWords.shift();
    for (const listener of this.#listeners) listener[stream]?.(line);
  }

  /** An error that says what happened to it, with its last words. */
  failure(what: string): LoadtestError {
    const words = this.#lastWords.length === 0 ? "" : `: ${this.#lastWords.join(" | ")}`;
    return new LoadtestError("CHILD_FAILED", `${this.#name} ${what}${words}`);
  }
}

/** The configuration is whole when it is written; a variable would change it behind our back. */
function ownEnvironment(): NodeJS.ProcessEnv {
  const { FORCE_COLOR: _, ...env } = process.env;
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith("EVENKEEL_")));
}
