import { availableParallelism, arch, release, type } from "node:os";
import type { Check, Finding } from "./checks/check.ts";
import type { Scorecard, ScoredTarget } from "./scorecard.ts";
import { NotApplicable, type Scene } from "./scene/scene.ts";

/** One column to be filled. */
export interface TargetToScore extends ScoredTarget {
  /** Called when the targets before it are done; one target runs at a time. */
  openScene(signal: AbortSignal): Promise<Scene>;
}

/** One cell is done, or about to be. */
export interface ScorecardProgress {
  readonly target: string;
  readonly check: Pick<Check, "name" | "title">;
  /** undefined: it begins. */
  readonly finding: Finding | undefined;
  readonly done: number;
  readonly of: number;
}

/** How the caller follows along. */
export interface ScorecardHooks {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: ScorecardProgress) => void;
}

/** Runs every check on every target, one after the other: they share this machine. */
export async function runScorecard(
  targets: readonly TargetToScore[],
  checks: readonly Check[],
  hooks: ScorecardHooks,
): Promise<Scorecard> {
  const startedAt = new Date().toISOString();
  const beganAtMs = performance.now();
  const columns: Finding[][] = [];
  for (const target of targets) {
    if (hooks.signal.aborted) break;
    const before = columns.length * checks.length;
    columns.push(await scoreTarget(target, checks, { hooks, before, of: targets.length }));
  }
  return {
    startedAt,
    durationMs: performance.now() - beganAtMs,
    environment: {
      node: process.versions.node,
      system: `${type()} ${release()} ${arch()}`,
      cores: availableParallelism(),
    },
    targets: targets.map(({ name, version }) => ({ name, version })),
    rows: checks.map(({ name, group, title, rule }, row) => ({
      check: { name, group, title, rule },
      findings: columns.map((column) => column[row]).filter((finding) => finding !== undefined),
    })),
    isPartial: hooks.signal.aborted,
  };
}

interface Place {
  readonly hooks: ScorecardHooks;
  /** Cells of the columns to the left. */
  readonly before: number;
  /** Columns. */
  readonly of: number;
}

async function scoreTarget(
  target: TargetToScore,
  checks: readonly Check[],
  { hooks, before, of }: Place,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  const scene = await target.openScene(hooks.signal);
  try {
    for (const check of checks) {
      if (hooks.signal.aborted) break;
      const place = { target: target.name, check, of: checks.length * of };
      hooks.onProgress({ ...place, finding: undefined, done: before + findings.length });
      const finding = await orAborted(findOut(check, scene), hooks.signal);
      if (finding === undefined || hooks.signal.aborted) break;
      findings.push(finding);
      hooks.onProgress({ ...place, finding, done: before + findings.length });
      if (check.spoils === true) await scene.reset();
    }
    return findings;
  } finally {
    await scene.dispose();
  }
}

/** Undefined when `signal` is aborted before: a check takes up to half a minute, and has nothing to show then. */
async function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  const aborted = Promise.withResolvers<undefined>();
  const leave = (): void => aborted.resolve(undefined);
  if (signal.aborted) leave();
  signal.addEventListener("abort", leave);
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", leave);
  }
}

async function findOut(check: Check, scene: Scene): Promise<Finding> {
  try {
    return await check.run(scene);
  } catch (error) {
    const note = error instanceof Error ? error.message : String(error);
    if (error instanceof NotApplicable) return { verdict: "not-applicable", value: "", note };
    return { verdict: "error", value: "", note: `the check itself failed: ${note}` };
  }
}
