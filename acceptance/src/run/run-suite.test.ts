import { expect, test } from "vitest";
import { fakeCase } from "../../test/fake-case.ts";
import type { AcceptanceCase } from "../case.ts";
import { exitCodeOf } from "../exit-codes.ts";
import type { CaseVerdict } from "./case-result.ts";
import { runSuite, type SuitePlan } from "./run-suite.ts";

const silent = { started: () => {}, finished: () => {} };

function plan(cases: readonly AcceptanceCase[], changes: Partial<SuitePlan> = {}): SuitePlan {
  const rest = { binary: "none", repeat: 1, jobs: 2, runsPending: false, quietWaitMs: 0 };
  return { cases, ...rest, signal: new AbortController().signal, ...changes };
}

/** Cases that note which of them run at the same time. */
function watchedCases(count: number, isAlone: boolean) {
  const seen: string[][] = [];
  const running = new Set<string>();
  const cases = Array.from({ length: count }, (_, index) => {
    const id = `routing/${isAlone ? "alone" : "shared"}-${index}`;
    const check = async (): Promise<[]> => {
      running.add(id);
      seen.push([...running]);
      await new Promise((resolve) => setTimeout(resolve, 5));
      running.delete(id);
      return [];
    };
    return fakeCase({ id, isAlone, check });
  });
  return { cases, seen, running };
}

test("cases that measure times run alone, the others so many at a time", async () => {
  const shared = watchedCases(6, false);
  const alone = watchedCases(3, true);
  let besides = 0;
  const watched = alone.cases.map((one) => ({
    ...one,
    check: async (stage: Parameters<AcceptanceCase["check"]>[0]) => {
      besides += shared.running.size;
      return await one.check(stage);
    },
  }));
  const mixed = [...watched.slice(0, 1), ...shared.cases, ...watched.slice(1)];
  const { cases } = await runSuite(plan(mixed, { jobs: 2 }), silent);
  expect(Math.max(...shared.seen.map(({ length }) => length))).toBe(2);
  expect(alone.seen.map(({ length }) => length)).toEqual([1, 1, 1]);
  expect(besides).toBe(0);
  expect(cases.map(({ case: { id } }) => id)).toEqual(mixed.map(({ id }) => id));
});

test("--repeat runs every case so often, and keeps each result", async () => {
  const { cases } = await runSuite(plan([fakeCase()], { repeat: 3 }), silent);
  expect(cases.map(({ round, verdict }) => [round, verdict])).toEqual([
    [1, "pass"],
    [2, "pass"],
    [3, "pass"],
  ]);
});

test("what is pending is shown and not run, unless it is asked for", async () => {
  let runs = 0;
  const check = async (): Promise<[]> => {
    runs++;
    return [];
  };
  const one = fakeCase({ pending: "not built yet", check });
  const without = await runSuite(plan([one]), silent);
  expect([without.cases[0]?.verdict, without.cases[0]?.problem, runs]).toEqual([
    "pending",
    "not built yet",
    0,
  ]);
  const asked = await runSuite(plan([one], { runsPending: true }), silent);
  expect([asked.cases[0]?.verdict, runs]).toEqual(["pass", 1]);
});

test("after an interruption nothing new is begun, and the result says that it is partial", async () => {
  const interruption = new AbortController();
  const check = async (): Promise<[]> => {
    interruption.abort();
    return [];
  };
  const cases = [fakeCase({ id: "routing/a", check }), fakeCase({ id: "routing/b" })];
  const result = await runSuite(plan(cases, { jobs: 1, signal: interruption.signal }), silent);
  expect(result.isPartial).toBe(true);
  expect(result.cases.map(({ case: { id } }) => id)).toEqual(["routing/a"]);
});

test.each<[CaseVerdict[], boolean, number]>([
  [["pass", "pending"], false, 0],
  [["pass", "fail"], false, 99],
  [["error"], false, 99],
  [["pass", "invalid"], false, 3],
  [["invalid", "fail"], false, 99],
  [["fail"], true, 130],
])("%j, interrupted: %s, exits %i", (verdicts, isPartial, code) => {
  const cases = verdicts.map((verdict) => ({
    case: fakeCase(),
    round: 1,
    verdict,
    durationMs: 1,
    figures: [],
    problem: "",
    notes: [],
    evidence: [],
  }));
  expect(exitCodeOf({ startedAt: "", durationMs: 1, isPartial, cases })).toBe(code);
});
