import { disturbanceNotice } from "./reading.ts";
import type { LatencySample } from "./results.ts";

/** Outside of this share of the wanted rate the load was not what the table says. */
const RATE_TOLERANCE = 0.05;
/** Requests that are later than this in one of a hundred cases come in bursts, not at random. */
const LATE_MS = 10;
/** Less of the time than this is not the whole picture. */
const LEAST_QUIET = 0.5;

/** What makes one turn doubtful without being the proxy's fault, one line each. */
export function doubtsOf(name: string, round: number, sample: LatencySample): string[] {
  const { rate, achievedRate, disturbance, lagP99Ms, quietShare } = sample;
  const doubts = disturbanceNotice(name, round, disturbance);
  if (Math.abs(achievedRate - rate) > rate * RATE_TOLERANCE) {
    const rates = `${Math.round(achievedRate)} in place of ${rate} requests per second`;
    doubts.push(`${name}: ${rates} in round ${round}; its latency is not at half load`);
  }
  if (lagP99Ms > LATE_MS) {
    doubts.push(`${name}: the load was ${lagP99Ms.toFixed(1)} ms late (p99) in round ${round}`);
  }
  if (quietShare < LEAST_QUIET) {
    const percent = Math.round(quietShare * 100);
    doubts.push(`${name}: only ${percent} % of the time counts in round ${round}`);
  }
  return doubts;
}
