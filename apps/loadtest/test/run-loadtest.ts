import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { onTestFinished, vi } from "vitest";
import { createLoadtestCommand } from "../src/index.ts";

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

function exitCodeSoFar(): number {
  return Number(process.exitCode ?? 0);
}

/** Thrown where the command ends its process. */
class ProcessEnd extends Error {}

/**
 * Runs the command to its end in this process, which spares half a second of CPU; signals need
 * `spawnLoadtest`. What is said after the command ended its process is not heard.
 */
export async function runLoadtest(...args: readonly string[]): Promise<Ended> {
  const said = { stdout: "", stderr: "" };
  let ended: Ended | undefined;
  const spies = [
    vi.spyOn(process, "exit").mockImplementation((code) => {
      ended ??= { code: Number(code ?? 0), ...said };
      throw new ProcessEnd();
    }),
    ...(["stdout", "stderr"] as const).map((stream) =>
      vi.spyOn(process[stream], "write").mockImplementation((chunk, ...rest: unknown[]) => {
        said[stream] += typeof chunk === "string" ? chunk : Buffer.from(chunk).toString();
        for (const then of rest) if (typeof then === "function") then();
        return true;
      }),
    ),
  ];
  vi.stubEnv("FORCE_COLOR", undefined);
  const { exitCode } = process;
  process.exitCode = undefined;
  try {
    const command = await createLoadtestCommand(args[0]);
    await command.parseAsync(args, { from: "user" });
  } catch (error) {
    if (!(error instanceof ProcessEnd)) throw error;
  } finally {
    ended ??= { code: exitCodeSoFar(), ...said };
    process.exitCode = exitCode;
    vi.unstubAllEnvs();
    for (const spy of spies) spy.mockRestore();
  }
  return ended;
}
