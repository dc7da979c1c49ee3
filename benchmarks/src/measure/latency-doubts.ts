import { disturbanceNotice } from "./reading.ts";
import type { LatencySample } from "./results.ts";

/** Outside of this share of the wanted rate the load was not what the table says. */
const RATE_TOLERANCE = 0.05;
/** A probe that is later than this in one of a hundred cases shared its core with too much else. */
const LATE_MS = 1;
/** A pause of the probe's garbage collector is in its figures, both ways; short ones are lost in them. */
const LONG_GC_MS = 2;

/** What makes one turn doubtful without being the proxy's fault, one line each. */
export function doubtsOf(name: string, round: number, sample: LatencySample): string[] {
  const { rate, achievedRate, disturbance, lagP99Ms, longestGcMs } = sample;
  const doubts = disturbanceNotice(name, round, disturbance);
  if (Math.abs(achievedRate - rate) > rate * RATE_TOLERANCE) {
    const rates = `${Math.round(achievedRate)} in place of ${rate} requests per second`;
    doubts.push(`${name}: ${rates} in round ${round}; its latency is not at half load`);
  }
  if (!sample.isLoadedToTheEnd) {
    doubts.push(`${name}: the load ended before the probe in round ${round}`);
  }
  if (lagP99Ms > LATE_MS) {
    doubts.push(`${name}: the probe was ${lagP99Ms.toFixed(1)} ms late (p99) in round ${round}`);
  }
  if (longestGcMs > LONG_GC_MS) {
    const pause = `a garbage collection of ${longestGcMs.toFixed(1)} ms`;
    doubts.push(`${name}: ${pause} held up the probe in round ${round}`);
  }
  return doubts;
}
