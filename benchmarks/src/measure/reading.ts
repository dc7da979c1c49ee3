import { cpuBetween, readCoreBusySeconds, readTreeUsage } from "../proc/process-tree.ts";
import type { TreeUsage } from "../proc/process-tree.ts";
import type { Contender } from "../contenders.ts";
import type { Workbench } from "../workbench.ts";

/** The clocks of the proxy and of its core at one moment. */
export interface Reading {
  readonly usage: TreeUsage;
  readonly coreBusySeconds: number;
  readonly atSeconds: number;
}

/** What the proxy used between two readings. */
export interface Usage {
  readonly userSeconds: number;
  readonly systemSeconds: number;
  /** Share of the time that the proxy's core worked for somebody else, 0..1. */
  readonly disturbance: number;
}

/** Above this share a turn is not worth publishing; ticks alone make one or two percent. */
const DISTURBED = 0.04;

/** Reads the clocks now. */
export function readClocks(bench: Workbench, contender: Contender): Reading {
  return {
    usage: readTreeUsage(contender.process.pid),
    coreBusySeconds: readCoreBusySeconds(bench.cores.proxy[0] ?? 0),
    atSeconds: performance.now() / 1000,
  };
}

/** What happened between two readings. */
export function usageBetween(before: Reading, after: Reading): Usage {
  const { user, system } = cpuBetween(before.usage, after.usage);
  const busy = after.coreBusySeconds - before.coreBusySeconds;
  const share = (busy - user - system) / (after.atSeconds - before.atSeconds);
  return { userSeconds: user, systemSeconds: system, disturbance: Math.max(0, share) };
}

/** The line about a turn in which the proxy did not have its core for itself; none when it did. */
export function disturbanceNotice(name: string, round: number, disturbance: number): string[] {
  if (disturbance < DISTURBED) return [];
  const percent = Math.round(disturbance * 100);
  return [`${name}: other work took ${percent} % of the proxy's core in round ${round}`];
}
