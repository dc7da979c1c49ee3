import { isSuccess, ClientLedger } from "../../engine/client-ledger.ts";
import { startOpenLoop } from "../../engine/open-loop.ts";
import { resolveLoad } from "../../failover/options.ts";
import { openLoopPlanFor } from "../../failover/load-plan.ts";
import { formatCount, formatShare } from "../../print/format.ts";
import { capacity } from "../scene/scene.ts";
import { type Check, passIf } from "./check.ts";

const capacityPerSecond = (capacity.backends * capacity.slots * 1000) / capacity.serviceMs;
const offeredPerSecond = capacityPerSecond * 2;
const durationMs = 5000;
/** The queues fill in this time; what follows is how it stays. */
const settlingMs = 1000;
const leastGoodput = 0.8;
const longestMs = 2000;

/** Twice as much as the backends can serve: what can be served is served, the rest is told so at once. */
export const overload: Check = {
  name: "overload",
  group: "overload",
  title: "twice the capacity: served of it",
  rule: "at least 80 % of the capacity is served within 2 s each, and everybody else gets an answer",
  async run(scene) {
    const system = await scene.fleet("limited");
    const load = resolveLoad({ ratePerSecond: offeredPerSecond, postShare: 0, maxInFlight: 4000 });
    const plan = openLoopPlanFor(load, system, durationMs);
    const result = await startOpenLoop(plan, { signal: scene.signal }).result;
    const all = [...new ClientLedger(result.ledger).entries()];
    const entries = all.filter(({ intendedAtMs }) => intendedAtMs >= settlingMs);
    // By the moment of their end: a queue at either edge belongs to what was served before or after.
    const served = all.filter(
      ({ outcome, endedAtMs, intendedAtMs }) =>
        isSuccess(outcome) &&
        endedAtMs >= settlingMs &&
        endedAtMs < durationMs &&
        endedAtMs - intendedAtMs <= longestMs,
    );
    const silent = entries.filter(({ outcome }) => outcome.kind === "error");
    const possible = (capacityPerSecond * (durationMs - settlingMs)) / 1000;
    const latencies = served
      .map(({ endedAtMs, intendedAtMs }) => endedAtMs - intendedAtMs)
      .toSorted((a, b) => a - b);
    const p99 = latencies[Math.ceil(latencies.length * 0.99) - 1] ?? 0;
    const refused = new Map<string, number>();
    for (const { outcome } of entries) {
      if (isSuccess(outcome)) continue;
      const kind = outcome.kind === "response" ? String(outcome.status) : outcome.kind;
      refused.set(kind, (refused.get(kind) ?? 0) + 1);
    }
    const others = [...refused].map(([kind, count]) => `${formatCount(count)} × ${kind}`);
    return passIf(
      served.length >= leastGoodput * possible && silent.length === 0,
      formatShare(served.length / possible),
      `p99 of the served ${Math.round(p99)} ms; of ${formatCount(entries.length)} requests ${formatCount(served.length)} served, others ${others.join(", ") || "none"}`,
    );
  },
};
