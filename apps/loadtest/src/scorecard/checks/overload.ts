import { type ClientEntry, ClientLedger, isSuccess } from "../../engine/client-ledger.ts";
import { startOpenLoop } from "../../engine/open-loop.ts";
import { openLoopPlanFor } from "../../failover/load-plan.ts";
import { resolveLoad } from "../../failover/options.ts";
import { formatCount, formatShare } from "../../print/format.ts";
import { capacity } from "../scene/scene.ts";
import { type Check, type Finding, passIf } from "./check.ts";

const offeredPerSecond = (2 * capacity.backends * capacity.slots * 1000) / capacity.serviceMs;
const durationMs = 5000;
/** The queues fill in this time; what follows is how it stays. */
const settlingMs = 1000;
const leastGoodput = 0.7;
const longestMs = 2000;

/** Twice as much as the backends can serve: what can be served is served, the rest is told so at once. */
export const overload: Check = {
  name: "overload",
  group: "overload",
  title: "twice the capacity: served of it",
  rule: "at least 70 % of what the backends manage without a balancer is served within 2 s each, and everybody else gets an answer",
  async run(scene) {
    const system = await scene.fleet("limited");
    const before = await scene.capacityPerSecond();
    const load = resolveLoad({ ratePerSecond: offeredPerSecond, postShare: 0, maxInFlight: 4000 });
    const plan = openLoopPlanFor(load, system, durationMs);
    const { ledger } = await startOpenLoop(plan, { signal: scene.signal }).result;
    // Whatever else this machine does may have slowed down one of the two.
    const capacityPerSecond = Math.max(before, await scene.capacityPerSecond());
    return judge([...new ClientLedger(ledger).entries()], capacityPerSecond);
  },
};

function judge(entries: readonly ClientEntry[], capacityPerSecond: number): Finding {
  const served = entries.filter(isServedInTime).map(latencyOf);
  const settled = entries.filter(({ intendedAtMs }) => intendedAtMs >= settlingMs);
  const isSilent = settled.some(({ outcome }) => outcome.kind === "error");
  const possible = (capacityPerSecond * (durationMs - settlingMs)) / 1000;
  return passIf(
    served.length >= leastGoodput * possible && !isSilent,
    formatShare(served.length / possible),
    `p99 of the served ${Math.round(p99Of(served))} ms; the others got ${refusals(settled)}`,
  );
}

/** By the moment of its end: a queue at either edge belongs to what was served before or after. */
function isServedInTime(entry: ClientEntry): boolean {
  const { outcome, endedAtMs } = entry;
  const isInWindow = endedAtMs >= settlingMs && endedAtMs < durationMs;
  return isSuccess(outcome) && isInWindow && latencyOf(entry) <= longestMs;
}

function latencyOf({ endedAtMs, intendedAtMs }: ClientEntry): number {
  return endedAtMs - intendedAtMs;
}

function p99Of(latenciesMs: readonly number[]): number {
  const sorted = latenciesMs.toSorted((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * 0.99) - 1] ?? 0;
}

/** `503 (412), timeout (3)` */
function refusals(entries: readonly ClientEntry[]): string {
  const counts = new Map<string, number>();
  for (const { outcome } of entries) {
    if (isSuccess(outcome)) continue;
    const kind = outcome.kind === "response" ? String(outcome.status) : kindOf(outcome);
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return (
    [...counts].map(([kind, count]) => `${kind} (${formatCount(count)})`).join(", ") || "through"
  );
}

function kindOf(outcome: ClientEntry["outcome"]): string {
  return outcome.kind === "error" ? outcome.error : outcome.kind;
}
