import { once } from "node:events";
import { PerformanceObserver } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { percentile } from "../measure/statistics.ts";
import { seededRandom } from "../seeded-random.ts";
import { monotonicMs } from "./monotonic.ts";
import type { PacerPlan } from "./pacer-worker.ts";
import { ProbeLane } from "./probe-lane.ts";
import type { ProbeAnswers, ProbePlan, ProbeResult } from "./probe-result.ts";

/** Ready on each way before the first request. */
const CONNECTIONS = 16;
/** For the last answers. */
const DRAIN_MS = 2000;

/**
 * A light load of its own beside the one that keeps the proxy busy: a coin decides for each request
 * whether it goes to the backend itself or through the proxy, so both ways are measured in the same
 * moments of the same machine, and what slows one down slows the other.
 */
export async function probe(plan: ProbePlan): Promise<ProbeResult> {
  const direct = new ProbeLane(plan.directPort, plan.target);
  const through = new ProbeLane(plan.throughPort, plan.target);
  await Promise.all([direct.open(CONNECTIONS), through.open(CONNECTIONS)]);
  const gc = watchGarbageCollector();
  const { countedFromMs, lagsMs } = await sendAll(plan, direct, through);
  const deadlineMs = monotonicMs() + DRAIN_MS;
  while (direct.waiting + through.waiting > 0 && monotonicMs() < deadlineMs) await sleep(5);
  const errors = direct.errors + direct.waiting + through.errors + through.waiting;
  direct.close();
  through.close();
  return {
    direct: countedAnswers(direct, countedFromMs),
    through: countedAnswers(through, countedFromMs),
    errors,
    lagP99Ms: percentile(Float64Array.from(lagsMs).toSorted(), 0.99),
    longestGcMs: gc.longestMs,
  };
}

interface Sending {
  /** End of the warm-up, on the clock of `monotonicMs`. */
  readonly countedFromMs: number;
  /** How late each request was sent that counts. */
  readonly lagsMs: readonly number[];
}

async function sendAll(plan: ProbePlan, direct: ProbeLane, through: ProbeLane): Promise<Sending> {
  const { durationMs, warmupMs, ratePerSecond, seed } = plan;
  const coin = seededRandom(seed + 1);
  const lagsMs: number[] = [];
  const pacing: PacerPlan = { durationMs: warmupMs + durationMs, ratePerSecond, seed };
  const pacer = new Worker(new URL("pacer-worker.ts", import.meta.url), { workerData: pacing });
  let countedFromMs = 0;
  pacer.on("message", (dueMs: number) => {
    if (countedFromMs === 0) {
      countedFromMs = dueMs + warmupMs;
      return;
    }
    (coin() < 0.5 ? direct : through).send(dueMs);
    if (dueMs >= countedFromMs) lagsMs.push(monotonicMs() - dueMs);
  });
  await once(pacer, "exit");
  return { countedFromMs, lagsMs };
}

function countedAnswers({ answers }: ProbeLane, countedFromMs: number): ProbeAnswers {
  const counted = answers.filter(({ dueMs }) => dueMs >= countedFromMs);
  return {
    dueAtMs: counted.map(({ dueMs }) => dueMs - countedFromMs),
    latenciesMs: counted.map(({ latencyMs }) => latencyMs),
  };
}

function watchGarbageCollector(): { longestMs: number } {
  const seen = { longestMs: 0 };
  const observer = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) {
      seen.longestMs = Math.max(seen.longestMs, duration);
    }
  });
  observer.observe({ entryTypes: ["gc"] });
  return seen;
}
