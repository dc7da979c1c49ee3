import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Bench, wantedProxy } from "./bench/bench.ts";
import { descriptorsFallTo, openDescriptors } from "./bench/descriptors.ts";
import type { RecordedRequest } from "./bench/recorder.ts";
import { type Observation, runRequest } from "./bench/run-request.ts";
import { schedules, segmentsOf } from "./bench/schedules.ts";
import { type CorpusCase, loadCases, refusedByBothReferences } from "./corpus/corpus.ts";
import { acceptedAgainstBothReferences, contraryToTheLabel } from "./corpus/exceptions.ts";
import {
  brokenInvariants,
  followsLabel,
  loggedAsForwarded,
  outcomeOf,
  refusesLikeBothReferences,
  verdictOf,
} from "./invariants.ts";

const cases = loadCases("request");
const refused = refusedByBothReferences();
let bench: Bench;
let descriptorsBefore = 0;
const forwarded: RecordedRequest[] = [];

beforeAll(async () => {
  descriptorsBefore = openDescriptors();
  bench = await Bench.start(wantedProxy);
});

afterAll(async () => {
  await bench.stop();
  expect(await descriptorsFallTo(descriptorsBefore), "I6 open descriptors").toBe(descriptorsBefore);
});

async function observe(input: Buffer, segments: readonly Buffer[]): Promise<Observation> {
  const observation = await runRequest(bench, input, segments);
  forwarded.push(...observation.requests);
  return observation;
}

function alwaysTrue(observation: Observation): string[] {
  return brokenInvariants(observation, bench.proxy);
}

/** The verdict on the case with another request behind it, or null where that request is part of it. */
function verdictWithFollower(whole: Observation): string | null {
  const verdict = verdictOf(whole);
  if (whole.ending !== "open") return verdict;
  if (whole.asked.rest !== "none" || whole.asked.requests.length === 0) return null;
  return verdict.replace("]", " 200]");
}

const follower = Buffer.from("GET /follower HTTP/1.1\r\nHost: follower.test\r\n\r\n");

describe.skipIf(cases.length === 0)("request cases", () => {
  test.for(cases)("$id", async (own: CorpusCase) => {
    const input = own.rawWithHost ?? own.raw;
    const problems: string[] = [];
    let whole: Observation | null = null;
    for (const schedule of schedules) {
      const seen = await observe(input, segmentsOf(input, schedule));
      whole ??= seen;
      const said = [
        ...alwaysTrue(seen),
        ...followsLabel(own, seen, contraryToTheLabel),
        ...refusesLikeBothReferences(own.id, seen, refused, acceptedAgainstBothReferences),
      ];
      if (verdictOf(seen) !== verdictOf(whole)) {
        said.push(`I8 ${verdictOf(seen)}, but whole ${verdictOf(whole)}`);
      }
      problems.push(...said.map((problem) => `${schedule}: ${problem}`));
    }
    problems.push(...(await withFollower(input, whole as Observation)));
    expect(problems, `${own.id}: ${JSON.stringify(input.toString("latin1", 0, 500))}`).toEqual([]);
  });
});

async function withFollower(input: Buffer, whole: Observation): Promise<string[]> {
  const joined = Buffer.concat([input, follower]);
  const seen = await observe(joined, [joined]);
  const expected = verdictWithFollower(whole);
  const problems = alwaysTrue(seen);
  const served = verdictOf(seen).replace(" | GET /follower @follower.test +0 body bytes", "");
  if (expected !== null && served !== expected) {
    problems.push(`I8 ${verdictOf(seen)}, but alone ${verdictOf(whole)}`);
  }
  return problems.map((problem) => `coalesced: ${problem}`);
}

const hostless = cases.filter(({ rawWithHost }) => rawWithHost !== null);

describe.skipIf(hostless.length === 0)("without Host", () => {
  test.for(hostless)("$id", async ({ raw }: CorpusCase) => {
    const seen = await observe(raw, [raw]);
    const problems = alwaysTrue(seen);
    const outcome = outcomeOf(seen);
    const isWaiting = outcome === "silent" && seen.asked.rest === "partial-head";
    if (outcome !== "refused" && !isWaiting) problems.push(`it was ${outcome}`);
    expect(problems, JSON.stringify(raw.toString("latin1", 0, 500))).toEqual([]);
  });
});

test.skipIf(cases.length === 0)("what was logged is what was forwarded", async () => {
  await bench.proxy.stop();
  expect(loggedAsForwarded(bench.proxy, forwarded)).toEqual([]);
});
