import type { Finding, Promised } from "../promise.ts";
import { percent } from "../wording.ts";

/** `first`: the first backend that is ready, which is the first of all when all are. */
export function judgeFirst({ names, total, lost, tolerance }: Promised): Finding {
  return {
    promise: `every request to ${names[0]}, the first backend`,
    ranges: names.map((_, i) => (i === 0 ? { least: total, most: total } : { least: 0, most: 0 })),
    breaches: undefined,
    requestsNeeded: tolerance === 0 ? 1 : Math.ceil((1 + lost) / tolerance),
  };
}

/**
 * Hashing seen through one client: one key, so one backend, whichever it is. A run must be long enough for
 * a second backend with `tolerance` of the requests to show up.
 */
export function judgeOneKey(promised: Promised): Finding {
  const { names, counts, total, tolerance, falseAlarmRate } = promised;
  const answered = names.filter((_, i) => (counts[i] ?? 0) > 0);
  const split = answered.map((name) => `${name} ${percent(countOf(name, promised) / total)}`);
  return {
    promise: "the same key goes to the same backend, and this run had one key",
    ranges: names.map(() => ({ least: 0, most: total })),
    breaches:
      answered.length <= 1 ? [] : [`one key was answered by several backends: ${split.join(", ")}`],
    requestsNeeded:
      tolerance === 0 ? 1 : Math.ceil(Math.log(falseAlarmRate) / Math.log(1 - tolerance)),
  };
}

function countOf(name: string, { names, counts }: Promised): number {
  return counts[names.indexOf(name)] ?? 0;
}
