import { resolveFailover } from "../../failover/options.ts";
import { type FailoverRun, runFailover } from "../../failover/run-failover.ts";
import type { SystemUnderTest } from "../../failover/system/system-under-test.ts";
import type { SharedFault } from "./scene.ts";

/** Low enough for a small machine, high enough that a backend gets a request every 30 ms. */
const ratePerSecond = 100;
const postShare = 0.2;
const faultAtMs = 1000;

/** Of the load, from its start; the backend is broken after a second and well again at `returnAfterMs`. */
const times: Readonly<Record<SharedFault, { durationMs: number; returnAfterMs: number }>> = {
  // Ten seconds is what nginx waits before it tries a server again.
  kill: { durationMs: 14_000, returnAfterMs: 5000 },
  stop: { durationMs: 9000, returnAfterMs: 6000 },
  "storm-500": { durationMs: 7000, returnAfterMs: 5000 },
  "reset-before-head": { durationMs: 4000, returnAfterMs: 2000 },
};

/** One fault under load. */
export async function runSharedFault(
  fault: SharedFault,
  system: SystemUnderTest,
  signal: AbortSignal,
): Promise<FailoverRun> {
  const { durationMs, returnAfterMs } = times[fault];
  const [plan] = resolveFailover({
    faults: [fault],
    ratePerSecond,
    postShare,
    faultAtMs,
    returnAfterMs,
    durationMs,
  });
  if (plan === undefined) throw new Error(`no plan for ${fault}`);
  return await runFailover(plan, system, { signal });
}
