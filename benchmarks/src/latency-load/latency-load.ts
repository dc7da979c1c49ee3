import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { percentile } from "../measure/statistics.ts";
import { seededRandom } from "../seeded-random.ts";
import { poissonArrivals } from "./arrivals.ts";
import type { LatencyLoadPlan, LatencyLoadResult } from "./load-result.ts";
import { RequestLane } from "./request-lane.ts";
import { StallWatch } from "./stall-watch.ts";

/** Ready on the way to the backend itself before the first request. */
const DIRECT_CONNECTIONS = 16;
/** Sent in one turn of the event loop at most, so that answers are read in time when it is late. */
const BURST = 32;
/** Room for more answers than are expected: arrivals are random. */
const ROOM = 1.2;

/**
 * Requests at random moments that wait for no answer. A die decides for each whether it goes through
 * the proxy or to the backend itself, so both ways are measured in the same moments of the same
 * machine by the same process, and what slows one down slows the other.
 */
export async function latencyLoad(plan: LatencyLoadPlan): Promise<LatencyLoadResult> {
  const seconds = (plan.warmupMs + plan.durationMs) / 1000;
  const answers = (rate: number): number => Math.ceil(rate * seconds * ROOM) + 1000;
  const { target, directPort, directRate, throughPort, throughRate } = plan;
  const direct = new RequestLane(directPort, target, answers(directRate));
  const through = new RequestLane(throughPort, target, answers(throughRate));
  await direct.open(DIRECT_CONNECTIONS);
  await through.open(plan.connections);
  const watch = new StallWatch(plan.schedstatFiles, performance.now());
  const { countedFromMs, lagsMs } = await sendAll(plan, direct, through, watch);
  watch.close();
  const deadlineMs = performance.now() + plan.drainMs;
  while (direct.waiting + through.waiting > 0 && performance.now() < deadlineMs) await sleep(5);
  const errors = direct.errors + direct.waiting + through.errors + through.waiting;
  direct.close();
  through.close();
  return {
    direct: direct.answersFrom(countedFromMs),
    through: through.answersFrom(countedFromMs),
    errors,
    stalls: watch.stalls.map(({ of, fromMs, toMs }) => ({
      of,
      fromMs: fromMs - countedFromMs,
      toMs: toMs - countedFromMs,
    })),
    lagP99Ms: percentile(lagsMs.toSorted(), 0.99),
  };
}

interface Sending {
  /** End of the warm-up, on the clock of `performance`. */
  readonly countedFromMs: number;
  /** How late each request was sent that counts. */
  readonly lagsMs: Float64Array;
}

/**
 * Looks at the clock in every turn of the event loop and never sleeps: a timer of the loop counts
 * whole milliseconds, and setting one of the kernel's costs more than a request on a virtual machine.
 */
function sendAll(
  plan: LatencyLoadPlan,
  direct: RequestLane,
  through: RequestLane,
  watch: StallWatch,
): Promise<Sending> {
  const { durationMs, drainMs, warmupMs, throughRate, directRate, seed } = plan;
  const die = seededRandom(seed + 1);
  const ratePerSecond = throughRate + directRate;
  const arrivals = poissonArrivals(ratePerSecond, seededRandom(seed));
  const directShare = directRate / ratePerSecond;
  const lagsMs = new Float64Array(Math.ceil(ratePerSecond * (durationMs / 1000) * ROOM) + 1000);
  let sent = 0;
  const startMs = performance.now();
  const countedFromMs = startMs + warmupMs;
  const endMs = countedFromMs + durationMs;
  let dueMs = startMs + arrivals.next().value;
  /** Since when requests wait for an idle connection; that is part of what they take. */
  let blockedFromMs: number | undefined;
  let lane = die() < directShare ? direct : through;
  return new Promise((resolve) => {
    const turn = (): void => {
      const nowMs = performance.now();
      watch.turn(nowMs);
      if (dueMs > nowMs) blockedFromMs = undefined;
      for (let burst = 0; burst < BURST && dueMs <= nowMs && dueMs <= endMs; burst += 1) {
        const sentMs =
          blockedFromMs === undefined ? performance.now() : Math.max(dueMs, blockedFromMs);
        if (!lane.send(dueMs, sentMs)) {
          blockedFromMs ??= nowMs;
          break;
        }
        if (dueMs >= countedFromMs) {
          lagsMs[sent] = nowMs - dueMs;
          sent += 1;
        }
        dueMs = startMs + arrivals.next().value;
        lane = die() < directShare ? direct : through;
      }
      if (dueMs <= endMs && nowMs < endMs + drainMs) setImmediate(turn);
      else resolve({ countedFromMs, lagsMs: lagsMs.subarray(0, sent) });
    };
    turn();
  });
}
