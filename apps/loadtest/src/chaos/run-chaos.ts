import { setTimeout as sleep } from "node:timers/promises";
import { ClientLedger } from "../engine/client-ledger.ts";
import { type OpenLoopHooks, type RunningOpenLoop, startOpenLoop } from "../engine/open-loop.ts";
import type { OpenLoopResult } from "../engine/open-loop-messages.ts";
import { awaitWithLoad } from "../failover/await-with-load.ts";
import { EarlyEnd } from "../failover/early-end.ts";
import type { ThresholdVerdict } from "../failover/judge/thresholds.ts";
import type { FailoverLoad } from "../failover/failover-plan.ts";
import { type Reconciliation, reconcile } from "../failover/ledgers/reconcile.ts";
import { openLoopPlanFor } from "../failover/load-plan.ts";
import type { SystemUnderTest } from "../failover/system/system-under-test.ts";
import { scheduleBreaches } from "../observation/schedule.ts";
import { judgeScoped, type ScopedThreshold, type ScopedVerdict } from "./chaos-thresholds.ts";
import {
  type ChaosWindow,
  chaosWindows,
  type StruckFault,
  tally,
  type WindowTally,
} from "./chaos-windows.ts";
import { type ChaosEvent, formatEvent } from "./timeline.ts";

/** Load, what breaks when, and what must hold: fully resolved. */
export interface ChaosPlan {
  readonly load: FailoverLoad;
  readonly events: readonly ChaosEvent[];
  readonly durationMs: number;
  readonly thresholds: readonly ScopedThreshold[];
  /** The first threshold on the run as a whole that is missed ends it, not before so many milliseconds. */
  readonly abortOnFailAfterMs: number | undefined;
}

/** What happened. */
export interface ChaosRun {
  readonly plan: ChaosPlan;
  readonly url: string;
  readonly load: OpenLoopResult;
  readonly counts: Reconciliation;
  readonly whole: WindowTally;
  /** What really was broken when. */
  readonly faults: readonly StruckFault[];
  readonly windows: readonly ChaosWindow[];
  readonly thresholds: readonly ScopedVerdict[];
  /** Why the generator itself spoiled the run; empty when it did not. */
  readonly invalid: readonly string[];
  readonly isPartial: boolean;
  /** The threshold that ended the run early. */
  readonly abortedBy: ThresholdVerdict | undefined;
  readonly pass: boolean;
}

/** Plays the timeline under load and compares the ledgers. */
export async function runChaos(
  plan: ChaosPlan,
  system: SystemUnderTest,
  hooks: OpenLoopHooks = {},
): Promise<ChaosRun> {
  const loopPlan = openLoopPlanFor(plan.load, system, plan.durationMs);
  const early = earlyEnd(plan, hooks);
  const loop = startOpenLoop(loopPlan, early.hooks);
  const playing = Promise.all(
    plan.events.map((event) =>
      play(event, { system, loop, durationMs: plan.durationMs, hooks: early.hooks }),
    ),
  );
  const [load, played] = await awaitWithLoad(loop, playing);
  const client = new ClientLedger(load.ledger);
  const { runId } = loopPlan;
  const counts = reconcile({ ...(await system.collect()), runId, client });
  const faults = played.filter((fault) => fault !== undefined);
  const endMs = Math.min(load.durationMs, plan.durationMs);
  const windows = chaosWindows(faults, { client, reconciliation: counts, runId, endMs });
  const whole = tally([...client.entries()], wholeDoubled(counts, runId));
  const thresholds = plan.thresholds.map((scoped) => judgeScoped(scoped, windows, whole));
  return {
    plan,
    url: system.url,
    load,
    counts,
    whole,
    faults,
    windows,
    thresholds,
    invalid: scheduleBreaches(load),
    isPartial: hooks.signal?.aborted === true,
    abortedBy: early.abortedBy,
    pass: early.abortedBy === undefined && thresholds.every(({ verdict }) => verdict === "met"),
  };
}

/** Windows are not known before the run is over. */
function earlyEnd({ thresholds, abortOnFailAfterMs }: ChaosPlan, hooks: OpenLoopHooks): EarlyEnd {
  const whole = thresholds.filter(({ scope }) => scope === "run").map((each) => each.threshold);
  return new EarlyEnd({ thresholds: whole, abortOnFailAfterMs }, hooks);
}

function wholeDoubled({ doubled }: Reconciliation, runId: string) {
  const ids = doubled === null ? undefined : new Set(doubled.map(({ id }) => id));
  return ({ index }: { readonly index: number }): boolean | undefined =>
    ids?.has(`${runId}-${index}`);
}

interface Stage {
  readonly system: SystemUnderTest;
  readonly loop: RunningOpenLoop;
  readonly durationMs: number;
  readonly hooks: OpenLoopHooks;
}

/** undefined: the run was interrupted before. */
async function play(event: ChaosEvent, stage: Stage): Promise<StruckFault | undefined> {
  const { startedAtMs } = await stage.loop.started;
  const now = (): number => performance.now() - startedAtMs;
  const { signal } = stage.hooks;
  const untilMs = async (atMs: number): Promise<void> => {
    const options = signal === undefined ? {} : { signal };
    await sleep(Math.max(0, atMs - now()), undefined, options).catch(() => {});
  };
  await untilMs(event.atMs);
  if (signal?.aborted === true) return undefined;
  const victims = event.victims.map((index) => {
    const victim = stage.system.backends[index];
    if (victim === undefined) throw new Error(`no backend for ${formatEvent(event)}`);
    return victim;
  });
  const fromMs = now();
  const recovers = await Promise.all(victims.map((victim) => event.fault.strike(victim)));
  const fault = event.fault.name;
  const backends = victims.map(({ name }) => name);
  const struck = { label: `${fault} of ${backends.join(", ")}`, fault, backends, fromMs };
  if (event.forMs === undefined) return { ...struck, toMs: Infinity };
  await untilMs(fromMs + event.forMs);
  await Promise.all(recovers.map((recover) => recover()));
  return { ...struck, toMs: now() };
}
