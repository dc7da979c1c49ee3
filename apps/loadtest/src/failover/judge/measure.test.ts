import { describe, expect, test } from "vitest";
import { ClientLedger, type ClientOutcome } from "../../engine/client-ledger.ts";
import type { BalancerRecord } from "../ledgers/balancer-log.ts";
import { type FaultSpan, measureFailover, type RunRecords } from "./measure.ts";

/** A request a millisecond to `a` and `b` in turn, for ten seconds, all well. */
const startedAtWallMs = 1_000_000;
const span: FaultSpan = { faultAtMs: 2000, returnAtMs: 7000, victims: ["b"] };

interface Scene {
  /** What happens to the request that is due at `atMs`. */
  readonly outcome?: (atMs: number) => ClientOutcome;
  readonly events?: RunRecords["events"];
  readonly retriedAtMs?: readonly number[];
  readonly seenByVictimAtMs?: readonly number[];
}

function records({ outcome, events, retriedAtMs = [], seenByVictimAtMs }: Scene): RunRecords {
  const client = new ClientLedger();
  for (let atMs = 0; atMs < 10_000; atMs++) {
    const index = client.add("GET", atMs);
    client.sent(index, atMs);
    client.settle(index, outcome?.(atMs) ?? answeredBy("a"), atMs + 1);
  }
  return {
    runId: "e1",
    client,
    startedAtWallMs,
    quietMs: 1000,
    events,
    balancer: retriedAtMs.map((atMs) => retriedRecord(atMs)),
    backends: seenByVictimAtMs?.map((atMs) => sighting(`e1-${atMs}`, atMs)),
  };
}

function sighting(id: string, atMs: number) {
  return { id, backend: "b", atMs: startedAtWallMs + atMs };
}

function answeredBy(backend: string): ClientOutcome {
  return { kind: "response", status: 200, backend };
}

const failed: ClientOutcome = { kind: "response", status: 502, backend: undefined };

function retriedRecord(atMs: number): BalancerRecord {
  const startedAtMs = startedAtWallMs + atMs;
  const what = { status: 200, backend: "a", attempts: 2, error: undefined };
  return { id: `e1-${atMs}`, startedAtMs, endedAtMs: startedAtMs + 1, ...what };
}

describe("the victim's traffic", () => {
  test("ends with the last request before the pause; what comes later is counted apart", () => {
    const measured = measureFailover(
      records({ retriedAtMs: [1990, 2010, 2020, 2050, 4000, 4001] }),
      span,
    );
    expect(measured).toMatchObject({ trafficEndedAfterMs: 50, laterRequests: 2 });
  });

  test("ends at once when no request reaches it after the fault", () => {
    const measured = measureFailover(records({ retriedAtMs: [1999] }), span);
    expect(measured).toMatchObject({ trafficEndedAfterMs: 0, laterRequests: 0 });
  });

  test("never ends when there is no pause until the return", () => {
    const always = Array.from({ length: 50 }, (_, turn) => 2000 + turn * 100);
    const measured = measureFailover(records({ seenByVictimAtMs: always }), span);
    expect(measured.trafficEndedAfterMs).toBeNull();
  });

  test("is seen in its own ledger, and in the client's responses", () => {
    const seen = measureFailover(records({ seenByVictimAtMs: [2200] }), span);
    expect(seen.trafficEndedAfterMs).toBe(200);
    const answered = measureFailover(
      records({ outcome: (atMs) => answeredBy(atMs === 2300 ? "b" : "a") }),
      span,
    );
    expect(answered.trafficEndedAfterMs).toBe(300);
  });
});

describe("failures", () => {
  test("belong to before, during, or after the return; what was in flight belongs to the fault", () => {
    const failing = new Set([500, 1999, 2030, 8000]);
    const measured = measureFailover(
      records({ outcome: (atMs) => (failing.has(atMs) ? failed : answeredBy("a")) }),
      span,
    );
    expect(measured).toMatchObject({
      failedBefore: 1,
      failedDuring: 2,
      failedAfterReturn: 1,
      lastFailure: { dueAfterMs: 30, knownAfterMs: 31 },
    });
  });

  test("are late from one second after the fault on, as a share of what was due then", () => {
    const measured = measureFailover(
      records({ outcome: (atMs) => (atMs >= 2990 && atMs < 3070 ? failed : answeredBy("a")) }),
      span,
    );
    expect(measured.lateFailedShare).toBe(70 / 7000);
  });

  test("are none without one", () => {
    expect(measureFailover(records({}), span)).toMatchObject({
      lastFailure: null,
      failedDuring: 0,
      lateFailedShare: 0,
    });
  });
});

describe("the return", () => {
  test("is complete when every victim has served, by ledger or response", () => {
    const both: FaultSpan = { ...span, victims: ["a", "b"] };
    const measured = measureFailover(records({ seenByVictimAtMs: [6999, 7400] }), both);
    expect(measured).toMatchObject({ readmittedAfterMs: 400, firstSuccessAfterReturnMs: 1 });
  });

  test("is not a request from before it that a backend works off when it wakes up", () => {
    const leftOver = { ...records({}), backends: [sighting("e1-3000", 7001)] };
    expect(measureFailover(leftOver, span).readmittedAfterMs).toBeNull();
    const fresh = [...leftOver.backends, sighting("e1-7200", 7201)];
    expect(measureFailover({ ...leftOver, backends: fresh }, span).readmittedAfterMs).toBe(201);
  });

  test("is not complete while one has not", () => {
    expect(measureFailover(records({}), span).readmittedAfterMs).toBeNull();
  });

  test("is nothing to measure where nobody returned", () => {
    const gone = { ...span, returnAtMs: undefined };
    expect(measureFailover(records({ seenByVictimAtMs: [8000] }), gone)).toMatchObject({
      readmittedAfterMs: null,
      firstSuccessAfterReturnMs: null,
    });
  });
});

test("what the balancer says is taken from the first event after the fault", () => {
  const event = (atMs: number, from: string, to: string) => {
    return { atMs: startedAtWallMs + atMs, backend: "b", from, to };
  };
  const events = [
    event(1000, "unknown", "unhealthy"),
    event(2048, "healthy", "ejected"),
    event(6000, "ejected", "unhealthy"),
    { ...event(2001, "healthy", "ejected"), backend: "a" },
  ];
  expect(measureFailover(records({ events }), span)).toMatchObject({
    ejectedAfterMs: 48,
    unhealthyAfterMs: 4000,
    statusChanges: 3,
  });
  expect(measureFailover(records({}), span)).toMatchObject({
    ejectedAfterMs: null,
    statusChanges: null,
  });
});
