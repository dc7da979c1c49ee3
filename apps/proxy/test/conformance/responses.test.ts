import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Bench, wantedProxy } from "./bench/bench.ts";
import { type BackendEnding, runResponse } from "./bench/run-response.ts";
import { schedules, segmentsOf } from "./bench/schedules.ts";
import { type CorpusCase, loadCases } from "./corpus/corpus.ts";
import { contraryToTheLabel } from "./corpus/exceptions.ts";
import { ownResponses } from "./corpus/own-responses.ts";
import { stillAlive } from "./invariants.ts";
import {
  cleanForOthers,
  followsResponseLabel,
  neverMended,
  responseVerdictOf,
} from "./response-invariants.ts";

const cases = [...loadCases("response"), ...ownResponses];
let bench: Bench;

beforeAll(async () => {
  bench = await Bench.start(wantedProxy);
});

afterAll(async () => {
  await bench.stop();
});

const variants = (["fin", "open"] as const).flatMap((ending) =>
  (["GET", "HEAD"] as const).map((method) => ({ ending, method })),
);

async function problemsOf(
  own: CorpusCase,
  ending: BackendEnding,
  method: "GET" | "HEAD",
): Promise<string[]> {
  let whole: string | null = null;
  const problems: string[] = [];
  for (const schedule of schedules) {
    const segments = segmentsOf(own.raw, schedule);
    const seen = await runResponse(bench, { method, bytes: own.raw, segments, ending });
    const verdict = responseVerdictOf(seen);
    whole ??= verdict;
    const said = [...cleanForOthers(seen), ...neverMended(seen), ...stillAlive(bench.proxy)];
    if (method === "GET") said.push(...followsResponseLabel(own, seen, contraryToTheLabel));
    if (verdict !== whole) said.push(`I8 ${verdict}, but whole ${whole}`);
    problems.push(...said.map((problem) => `${schedule}: ${problem}`));
  }
  return problems;
}

describe.for(variants)("$method, then $ending", ({ ending, method }) => {
  test.for(cases)("$id", async (own: CorpusCase) => {
    const problems = await problemsOf(own, ending, method);
    expect(problems, `${own.id}: ${JSON.stringify(own.raw.toString("latin1", 0, 500))}`).toEqual(
      [],
    );
  });
});
