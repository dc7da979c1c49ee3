import { spawn } from "node:child_process";
import { once } from "node:events";
import { LoadtestError } from "../errors.ts";
import { loadDocument, type LoadDocument } from "../load/document.ts";
import { type LoadRun, runLoad, type RunPlan } from "../load/run-load.ts";
import { LoadCrew } from "../load/load-crew.ts";
import type { LoadHooks } from "../load/start-load.ts";

/** One side of runs that take turns. */
export interface InterleavedSide {
  /** The plan of its n-th run, counted from 0. */
  readonly plan: (turn: number) => RunPlan;
  /** A shell command that makes the difference, before each of its runs; undefined: none. */
  readonly before: string | undefined;
}

/** What the caller hears of. */
export interface InterleavedHooks extends LoadHooks {
  readonly onRun?: ((side: "A" | "B", turn: number, run: LoadRun) => void) | undefined;
}

/** The runs of both sides; the n-th of each are a pair. */
export interface InterleavedRuns {
  readonly a: LoadDocument[];
  readonly b: LoadDocument[];
}

/**
 * Runs A B, B A, A B …, so that whatever drifts meanwhile (a machine that warms up, a neighbour that comes
 * and goes) meets both sides alike, and neither always comes second. A pair that is interrupted counts for
 * neither.
 */
export async function runInterleaved(
  a: InterleavedSide,
  b: InterleavedSide,
  { turns, hooks }: { readonly turns: number; readonly hooks: InterleavedHooks },
): Promise<InterleavedRuns> {
  const crew = new LoadCrew();
  try {
    return await takeTurns(a, b, { turns, hooks: { ...hooks, crew } });
  } finally {
    await crew.dispose();
  }
}

async function takeTurns(
  a: InterleavedSide,
  b: InterleavedSide,
  { turns, hooks }: { readonly turns: number; readonly hooks: InterleavedHooks },
): Promise<InterleavedRuns> {
  const documents: InterleavedRuns = { a: [], b: [] };
  const sides = [
    ["A", a, documents.a],
    ["B", b, documents.b],
  ] as const;
  for (let turn = 0; turn < turns; turn++) {
    const pair: (() => void)[] = [];
    for (const [name, side, runs] of turn % 2 === 0 ? sides : sides.toReversed()) {
      const run = await runSide(name, side, turn, hooks);
      if (run === undefined || run.isPartial) return documents;
      pair.push(() => void runs.push(loadDocument(run)));
    }
    for (const keep of pair) keep();
  }
  return documents;
}

/** Undefined when interrupted before. */
async function runSide(
  name: "A" | "B",
  { plan, before }: InterleavedSide,
  turn: number,
  hooks: InterleavedHooks,
): Promise<LoadRun | undefined> {
  if (before !== undefined) await runCommand(before, hooks.signal);
  if (hooks.signal?.aborted === true) return undefined;
  const run = await runLoad(plan(turn), hooks);
  hooks.onRun?.(name, turn, run);
  return run;
}

/**
 * Whoever interrupts does not wait for it: its whole group is told to end.
 *
 * @throws LoadtestError `CHILD_FAILED`: without it both sides would be the same.
 */
async function runCommand(command: string, signal: AbortSignal | undefined): Promise<void> {
  const isInterrupted = (): boolean => signal?.aborted === true;
  if (isInterrupted()) return;
  const stdio = ["ignore", "ignore", "inherit"] as const;
  const child = spawn(command, { shell: true, stdio: [...stdio], detached: true });
  const end = (): void => endGroup(child.pid);
  signal?.addEventListener("abort", end, { once: true });
  const [code] = (await once(child, "exit")) as [number | null];
  signal?.removeEventListener("abort", end);
  if (code === 0 || isInterrupted()) return;
  throw new LoadtestError("CHILD_FAILED", `${JSON.stringify(command)} ended with code ${code}`);
}

function endGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, "SIGTERM");
  } catch {
    // It has just ended by itself.
  }
}
