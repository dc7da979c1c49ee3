import { setTimeout as sleep } from "node:timers/promises";
import { LoadtestError } from "../errors.ts";
import { type LoadOptions, resolveLoadPlan } from "../load/load-options.ts";
import { type LoadRun, runLoad } from "../load/run-load.ts";
import type { LoadHooks } from "../load/start-load.ts";
import { judgeSweep, type SweepVerdict } from "./judge-sweep.ts";

/** Which rates are offered one after the other, each to the same target. */
export interface SweepPlan {
  /** Rising. */
  readonly rates: readonly number[];
  readonly stepMs: number;
  /** Before each step, at its rate, counted nowhere. */
  readonly settleMs: number;
  /** Ends after so many steps in a row that the target could not sustain; Infinity: never. */
  readonly stopAfterOverloads: number;
  readonly load: LoadOptions;
}

/** What happened. */
export interface SweepRun {
  readonly plan: SweepPlan;
  /** In the order of the rates; fewer than those where it ended early. */
  readonly steps: readonly LoadRun[];
  readonly verdict: SweepVerdict;
  readonly isPartial: boolean;
}

/** What the caller hears of. */
export interface SweepHooks extends LoadHooks {
  readonly onStep?: ((step: LoadRun, ratePerSecond: number) => void) | undefined;
}

/** Rest between two steps: queues that the last one filled are not the next one's. */
const restMs = 500;

/** @throws LoadtestError `BAD_OPTION` for rates that show nothing. */
export function requireSweep(plan: SweepPlan): SweepPlan {
  const { rates } = plan;
  if (rates.length < 2) throw bad("a sweep needs at least two rates");
  const isRising = rates.every((rate, step) => rate > (rates[step - 1] ?? 0));
  if (!isRising) throw bad("the rates of a sweep must rise");
  for (const ratePerSecond of rates) stepPlan(plan, ratePerSecond);
  return plan;
}

/** Offers one rate after the other, and looks for the knee. */
export async function runSweep(plan: SweepPlan, hooks: SweepHooks = {}): Promise<SweepRun> {
  const steps: LoadRun[] = [];
  for (const ratePerSecond of plan.rates) {
    if (steps.length > 0) await sleep(restMs, undefined, restOptions(hooks)).catch(() => {});
    if (hooks.signal?.aborted === true) break;
    const step = await runLoad(stepPlan(plan, ratePerSecond), hooks);
    steps.push(step);
    hooks.onStep?.(step, ratePerSecond);
    if (isHopeless(steps, plan)) break;
  }
  const isPartial = hooks.signal?.aborted === true;
  const whole = isPartial ? steps.filter((step) => !step.isPartial) : steps;
  return { plan, steps: whole, verdict: judgeSweep(whole, plan.rates), isPartial };
}

function restOptions({ signal }: SweepHooks): { readonly signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}

function stepPlan({ load, stepMs, settleMs }: SweepPlan, ratePerSecond: number) {
  const options = { ...load, ratePerSecond, durationMs: stepMs, warmupMs: settleMs };
  return {
    load: resolveLoadPlan({ ...options, ledgerId: undefined, csvFile: undefined }),
    thresholds: [],
    abortOnFailAfterMs: undefined,
    ledgers: undefined,
    // Where the generator gives in is a result of the sweep, and not the end of it.
    allowsSaturation: true,
  };
}

function isHopeless(steps: readonly LoadRun[], { rates, stopAfterOverloads }: SweepPlan): boolean {
  const last = judgeSweep(steps, rates).steps.slice(-stopAfterOverloads);
  return last.length === stopAfterOverloads && last.every(({ state }) => state !== "sustained");
}

function bad(message: string): LoadtestError {
  return new LoadtestError("BAD_OPTION", message);
}
