import { setTimeout as sleep } from "node:timers/promises";
import { ClientLedger } from "../engine/client-ledger.ts";
import { type OpenLoopHooks, type RunningOpenLoop, startOpenLoop } from "../engine/open-loop.ts";
import type { OpenLoopResult } from "../engine/open-loop-messages.ts";
import { type FailoverVerdict, judgeFailover } from "./judge/judge-failover.ts";
import type { FaultSpan, RunRecords } from "./judge/measure.ts";
import { awaitWithLoad } from "./await-with-load.ts";
import { EarlyEnd } from "./early-end.ts";
import type { ThresholdVerdict } from "./judge/thresholds.ts";
import type { FailoverPlan } from "./failover-plan.ts";
import type { Recover, Victim } from "./faults/victim.ts";
import { openLoopPlanFor } from "./load-plan.ts";
import { type FailoverPrediction, predictFailover } from "./predict/predict-failover.ts";
import type { SystemUnderTest } from "./system/system-under-test.ts";

/** One fault: what was done, what happened, what it means. */
export interface FailoverRun extends FailoverVerdict {
  readonly plan: FailoverPlan;
  readonly url: string;
  readonly span: FaultSpan;
  readonly load: OpenLoopResult;
  /** undefined: nobody knows the balancer's configuration. */
  readonly prediction: FailoverPrediction | undefined;
  /** The run was interrupted: counts are right as far as they go. */
  readonly isPartial: boolean;
  /** The threshold that ended the run early. */
  readonly abortedBy: ThresholdVerdict | undefined;
}

/** After the victims have served again; shows that it stays so. */
const tailMs = 1000;
/** For a return where no configuration says how long it may take. */
const unknownReadmissionMs = 30_000;

/** Strikes the plan's fault under load, takes it back, and judges what the ledgers say. */
export async function runFailover(
  plan: FailoverPlan,
  system: SystemUnderTest,
  hooks: OpenLoopHooks = {},
): Promise<FailoverRun> {
  const victims = system.backends.slice(0, plan.fault.victims(system.backends.length));
  const prediction = predictionOf(plan, system, victims.length);
  const loopPlan = openLoopPlanFor(plan.load, system, longestLoadMs(plan, prediction));
  const early = new EarlyEnd(plan, hooks);
  const loop = startOpenLoop(loopPlan, early.hooks);
  const [load, span] = await awaitWithLoad(
    loop,
    strikeAndReturn(plan, system, victims, loop, early.hooks.signal),
  );
  const records: RunRecords = {
    ...(await system.collect()),
    runId: loopPlan.runId,
    client: new ClientLedger(load.ledger),
    startedAtWallMs: load.startedAtWallMs,
    quietMs: quietMs(plan, system),
  };
  const { abortedBy } = early;
  const judged = judgeFailover({
    plan,
    prediction,
    span,
    load,
    records,
    settings: system.settings,
  });
  return {
    ...judged,
    pass: judged.pass && abortedBy === undefined,
    abortedBy,
    plan,
    url: system.url,
    span,
    load,
    prediction,
    isPartial: hooks.signal?.aborted === true,
  };
}

function predictionOf(
  { load, fault, returnAfterMs }: FailoverPlan,
  { settings, backendCount }: SystemUnderTest,
  victims: number,
): FailoverPrediction | undefined {
  if (settings === undefined) return undefined;
  return predictFailover(settings, {
    effect: fault.effect,
    faultMs: returnAfterMs,
    victims,
    backends: backendCount,
    ratePerSecond: load.ratePerSecond,
    arrivals: load.arrivals,
  });
}

/** Long enough for the readmission that is predicted, and a little to see that it stays so. */
function longestLoadMs(
  { faultAtMs, returnAfterMs, durationMs }: FailoverPlan,
  prediction: FailoverPrediction | undefined,
): number {
  const readmissionMs = prediction?.readmission?.ms ?? unknownReadmissionMs;
  return durationMs ?? faultAtMs + (returnAfterMs ?? 0) + readmissionMs + 2 * tailMs;
}

/** At a low rate a pause may be chance: several requests that would have come must be missing. */
function quietMs({ load }: FailoverPlan, { backendCount }: SystemUnderTest): number {
  const missing = load.arrivals === "constant" ? 6 : 12;
  return Math.max(500, (missing * 1000 * backendCount) / load.ratePerSecond);
}

/** Follows the plan's clock beside the load; ends the load early once all victims have served again. */
async function strikeAndReturn(
  plan: FailoverPlan,
  system: SystemUnderTest,
  victims: readonly Victim[],
  loop: RunningOpenLoop,
  signal: AbortSignal | undefined,
): Promise<FaultSpan> {
  const { startedAtMs, startedAtWallMs } = await loop.started;
  const now = (): number => performance.now() - startedAtMs;
  const names = victims.map(({ name }) => name);
  await untilMs(plan.faultAtMs, now, signal);
  const faultAtMs = now();
  if (signal?.aborted === true) return { faultAtMs, returnAtMs: undefined, victims: [] };
  const recovers = await Promise.all(victims.map((victim) => plan.fault.strike(victim)));
  if (plan.returnAfterMs === undefined) return { faultAtMs, returnAtMs: undefined, victims: names };
  await untilMs(faultAtMs + plan.returnAfterMs, now, signal);
  await Promise.all(recovers.map((recover: Recover) => recover()));
  const returnAtMs = now();
  if (plan.durationMs === undefined) {
    finishWhenServed(system, names, startedAtWallMs + returnAtMs, loop);
  }
  return { faultAtMs, returnAtMs, victims: names };
}

/** An interruption ends the wait, and what follows makes the backends well again. */
async function untilMs(
  atMs: number,
  now: () => number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const waitMs = Math.max(0, atMs - now());
  await sleep(waitMs, undefined, signal === undefined ? {} : { signal }).catch(() => {});
}

function finishWhenServed(
  system: SystemUnderTest,
  victims: readonly string[],
  returnedAtWallMs: number,
  loop: RunningOpenLoop,
): void {
  const missing = new Set(victims);
  system.onRecord = ({ backend, startedAtMs }) => {
    if (backend === undefined || startedAtMs < returnedAtWallMs) return;
    if (!missing.delete(backend) || missing.size > 0) return;
    setTimeout(() => loop.finish(), tailMs).unref();
  };
}
