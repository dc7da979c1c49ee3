import { ClientLedger, isSuccess } from "../../engine/client-ledger.ts";
import type { FailoverRun } from "../../failover/run-failover.ts";
import { formatAmount, formatCount } from "../../print/format.ts";
import type { Scene, SharedFault } from "../scene/scene.ts";
import { type Finding, passIf } from "./check.ts";

/** A request that takes this long was not simply served: a healthy one takes milliseconds. */
const feltMs = 500;
/** Two checks, a second apart and a second long each, notice everything that checks can notice. */
const noticedWithinMs = 4000;

/** How many GETs and POSTs that were due while a backend was broken failed. */
export async function judgeFailures(scene: Scene, fault: SharedFault): Promise<Finding> {
  const run = await scene.failover(fault);
  const during = entriesDuring(run);
  const failed = (method: string): number =>
    during.filter((entry) => entry.method === method && !isSuccess(entry.outcome)).length;
  const sent = (method: string): number => during.filter((one) => one.method === method).length;
  const kinds = [...run.counts.kinds].map(([kind, count]) => `${formatCount(count)} × ${kind}`);
  return passIf(
    failed("GET") === 0,
    `${formatCount(failed("GET"))} of ${formatCount(sent("GET"))}`,
    [
      failed("POST") > 0 ? `besides ${failed("POST")} of ${sent("POST")} POST failed` : "",
      kinds.length > 0 ? `in all ${kinds.join(", ")}` : "",
    ]
      .filter((part) => part !== "")
      .join("; ") || undefined,
  );
}

/** How long after the fault a client still noticed it. */
export async function judgeFelt(scene: Scene, fault: SharedFault): Promise<Finding> {
  const run = await scene.failover(fault);
  const affected = entriesDuring(run).filter(
    ({ outcome, endedAtMs, intendedAtMs }) =>
      !isSuccess(outcome) || endedAtMs - intendedAtMs > feltMs,
  );
  const lastMs = Math.max(0, ...affected.map((entry) => entry.intendedAtMs - run.span.faultAtMs));
  const faultMs = (run.span.returnAtMs ?? Infinity) - run.span.faultAtMs;
  const never = faultMs - lastMs < feltMs;
  const value = affected.length === 0 ? "not at all" : never ? "to its end" : seconds(lastMs);
  return passIf(
    lastMs <= noticedWithinMs && !never,
    value,
    affected.length === 0
      ? undefined
      : `${formatAmount(affected.length, "request")} failed or took over ${feltMs} ms`,
  );
}

function entriesDuring({ load, span }: FailoverRun) {
  const { faultAtMs, returnAtMs = Infinity } = span;
  return [...new ClientLedger(load.ledger).entries()].filter(
    // One that was in flight when the fault struck belongs to it.
    ({ endedAtMs, intendedAtMs }) => endedAtMs >= faultAtMs && intendedAtMs < returnAtMs,
  );
}

/** `1.9 s` */
export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
