import type { Finding, Promised } from "../promise.ts";
import { amount } from "../wording.ts";

/**
 * Every position gives each backend one request per round, so each adds at most 1 to the difference
 * between two backends, for ever (algorithms.md section 1.8).
 */
export function judgeRoundRobin(promised: Promised): Finding {
  const { names, counts, total, workers, lost, tolerance } = promised;
  const allowed = names.length === 1 ? 0 : workers + lost;
  const most = Math.max(...counts);
  const least = Math.min(...counts);
  const reach = (allowed * (names.length - 1)) / names.length;
  const each = total / names.length;
  return {
    promise: `round robin over ${amount(workers, "position")}: most − fewest is at most ${allowed}`,
    ranges: names.map(() => ({
      least: Math.max(0, Math.ceil(each - reach)),
      most: Math.floor(each + reach),
    })),
    breaches:
      most - least <= allowed
        ? []
        : [
            `most − fewest is ${most - least} (${nameOf(most, promised)} ${most}, ` +
              `${nameOf(least, promised)} ${least}), where round robin allows ${allowed}`,
          ],
    requestsNeeded: requestsBeyond(allowed * names.length, tolerance),
  };
}

/**
 * The fewest requests with which a skew of `tolerance` is more than `slack`, which is given for a share
 * of 1. Without a tolerance the bound itself is all that is asked.
 */
export function requestsBeyond(slack: number, tolerance: number): number {
  return tolerance === 0 || slack === 0 ? 1 : Math.floor(slack / tolerance) + 1;
}

function nameOf(count: number, { names, counts }: Promised): string {
  return names[counts.indexOf(count)] ?? "nobody";
}
