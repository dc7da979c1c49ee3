import { seededRandom } from "@evenkeel/oracles";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { startHttp } from "../../test/servers.ts";
import { loadDocument, type LoadDocument } from "../load/document.ts";
import { runLoad } from "../load/run-load.ts";
import { resolveRun } from "../load/run-options.ts";
import { bucketOf, upperBoundOf } from "../observation/latency-histogram.ts";
import { plain } from "../print/paint.ts";
import { compareSamples } from "./compare-samples.ts";
import { compareSides } from "./comparison.ts";
import { comparisonDocument } from "./document.ts";
import { readRun } from "./read-run.ts";
import { renderComparison } from "./report.ts";
import { runInterleaved } from "./run-interleaved.ts";
import type { SampleUnit } from "./sample-unit.ts";

/** A unit whose latencies lie around `medianUs`, with some luck of its own. */
function unit(random: () => number, medianUs: number, achieved = 1000): SampleUnit {
  const luck = 0.95 + 0.1 * random();
  const latencyUs = new Map<number, number>();
  for (let n = 0; n < 200; n++) {
    const bucket = bucketOf(Math.round(medianUs * luck * (0.5 + random())));
    latencyUs.set(bucket, (latencyUs.get(bucket) ?? 0) + 1);
  }
  return {
    durationMs: 1000,
    offered: 1000,
    achieved: Math.round(achieved * luck),
    failed: 0,
    latencyUs,
  };
}

function units(seed: number, medianUs: number, achieved?: number): SampleUnit[] {
  const random = seededRandom(seed);
  return Array.from({ length: 10 }, () => unit(random, medianUs, achieved));
}

const apart = () => ({ isPaired: false, random: seededRandom(1) });

function byName(a: readonly SampleUnit[], b: readonly SampleUnit[]) {
  const compared = compareSamples(a, b, apart());
  return Object.fromEntries(compared.map((comparison) => [comparison.metric, comparison]));
}

test("shows a difference that is there, its size, and which way is worse", () => {
  const { p50, p99, throughput, failed } = byName(units(1, 1000), units(2, 1300, 800));
  expect(p50?.verdict).toBe("worse");
  expect(p50?.difference?.estimate).toBeGreaterThan(0.2);
  expect(p50?.difference?.estimate).toBeLessThan(0.4);
  expect(p99?.verdict).toBe("worse");
  expect(throughput?.verdict).toBe("worse");
  expect(throughput?.difference?.high).toBeLessThan(0);
  expect(failed?.verdict).toBe("no-difference-shown");
  const reversed = byName(units(2, 1300, 800), units(1, 1000));
  expect([reversed["p50"]?.verdict, reversed["throughput"]?.verdict]).toEqual(["better", "better"]);
});

test("shows none with four units on a side, as the note says, also where values are the same", () => {
  const [low, high] = [units(1, 1000).slice(0, 1), units(2, 9000).slice(0, 1)].map(
    ([each]) => each,
  );
  if (low === undefined || high === undefined) throw new Error("no units");
  const repeated = (each: SampleUnit, count: number): SampleUnit[] => Array(count).fill(each);
  expect(byName(repeated(low, 4), repeated(high, 10))["p50"]?.verdict).toBe("no-difference-shown");
  expect(byName(repeated(low, 5), repeated(high, 5))["p50"]?.verdict).toBe("worse");
});

test("shows no difference between two samples of the same", () => {
  for (const comparison of compareSamples(units(3, 1000), units(4, 1000), apart())) {
    expect(comparison.verdict).toBe("no-difference-shown");
  }
});

test("compares the failed share as a difference, since from none there is no relation", () => {
  const bad = units(5, 1000).map((each) => ({ ...each, failed: 20 }));
  const { failed } = byName(units(6, 1000), bad);
  expect(failed).toMatchObject({ a: 0, b: 0.02, verdict: "worse" });
  expect(failed?.difference?.estimate).toBeCloseTo(0.02, 9);
});

test("a side without a response has no latency to compare", () => {
  const silent = units(7, 1000).map((each) => ({ ...each, achieved: 0, latencyUs: new Map() }));
  const { p50 } = byName(units(8, 1000), silent);
  expect(p50).toMatchObject({ b: null, difference: null, p: null, verdict: "no-difference-shown" });
});

function documentOf(
  blocks: readonly SampleUnit[],
  changes: Partial<LoadDocument> = {},
): LoadDocument {
  const shape = { loop: "closed", connections: 1, requests: 1, durationMs: undefined } as const;
  return {
    schema: "evenkeel.loadtest.run/1",
    target: "http://127.0.0.1:1/",
    startedAt: "2026-01-01T00:00:00.000Z",
    durationMs: 10_000,
    throughput: 100,
    invalid: false,
    invalidReasons: [],
    plan: { shape },
    blocks: {
      blockMs: 1000,
      blocks: blocks.map(({ offered, achieved, failed, latencyUs }) => ({
        offered,
        achieved,
        failed,
        latencyUs: [...latencyUs].map(([bucket, count]) => [upperBoundOf(bucket), count]),
      })),
    },
    ...changes,
  } as LoadDocument;
}

const options = { takesTurns: false, regression: undefined, isPartial: false, seed: 1 };

test("takes stretches as units of two runs, runs where there are enough, and leaves the last stretch out", () => {
  const one = { name: "one", runs: [documentOf(units(1, 1000))] };
  expect(compareSides(one, one, options)).toMatchObject({ unit: "stretch", units: { a: 9, b: 9 } });
  const five = { name: "five", runs: [1, 2, 3, 4, 5].map((seed) => documentOf(units(seed, 1000))) };
  expect(compareSides(five, five, options)).toMatchObject({ unit: "run", units: { a: 5, b: 5 } });
  const four = { name: "four", runs: [1, 2, 3, 4].map((seed) => documentOf(units(seed, 1000))) };
  const turns = compareSides(four, four, { ...options, takesTurns: true });
  expect(turns).toMatchObject({ unit: "turn", units: { a: 4, b: 4 } });
});

test("fails where something is worse by more than allowed, and nowhere else", () => {
  const a = { name: "a", runs: [documentOf(units(1, 1000))] };
  const b = { name: "b", runs: [documentOf(units(2, 1300))] };
  const strict = compareSides(a, b, { ...options, regression: 0.05 });
  expect(strict.regressions.map(({ metric }) => metric)).toEqual(["p1", "p50", "p99"]);
  expect(comparisonDocument(strict)).toMatchObject({ pass: false });
  expect(renderComparison(strict, plain)).toMatch(/✗ FAIL {2}p1 latency is worse in B: \+\d/);
  expect(compareSides(a, b, { ...options, regression: 0.9 }).regressions).toEqual([]);
  expect(compareSides(b, a, { ...options, regression: 0.05 }).regressions).toEqual([]);
});

test("a run that the generator spoiled makes the comparison invalid", () => {
  const good = { name: "a", runs: [documentOf(units(1, 1000))] };
  const spoiled = documentOf(units(2, 1000), { invalid: true, invalidReasons: ["was late"] });
  const { invalid } = compareSides(good, { name: "b", runs: [spoiled] }, options);
  expect(invalid).toEqual(["B1: was late"]);
});

test("says when the two sides were asked for different loads", () => {
  const other = { ...documentOf(units(1, 1000)).plan, shape: { loop: "open" } } as never;
  const a = { name: "a", runs: [documentOf(units(1, 1000))] };
  const b = { name: "b", runs: [documentOf(units(1, 1000), { plan: other })] };
  expect(compareSides(a, b, options).notes.join()).toMatch(/asked for different loads/);
});

async function newFile(text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "evenkeel-compare-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, "run.json");
  await writeFile(file, text);
  return file;
}

test("reads what a run wrote", async () => {
  const { url } = await startHttp((_request, response) => void response.end());
  const run = await runLoad(resolveRun({ url, requests: 20, allowSaturation: true }));
  const file = await newFile(JSON.stringify(loadDocument(run)));
  const side = { name: file, runs: [await readRun(file)] };
  const [p50] = compareSides(side, side, options).metrics;
  expect(p50?.difference?.estimate).toBe(0);
});

test.each([
  ["{", /is not JSON/],
  ["{}", /is no evenkeel\.loadtest\.run\/1: it names no schema; write one with run --json/],
  ['{"schema":"evenkeel.loadtest.sweep/1"}', /its schema is "evenkeel\.loadtest\.sweep\/1"/],
  ['{"schema":"evenkeel.loadtest.run/1"}', /is not a valid evenkeel\.loadtest\.run\/1: invalid: /],
])("refuses the file %s", async (text, message) => {
  await expect(readRun(await newFile(text))).rejects.toThrow(message);
});

test("sides take turns, neither always second, each after its command", async () => {
  const seen: string[] = [];
  const { url } = await startHttp((request, response) => {
    seen.push(request.url ?? "");
    response.end();
  });
  const folder = join(await newFile(""), "..");
  const side = (name: string) => ({
    plan: () => resolveRun({ url: `${url}${name}`, requests: 1, allowSaturation: true }),
    before: `echo ${name} >> ${join(folder, "order")}`,
  });
  const documents = await runInterleaved(side("a"), side("b"), { turns: 2, hooks: {} });
  expect(seen).toEqual(["/a", "/b", "/b", "/a"]);
  expect([documents.a.length, documents.b.length]).toEqual([2, 2]);
  const failing = { ...side("a"), before: "exit 3" };
  const attempt = runInterleaved(failing, side("b"), { turns: 1, hooks: {} });
  await expect(attempt).rejects.toThrow(/"exit 3" ended with code 3/);
});
