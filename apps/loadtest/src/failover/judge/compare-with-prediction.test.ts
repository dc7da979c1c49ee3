import { expect, test } from "vitest";
import { compareWithPrediction, type ComparedRun } from "./compare-with-prediction.ts";

const bound = (ms: number) => ({ ms, because: "" });

const run: ComparedRun = {
  prediction: {
    activeDetection: bound(20_000),
    passiveEjection: bound(50),
    trafficEnds: bound(50),
    lastFailure: bound(50),
    readmission: bound(5000),
  },
  measurement: {
    unhealthyAfterMs: 12_000,
    ejectedAfterMs: 40,
    trafficEndedAfterMs: 45,
    laterRequests: 0,
    lastFailure: { dueAfterMs: 5, knownAfterMs: 30 },
    failedBefore: 0,
    failedDuring: 1,
    failedAfterReturn: 0,
    lateFailedShare: 0,
    readmittedAfterMs: 4000,
    firstSuccessAfterReturnMs: 1,
    statusChanges: 2,
  },
  hasEvents: true,
  faultMs: 30_000,
  quietMs: 500,
  afterReturnMs: 20_000,
};

function verdicts(changes: Partial<ComparedRun>, measured: object = {}): string[] {
  const measurement = { ...run.measurement, ...measured };
  return compareWithPrediction({ ...run, ...changes, measurement }).map(({ verdict, note }) =>
    note === "" ? verdict : `${verdict}: ${note}`,
  );
}

test("passes what is within its bound and fifty milliseconds, and says when it took those", () => {
  expect(verdicts({})).toEqual(["pass", "pass", "pass", "pass", "pass"]);
  expect(verdicts({}, { trafficEndedAfterMs: 100 })[2]).toBe("pass: with 50 ms for timers");
  expect(verdicts({}, { trafficEndedAfterMs: 100.1 })[2]).toBe("fail");
});

test("fails what never happened although there was time for it", () => {
  expect(verdicts({}, { trafficEndedAfterMs: null, readmittedAfterMs: null })).toEqual([
    "pass",
    "pass",
    "fail: it never did",
    "pass",
    "fail: it never did",
  ]);
});

test("does not judge what had no time to happen", () => {
  const short = { faultMs: 10_000, afterReturnMs: 1000 };
  const never = { unhealthyAfterMs: null, readmittedAfterMs: null };
  expect(verdicts(short, never)).toEqual([
    "not-judged: the fault ended first",
    "pass",
    "pass",
    "pass",
    "not-judged: the run ended first",
  ]);
});

test("does not judge an end of traffic that had no time to show", () => {
  const never = { trafficEndedAfterMs: null };
  expect(verdicts({ faultMs: 599 }, never)[2]).toBe("not-judged: the fault ended first");
  expect(verdicts({ faultMs: 600 }, never)[2]).toBe("fail: it never did");
});

test("does not judge an ejection that passing checks made needless", () => {
  const measured = { ejectedAfterMs: null, unhealthyAfterMs: 30 };
  expect(verdicts({}, measured)[1]).toBe("not-judged: the checks were first");
  expect(verdicts({}, { ejectedAfterMs: null })[1]).toBe("fail: it never did");
});

test("does not judge without a bound, without events, or without a return", () => {
  expect(verdicts({ prediction: undefined })).toEqual(Array(5).fill("not-judged: no bound"));
  expect(verdicts({ hasEvents: false }, { ejectedAfterMs: null }).slice(0, 3)).toEqual([
    "not-judged: the balancer does not say",
    "not-judged: the balancer does not say",
    "pass",
  ]);
  expect(verdicts({ afterReturnMs: undefined })[4]).toBe("not-judged: it did not return");
});

test("no failure at all is the earliest last failure", () => {
  const [, , , lastFailure] = compareWithPrediction({
    ...run,
    measurement: { ...run.measurement, lastFailure: null },
  });
  expect(lastFailure).toMatchObject({ measuredMs: 0, verdict: "pass" });
});
