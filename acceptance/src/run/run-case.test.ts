import { writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { fakeCase } from "../../test/fake-case.ts";
import { type AcceptanceCase, OutOfTime, RunInvalid } from "../case.ts";
import { must, mustEqual } from "../check.ts";
import type { Program } from "../stage/program.ts";
import type { Stage } from "../stage/stage.ts";
import type { CaseResult } from "./case-result.ts";
import { runCase } from "./run-case.ts";

const quick = { round: 1, onStage: () => {}, quietWaitMs: 0 };

async function run(
  details: Partial<AcceptanceCase>,
  binary = "none",
  signal = new AbortController().signal,
): Promise<CaseResult> {
  return await runCase(fakeCase(details), { ...quick, binary, signal });
}

/** A program that says a word and then runs until it is ended. */
async function endlessProgram(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "acceptance-test-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, "endless.mjs");
  writeFileSync(
    file,
    `console.log('{"event":"listening","port":1}'); setInterval(() => {}, 1000);`,
  );
  return file;
}

test("a kept promise passes with its figures", async () => {
  expect(await run({})).toMatchObject({
    verdict: "pass",
    figures: [{ name: "count", value: "1", bound: "≤ 2" }],
    problem: "",
    notes: [],
    evidence: [],
  });
});

test("a broken promise fails and says what was expected and what was there", async () => {
  const check = async (): Promise<[]> => {
    mustEqual({ status: 500 }, { status: 200 }, "the answer");
    return [];
  };
  expect(await run({ check })).toMatchObject({
    verdict: "fail",
    problem: 'the answer: expected {"status":200}, and it was {"status":500}',
  });
});

test("a check that cannot be made is an error, not a pass", async () => {
  const check = async (): Promise<never> => {
    throw new TypeError("no such thing");
  };
  const { verdict, problem } = await run({ check });
  expect([verdict, problem]).toEqual([
    "error",
    expect.stringContaining("TypeError: no such thing"),
  ]);
});

test("an invalid run is tried once more, and the note says so", async () => {
  let runs = 0;
  const check = async (): Promise<[]> => {
    if (++runs === 1) throw new RunInvalid("the generator was saturated");
    return [];
  };
  expect(await run({ check })).toMatchObject({
    verdict: "pass",
    notes: ["tried twice: the first run was invalid (the generator was saturated)"],
  });
  expect(runs).toBe(2);
});

/** As if programs had waited for a processor for this share of the time. */
function pressureOf(share: number): { readonly share: number } {
  return { share };
}

test.each([
  [0.97, "invalid", "not within 1 ms: it is up; programs waited for a processor 97 % of the time"],
  [0.7, "error", "not within 1 ms: it is up"],
  [Number.NaN, "error", "not within 1 ms: it is up"],
])("what took too long where programs waited %d of the time is %s", async (share, ...expected) => {
  const check = async (stage: Stage): Promise<never> => {
    Object.assign(stage, { pressure: pressureOf(share) });
    throw new OutOfTime("not within 1 ms: it is up");
  };
  const { verdict, problem } = await run({ check });
  expect([verdict, problem.split("\n")[0]?.replace("OutOfTime: ", "")]).toEqual(expected);
});

test("a run that is invalid twice is no pass", async () => {
  let runs = 0;
  const check = async (): Promise<never> => {
    throw new RunInvalid(`saturated ${++runs}`);
  };
  expect(await run({ check })).toMatchObject({ verdict: "invalid", problem: "saturated 2" });
});

test("a broken promise is not tried again", async () => {
  let runs = 0;
  const check = async (): Promise<[]> => {
    must(++runs > 1, "the first run breaks it");
    return [];
  };
  expect((await run({ check })).verdict).toBe("fail");
});

test("a case that takes longer than its limit is ended with its programs", async () => {
  let program: Program | undefined;
  const check = async (stage: Stage): Promise<never> => {
    Object.assign(stage, { pressure: pressureOf(0) });
    program = (await stage.backend("Server-1")).program;
    return await new Promise<never>(() => {});
  };
  const result = await run({ check, limitMs: 5_000 }, await endlessProgram());
  expect(result).toMatchObject({
    verdict: "error",
    problem: expect.stringContaining("not done within 5 s"),
  });
  expect(result.evidence.map(({ title, text }) => [title, text])).toContainEqual([
    "$ evenkeel backend --port 0 --name Server-1 --json",
    '{"event":"listening","port":1}',
  ]);
  expect(program?.isRunning).toBe(false);
});

test("an interruption ends the case with its programs", async () => {
  const interruption = new AbortController();
  let program: Program | undefined;
  const check = async (stage: Parameters<AcceptanceCase["check"]>[0]): Promise<never> => {
    program = (await stage.backend("Server-1")).program;
    interruption.abort();
    return await new Promise<never>(() => {});
  };
  const { verdict } = await run({ check }, await endlessProgram(), interruption.signal);
  expect(verdict).toBe("interrupted");
  expect(program?.isRunning).toBe(false);
});
