import { setTimeout as sleep } from "node:timers/promises";
import { unreachableTarget } from "../engine/unreachable-target.ts";
import { LedgerFiles, type LedgerSources } from "../failover/ledgers/ledger-files.ts";
import { type Reconciliation, reconcile } from "../failover/ledgers/reconcile.ts";
import { judgeReading, type ThresholdVerdict } from "../thresholds/judge-threshold.ts";
import { EarlyJudge } from "../thresholds/early-judge.ts";
import type { Threshold } from "../thresholds/parse-threshold.ts";
import { type LoadFacts, readLoadMetric } from "./load-metrics.ts";
import type { LoadPlan } from "./load-plan.ts";
import { type LoadHooks, type LoadProgress, type LoadResult, startLoad } from "./start-load.ts";
import { throughputOf } from "./throughput.ts";
import { generatorBreaches } from "./generator-breaches.ts";

/** A load, and what must hold. */
export interface RunPlan {
  readonly load: LoadPlan;
  readonly thresholds: readonly Threshold[];
  /** End the run at the first threshold that is missed, but not before so many milliseconds. */
  readonly abortOnFailAfterMs: number | undefined;
  /** What the balancer and the backends write down; undefined: nobody looks. */
  readonly ledgers: LedgerSources | undefined;
  /** A busy generator is a warning, and not an invalid run. */
  readonly allowsSaturation: boolean;
}

/** What happened, and what it means. */
export interface LoadRun {
  readonly plan: RunPlan;
  readonly result: LoadResult;
  /** The reconciled ledgers; undefined where nobody looked. */
  readonly counts: Reconciliation | undefined;
  readonly thresholds: readonly ThresholdVerdict[];
  /** The threshold that ended the run early. */
  readonly abortedBy: ThresholdVerdict | undefined;
  /** Why the generator, and not the target, may have made the numbers; empty when it did not. */
  readonly saturated: readonly string[];
  /** The generator spoiled it, and that was not allowed. */
  readonly isInvalid: boolean;
  readonly isPartial: boolean;
  /** Nothing that was asked for is missing; also where nothing was asked for. */
  readonly pass: boolean;
}

/** Runs the load, watching the thresholds where the plan says so, and judges what came of it. */
export async function runLoad(plan: RunPlan, hooks: LoadHooks = {}): Promise<LoadRun> {
  const ledgers = plan.ledgers === undefined ? undefined : await LedgerFiles.attach(plan.ledgers);
  const early = new EarlyJudge(plan.thresholds, plan.abortOnFailAfterMs);
  const load = startLoad(plan.load, {
    signal: hooks.signal,
    onProgress: (progress) => {
      hooks.onProgress?.(progress);
      if (isMissed(early, plan, progress)) load.abort();
    },
  });
  const result = await load.result;
  requireAnswers(plan, result);
  const counts =
    ledgers === undefined ? undefined : await settledCounts(plan, result, ledgers, hooks.signal);
  const isPartial = hooks.signal?.aborted === true;
  return judgeLoad({ plan, result, counts, isPartial, abortedBy: early.missed });
}

function isMissed(early: EarlyJudge<Threshold>, plan: RunPlan, progress: LoadProgress): boolean {
  const { phase, elapsedMs, totals } = progress;
  if (phase !== "measuring") return false;
  const facts = factsOf(plan, { totals, durationMs: elapsedMs }, undefined);
  return early.isMissed(elapsedMs, (threshold) =>
    judgeReading(threshold, readLoadMetric(threshold, facts)),
  );
}

/** The verdict on a load that is over. */
export function judgeLoad(
  run: Pick<LoadRun, "plan" | "result" | "counts" | "isPartial" | "abortedBy">,
): LoadRun {
  const { plan, result, counts } = run;
  const facts = factsOf(plan, result, counts);
  const thresholds = plan.thresholds.map((threshold) =>
    judgeReading(threshold, readLoadMetric(threshold, facts)),
  );
  const saturated = generatorBreaches(plan.load, result);
  return {
    ...run,
    thresholds,
    saturated,
    isInvalid: saturated.length > 0 && !plan.allowsSaturation,
    // A limit that nobody could check was not kept.
    pass: run.abortedBy === undefined && thresholds.every(({ verdict }) => verdict === "met"),
  };
}

function factsOf(
  { load }: RunPlan,
  result: Pick<LoadResult, "totals" | "durationMs">,
  counts: Reconciliation | undefined,
): LoadFacts {
  const { perSecond } = throughputOf(load.shape, result);
  const { totals, durationMs } = result;
  const answeringMs = perSecond > 0 ? (totals.counts.responses * 1000) / perSecond : durationMs;
  return { totals, durationMs, answeringMs, counts, names: load.requests.map(({ name }) => name) };
}

/** An open loop carries on whatever happens; when nobody ever answered, that is no measurement. */
function requireAnswers({ load }: RunPlan, { totals }: LoadResult): void {
  const refused = totals.errors.get("refused") ?? 0;
  if (totals.counts.responses > 0 || refused === 0 || refused < totals.counts.errors) return;
  throw unreachableTarget(load.origin, "ECONNREFUSED");
}

/** Logs are written behind what they tell of: gives them two seconds to agree, or half a one if interrupted. */
async function settledCounts(
  { load }: RunPlan,
  { ledger, totals }: LoadResult,
  ledgers: LedgerFiles,
  signal: AbortSignal | undefined,
): Promise<Reconciliation | undefined> {
  if (ledger === undefined || load.ledgerId === undefined) return undefined;
  for (let tries = signal?.aborted === true ? 5 : 20; ; tries--) {
    const counts = reconcile({
      ...(await ledgers.collect()),
      runId: load.ledgerId,
      client: ledger,
    });
    const missing = (counts.unlogged?.length ?? 0) + (counts.unexplained?.length ?? 0);
    if (missing === 0 || tries === 0 || totals.counts.responses === 0) return counts;
    await sleep(100);
  }
}
