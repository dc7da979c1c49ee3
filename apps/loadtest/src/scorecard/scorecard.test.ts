import { stripVTControlCharacters } from "node:util";
import { expect, test } from "vitest";
import { plain } from "../print/paint.ts";
import type { Check, Finding } from "./checks/check.ts";
import { checks } from "./checks/registry.ts";
import { readScorecard, scorecardDocument } from "./document.ts";
import { scorecardPage } from "./page.ts";
import { progressLine } from "./progress.ts";
import { renderScorecard } from "./report.ts";
import { runScorecard, type TargetToScore } from "./run-scorecard.ts";
import type { Scorecard } from "./scorecard.ts";
import { NotApplicable, type Scene } from "./scene/scene.ts";

const kept: Finding = { verdict: "pass", value: "±0.1 %" };
const lost: Finding = { verdict: "fail", value: "3 | 4", note: "leaked: x_hop" };
const none: Finding = { verdict: "not-applicable", value: "", note: "has no cookies" };

function row(name: string, group: Check["group"], ...findings: readonly Finding[]) {
  return {
    check: { name, group, title: `the ${name}`, rule: `${name} is as it should be` },
    findings,
  };
}

const scorecard: Scorecard = {
  startedAt: "2026-11-28T08:00:00.000Z",
  durationMs: 61_234,
  environment: { node: "26.10.0", system: "Linux 6 x64", cores: 2 },
  targets: [
    { name: "one", version: "1.2" },
    { name: "two", version: "" },
  ],
  rows: [
    row("a", "shares", kept, lost),
    row("b", "sticky", none, none),
    row("c", "protocol", lost, lost),
  ],
  isPartial: false,
};

test("the table has a row per check, a column per target, and numbered reasons", () => {
  expect(wordsOf(renderScorecard(scorecard, plain))).toEqual([
    "one 1.2 two",
    "shares",
    "the a ✓ ±0.1 % ✗ 3 | 4 ¹",
    "sticky",
    "the b – ² – ²",
    "protocol",
    "the c ✗ 3 | 4 ¹ ✗ 3 | 4 ¹",
    "",
    "total 1 ✓ 1 ✗ 1 – 0 ✓ 2 ✗ 1 –",
    "",
    "✓ kept ✗ not kept – no such thing, or nobody can look ! the check itself failed",
    "¹ leaked: x_hop",
    "² has no cookies",
    "",
    "3 checks in 61.2 s",
  ]);
});

/** Line by line; how wide the columns are is the table printer's business. */
function wordsOf(text: string): string[] {
  return text.split("\n").map((line) => line.trim().replaceAll(/\s+/g, " "));
}

test("the document says the same by name", () => {
  const document = scorecardDocument(scorecard);
  expect(document).toMatchObject({
    schema: "evenkeel.loadtest.scorecard/1",
    partial: false,
    targets: [
      { name: "one", version: "1.2", counts: { pass: 1, fail: 1, "not-applicable": 1 } },
      { name: "two", version: null },
    ],
  });
  expect(document.rows[0]?.cells).toEqual({
    one: { verdict: "pass", value: "±0.1 %", note: null },
    two: { verdict: "fail", value: "3 | 4", note: "leaked: x_hop" },
  });
});

test("a saved document gives the same scorecard again, and anything else is named", () => {
  const text = JSON.stringify(scorecardDocument(scorecard));
  expect(readScorecard(text, "a.json")).toEqual(scorecard);
  expect(() => readScorecard("{", "a.json")).toThrow("a.json is not JSON");
  expect(() => readScorecard('{"schema":"other/1"}', "a.json")).toThrow(
    'a.json is no scorecard: its schema is "other/1"',
  );
});

test("the page explains every check, shows every configuration, and survives a bar in a cell", () => {
  const page = scorecardPage(
    scorecard,
    [{ target: "one", file: "one.yaml", text: "a: b\n" }],
    "evenkeel loadtest scorecard --write-docs",
  );
  for (const { name, rule } of checks) {
    expect(page).toContain(`\`${name}\``);
    expect(page).toContain(rule);
  }
  expect(page).toContain("### one: `one.yaml`\n\n```yaml\na: b\n```");
  expect(page).toContain("| the a | ✓ ±0.1 % | ✗ 3 \\| 4 <sup>1</sup> |");
  expect(page).toContain("1. leaked: x\\_hop");
});

test("progress names the target, the check and what was found", () => {
  const progress = { target: "nginx", check: { name: "via", title: "Via" }, done: 7, of: 120 };
  expect(progressLine({ ...progress, finding: undefined })).toBe("[  7/120] nginx: Via …");
  expect(progressLine({ ...progress, finding: lost })).toBe("[  7/120] nginx: Via  ✗ 3 | 4");
});

function check(name: string, run: Check["run"], spoils = false): Check {
  return { name, group: "shares", title: name, rule: `the rule of ${name}`, spoils, run };
}

/** Writes down what happens to its scene. */
function targetNamed(name: string, log: string[]): TargetToScore {
  const scene = {
    reset: async () => void log.push(`${name} reset`),
    dispose: async () => void log.push(`${name} disposed`),
  } as unknown as Scene;
  return { name, version: "", openScene: async () => scene };
}

test("targets take turns, a spoiled balancer is replaced, and one failing check fails no other", async () => {
  const log: string[] = [];
  const result = await runScorecard(
    [targetNamed("one", log), targetNamed("two", log)],
    [
      check("spoils", async () => kept, true),
      check("lacks", async () => {
        throw new NotApplicable("has none");
      }),
      check("breaks", async () => {
        throw new Error("no such port");
      }),
    ],
    { signal: new AbortController().signal, onProgress: () => {} },
  );
  expect(log).toEqual(["one reset", "one disposed", "two reset", "two disposed"]);
  expect(result.rows.map(({ findings }) => findings[1])).toEqual([
    kept,
    { verdict: "not-applicable", value: "", note: "has none" },
    { verdict: "error", value: "", note: "the check itself failed: no such port" },
  ]);
});

test("an interruption keeps the cells that are done", async () => {
  const interruption = new AbortController();
  const result = await runScorecard(
    [targetNamed("one", []), targetNamed("two", [])],
    [
      check("done", async () => kept),
      check("cut", async () => {
        interruption.abort();
        return kept;
      }),
    ],
    { signal: interruption.signal, onProgress: () => {} },
  );
  expect(result.isPartial).toBe(true);
  expect(result.rows.map(({ findings }) => findings.length)).toEqual([1, 0]);
  const text = stripVTControlCharacters(renderScorecard(result, plain));
  expect(text).toContain("INTERRUPTED");
});
