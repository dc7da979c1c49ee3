import { ClientLedger, type ClientOutcome } from "../src/engine/client-ledger.ts";
import type { OpenLoopResult } from "../src/engine/open-loop-messages.ts";
import { OpenLoopRecorder } from "../src/engine/open-loop-recorder.ts";
import { judgeFailover } from "../src/failover/judge/judge-failover.ts";
import { resolveFailover } from "../src/failover/options.ts";
import type { FailoverRun } from "../src/failover/run-failover.ts";

const ok: ClientOutcome = { kind: "response", status: 200, backend: "\u001B[2Jb" };
const lost: ClientOutcome = { kind: "error", error: "reset" };

/** A request a millisecond for three seconds; 25 around the fault at 1 s are lost, one of them doubled. */
export function failoverRunOf(thresholds: readonly string[], lagMs = 1): FailoverRun {
  const recorder = new OpenLoopRecorder();
  for (let atMs = 0; atMs < 3000; atMs++) {
    const index = recorder.due("GET", atMs);
    recorder.sent(index, atMs + lagMs);
    recorder.settle(index, atMs >= 1000 && atMs < 1025 ? lost : ok, atMs + lagMs + 2);
  }
  const observation = recorder.finish();
  const clock = { startedAtMs: 0, startedAtWallMs: Date.UTC(2026, 0, 1) };
  const load: OpenLoopResult = {
    ...observation,
    ...clock,
    durationMs: 3000,
    generatorUtilization: 0.1,
  };
  const [plan] = resolveFailover({ thresholds });
  if (plan === undefined) throw new Error("no plan");
  const span = { faultAtMs: 1000, returnAtMs: 2000, victims: ["\u001B[2Jb"] };
  const client = new ClientLedger(load.ledger);
  const balancer = [1, 1].map((attempts) => {
    const times = { startedAtMs: clock.startedAtWallMs, endedAtMs: clock.startedAtWallMs };
    return { id: "e1-7", ...times, status: 200, backend: "a", attempts, error: undefined };
  });
  const common = { runId: "e1", client, quietMs: 500, events: undefined };
  const records = { ...common, balancer, backends: undefined, ...clock };
  const judged = judgeFailover({
    plan,
    prediction: undefined,
    span,
    load,
    records,
    settings: undefined,
  });
  const url = "http://user:secret@127.0.0.1/";
  const ended = { isPartial: false, abortedBy: undefined };
  return { ...judged, ...ended, plan, url, span, load, prediction: undefined };
}
