import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

const entry = fileURLToPath(new URL("./loadtest-process.ts", import.meta.url));

/** The command as a process of its own; gone when the test ends. */
export function spawnLoadtest(
  ...args: readonly string[]
): ChildProcessByStdio<null, Readable, Readable> {
  const { FORCE_COLOR: _, ...env } = process.env;
  const child = spawn(process.execPath, [entry, ...args], {
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  return child;
}

/** What the process said, once it is over. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Waits for the end of `child`. */
export async function endOf(child: ChildProcessByStdio<null, Readable, Readable>): Promise<Ended> {
  const [stdout, stderr] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "close"),
  ]);
  return { code: child.exitCode, stdout, stderr };
}

/** Runs `distribution` with `args` to its end. */
export async function runDistributionCommand(...args: readonly string[]): Promise<Ended> {
  return await endOf(spawnLoadtest("distribution", ...args));
}
