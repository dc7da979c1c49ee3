import { vi } from "vitest";
import { commandsFor } from "../src/apps.ts";
import { runProgram } from "../src/program.ts";
import { binary } from "./evenkeel.ts";
import type { Ended } from "./running-program.ts";

let lastRun: Promise<unknown> = Promise.resolve();

/**
 * Runs a command as the binary does, but in this process: the same words, output and exit code in a tenth of the
 * time. For commands that end by themselves and neither read standard input nor hear signals.
 */
export async function runInProcess(...args: readonly string[]): Promise<Ended> {
  return await runInProcessWith({}, ...args);
}

/** The same with variables laid over the environment. */
export async function runInProcessWith(
  env: Readonly<Record<string, string>>,
  ...args: readonly string[]
): Promise<Ended> {
  // One at a time, also in concurrent tests: a process has one standard output and one exit code.
  const run = lastRun.then(() => runAlone(env, args));
  lastRun = run.catch(() => {});
  return await run;
}

async function runAlone(
  env: Readonly<Record<string, string>>,
  args: readonly string[],
): Promise<Ended> {
  const before = { argv: process.argv, env: process.env, exitCode: process.exitCode };
  const { FORCE_COLOR: _, ...inherited } = before.env;
  const stdout = capture(process.stdout);
  const stderr = capture(process.stderr);
  process.argv = [process.execPath, binary, ...args];
  process.env = { ...inherited, ...env };
  process.exitCode = 0;
  try {
    await runProgram(await commandsFor(args));
    const texts = { stdout: stdout.text(), stderr: stderr.text() };
    return { code: process.exitCode, signal: null, ...texts };
  } finally {
    stdout.release();
    stderr.release();
    Object.assign(process, before);
  }
}

/** Keeps what is written to the stream, instead of writing it, until it is released. */
function capture(stream: NodeJS.WriteStream): { text(): string; release(): void } {
  const pieces: string[] = [];
  const write = vi.spyOn(stream, "write").mockImplementation((piece, ...rest: unknown[]) => {
    pieces.push(typeof piece === "string" ? piece : Buffer.from(piece).toString("utf8"));
    const written = rest.at(-1);
    if (typeof written === "function") queueMicrotask(() => written());
    return true;
  });
  return { text: () => pieces.join(""), release: () => write.mockRestore() };
}
