/*
 * Whether something happened in time, on a machine that may be busy with other things. The bound is the
 * configuration's; what the machine adds is measured in the same run, and never assumed.
 */
import { type Figure, RunInvalid } from "../case.ts";
import { must } from "../check.ts";

/** A time beside the worst case that the load tester computed from the configuration. */
export interface ComparedTime {
  readonly what: string;
  readonly predicted: { readonly ms: number } | null;
  /** null: it did not happen before the fault was over. */
  readonly measuredMs: number | null;
}

/** What else there was in the run. */
export interface Noise {
  /** The longest time that the suite itself did not get to run. */
  readonly stallMs: number;
  /** Why the generator's times are its own; empty when they are not. */
  readonly invalid: readonly string[];
}

/** Timers of three processes. */
const slackMs = 50;
/** Balancer, backend and load tester may each be held up once on the way from fault to answer. */
const stallsInARow = 3;
/** Above this a time that is late says more about the machine than about the balancer. */
const busyStallMs = 20;

/**
 * Gives each time with its bound. Throws an AssertionError for one that is late or never came, and a RunInvalid
 * for such a one where the machine may be why. `answersForMs` is how long after its fault the victim may
 * still answer well.
 */
export function judgeTimes(
  times: readonly ComparedTime[],
  answersForMs: number,
  noise: Noise,
): readonly Figure[] {
  return times.map(({ what, predicted, measuredMs }): Figure => {
    must(predicted !== null, `${what}: the configuration sets no bound`);
    const allowedMs = predicted.ms + answersForMs + slackMs;
    const bound = `≤ ${Math.round(allowedMs)} ms`;
    if (measuredMs === null) throwLate(`${what}: it never did, and ${bound} was the bound`, noise);
    const value = `${Math.round(measuredMs)} ms`;
    const isKept = measuredMs <= allowedMs + stallsInARow * noise.stallMs;
    if (!isKept) throwLate(`${what}: ${value}, and ${bound} was the bound`, noise);
    return { name: what, value, bound };
  });
}

function throwLate(text: string, { stallMs, invalid }: Noise): never {
  if (stallMs > busyStallMs || invalid.length > 0) {
    const stall = `the machine stood still for ${Math.round(stallMs)} ms`;
    throw new RunInvalid([text, stall, ...invalid].join("; "));
  }
  must(false, text);
}

/**
 * Nothing may be left that was not kept. How many requests meet a fault before it is noticed is a matter of time: where
 * the generator's times are its own (`invalid`), it is a RunInvalid, elsewhere an AssertionError.
 */
export function requireKept(unkept: readonly string[], invalid: readonly string[]): void {
  if (unkept.length === 0) return;
  const text = unkept.join("; ");
  if (invalid.length > 0) throw new RunInvalid([text, ...invalid].join("; "));
  must(false, text);
}
