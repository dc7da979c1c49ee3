import { expect, test } from "vitest";
import { ClientLedger, type ClientOutcome } from "../engine/client-ledger.ts";
import type { OpenLoopResult } from "../engine/open-loop-messages.ts";
import { OpenLoopRecorder } from "../engine/open-loop-recorder.ts";
import { plain } from "../print/paint.ts";
import { failoverDocument } from "./document.ts";
import { judgeFailover } from "./judge/judge-failover.ts";
import { resolveFailover } from "./options.ts";
import { renderFailover, renderSummary } from "./report.ts";
import type { FailoverRun } from "./run-failover.ts";

const ok: ClientOutcome = { kind: "response", status: 200, backend: "\u001B[2Jb" };
const lost: ClientOutcome = { kind: "error", error: "reset" };

/** A request a millisecond for three seconds; 25 around the fault at 1 s are lost, one of them doubled. */
function runOf(thresholds: readonly string[], lagMs = 1): FailoverRun {
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
  return { ...judged, plan, url, span, load, prediction: undefined, isPartial: false };
}

test("prints the accounting, the ledgers' disagreements by id, and every broken promise", () => {
  const text = renderFailover(runOf(["failed<1%", "p99<1ms"]), plain);
  expect(text).toContain("3,000 sent = 2,975 succeeded + 0 error responses + 25 lost");
  expect(text).toContain("reset × 25  (GET 25, POST 0)");
  expect(text).toContain("doubled    e1-7 (GET, seen 0, attempts 2)");
  expect(text).toMatch(/lost {7}e1-1000 e1-1001 .* e1-1019 … and 5 more/);
  expect(text).toContain("promise    ✗ doubled==0  (1)");
  expect(text).toContain("threshold  ✓ failed<1%  (25)");
  expect(text).toContain("✗ FAIL  kill: doubled==0: 1\n        p99<1ms: ");
});

test("does not let a name steer the terminal, and shows no password", () => {
  const run = runOf([]);
  const text = renderFailover(run, plain) + renderSummary([run], plain);
  expect(text).not.toContain("\u001B");
  expect(text).not.toContain("secret");
  expect(JSON.stringify(failoverDocument([run]))).not.toContain("secret");
});

test("says that a run is invalid in front of its verdict, and in the document", () => {
  const run = runOf([], 50);
  const text = renderFailover(run, plain);
  expect(text).toContain("✗ RUN INVALID  the generator was behind its own schedule");
  expect(text).not.toContain("✓ PASS");
  expect(failoverDocument([run])).toMatchObject({ invalid: true, partial: false });
});

test("the document survives JSON as it is, and lists twenty ids of a kind", () => {
  const document = failoverDocument([runOf(["readmission<1s"])]);
  expect(JSON.parse(JSON.stringify(document))).toEqual(document);
  const [run] = document.runs;
  expect(run?.counts).toMatchObject({ lost: 25, doubled: 1, unexplained: null, sent: 3000 });
  expect(run?.counts.lostIds).toHaveLength(20);
  expect(run?.latency).toMatchObject({ count: 2975, p50: 3, max: 3 });
  expect(run?.windows).toHaveLength(30);
});
