import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Bench, wantedProxy } from "./bench/bench.ts";
import { type BesideObservation, isFor, runBatched, runBehind } from "./bench/run-beside.ts";
import type { BackendEnding, ResponseRun } from "./bench/run-response.ts";
import { segmentsOf } from "./bench/schedules.ts";
import { type CorpusCase, loadCases } from "./corpus/corpus.ts";
import { ownResponses } from "./corpus/own-responses.ts";
import { stillAlive } from "./invariants.ts";
import { parseResponses } from "./strict/response.ts";

/*
 * Every response case while another request waits behind it: on the same client connection, or in
 * the same batch on the backend's. Whatever the bytes are, they answer one request.
 */

const cases = [...loadCases("response"), ...ownResponses];
const variants = (["fin", "open"] as const).flatMap((ending) =>
  (["GET", "HEAD"] as const).map((method) => ({ ending, method })),
);

let bench: Bench;
let shared = 0;

beforeAll(async () => {
  bench = await Bench.start(wantedProxy);
});

afterAll(async () => {
  await bench.stop();
});

function runOf(own: CorpusCase, method: "GET" | "HEAD", ending: BackendEnding): ResponseRun {
  return { method, ending, bytes: own.raw, segments: segmentsOf(own.raw, "whole") };
}

function problemsOf(seen: BesideObservation): string[] {
  const foreign = seen.beside.filter((response) => !isFor(seen, response));
  const problems = [...seen.failures, ...seen.complaints];
  if (seen.beside.length > 1) problems.push(`${seen.beside.length} answers to ${seen.target}`);
  for (const { status, body } of foreign) {
    problems.push(`${seen.target} got ${status} ${JSON.stringify(body.latin1Slice(0, 200))}`);
  }
  return problems;
}

/**
 * The backend begins two responses to two requests that it was sent together, and only it knows that
 * the second one is not meant. That is the price of `connections.pipelining`.
 */
function answersTwice({ bytes, method, ending }: ResponseRun): boolean {
  const [first] = parseResponses(bytes, () => method, ending, "backend").responses;
  return first !== undefined && bytes.toString("latin1", first.end).startsWith("HTTP/1.");
}

describe.for(variants)("$method, then $ending", ({ method, ending }) => {
  test.for(cases)("$id, behind it", async (own: CorpusCase) => {
    const seen = await runBehind(bench, runOf(own, method, ending));
    const problems = [...problemsOf(seen), ...stillAlive(bench.proxy)];
    expect(problems, JSON.stringify(own.raw.toString("latin1", 0, 500))).toEqual([]);
  });

  test.for(cases)("$id, in one batch", async (own: CorpusCase) => {
    // A proxy of its own: a backend that broke a batch is sent no other one for a while.
    const pool = { connections: { pipelining: true } };
    const batching = await Bench.start({ ...wantedProxy, pool });
    const run = runOf(own, method, ending);
    const seen = await runBatched(batching, run);
    if (seen.isShared) shared++;
    await batching.stop();
    const problems = answersTwice(run) ? seen.failures : problemsOf(seen);
    expect(
      [...problems, ...stillAlive(batching.proxy)],
      JSON.stringify(own.raw.toString("latin1", 0, 500)),
    ).toEqual([]);
  });
});

// Two clients of different workers share no batch.
test.skipIf(wantedProxy.workers > 0)("the batches were batches", () => {
  expect(shared).toBeGreaterThan(variants.length * cases.length * 0.5);
});
