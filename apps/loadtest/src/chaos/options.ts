import { seededRandom } from "@evenkeel/oracles";
import { LoadtestError } from "../errors.ts";
import { type FailoverOptions, resolveAbort, resolveLoad } from "../failover/options.ts";
import { parseScopedThreshold } from "./chaos-thresholds.ts";
import type { ChaosPlan } from "./run-chaos.ts";
import { calmEndMs, endOfTimeline, parseTimeline, randomTimeline } from "./timeline.ts";

/** Options of a chaos run; everything has a default. */
export interface ChaosOptions extends Omit<FailoverOptions, "faults"> {
  /** What breaks when; undefined: drawn from the seed. */
  readonly timeline?: string | undefined;
}

/** Of a drawn timeline: long enough for about six faults. */
export const chaosDefaults: {
  readonly durationMs: number;
  readonly thresholds: readonly string[];
} = {
  durationMs: 60_000,
  /** What no fault excuses. */
  thresholds: ["doubled==0", "calm: failed<1%"],
};

/** @throws LoadtestError `BAD_OPTION` with a message that names the value. */
export function resolveChaos(options: ChaosOptions, backends: number): ChaosPlan {
  const load = resolveLoad(options);
  const thresholds = options.thresholds ?? chaosDefaults.thresholds;
  const common = {
    load,
    thresholds: thresholds.map(parseScopedThreshold),
    abortOnFailAfterMs: resolveAbort(options),
  };
  if (options.timeline !== undefined) {
    const events = parseTimeline(options.timeline, backends);
    const endMs = endOfTimeline(events);
    const durationMs = options.durationMs ?? endMs + calmEndMs;
    if (!Number.isFinite(durationMs)) {
      throw bad("a fault without an end needs --duration");
    }
    const late = events.find(({ atMs }) => atMs >= durationMs);
    if (late !== undefined) throw bad(`the load ends before the fault at ${late.atMs} ms`);
    return { ...common, events, durationMs };
  }
  const durationMs = options.durationMs ?? chaosDefaults.durationMs;
  const random = seededRandom(load.seed);
  const events = randomTimeline({ durationMs, backends, random });
  if (events.length === 0) throw bad("the load is too short for a drawn timeline; 20s is enough");
  return { ...common, events, durationMs };
}

function bad(message: string): LoadtestError {
  return new LoadtestError("BAD_OPTION", message);
}
