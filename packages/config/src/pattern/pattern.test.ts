import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compilePattern } from "./pattern.ts";

function found(pattern: string, text: string): boolean {
  const result = compilePattern(pattern);
  if (!result.ok) throw new Error(result.message);
  return result.value.test(text);
}

function refusal(pattern: string): string {
  const result = compilePattern(pattern);
  return result.ok ? "" : result.message;
}

test.each([
  ["^/v[0-9]+/", "/v12/users", true],
  ["^/v[0-9]+/", "/v/users", false],
  ["^/v[0-9]+/", "/x/v1/", false],
  [String.raw`\.(png|jpe?g)$`, "/a/b.jpg", true],
  [String.raw`\.(png|jpe?g)$`, "/a/b.jpg/c", false],
  [String.raw`^/[^/]+/edit$`, "/page/edit", true],
  [String.raw`^/[^/]+/edit$`, "/a/b/edit", false],
  ["^(a|b){2,3}$", "abab", false],
  ["^(a|b){2,3}$", "aba", true],
  ["^$", "", true],
  ["^$", "x", false],
  ["a||b", "", true],
  ["x*", "", true],
  [`^${"(".repeat(19)}${"){99}".repeat(19)}$`, "", true],
  [String.raw`^\w+\s\d$`, "ab 1", true],
])("%s in %j: %s", (pattern, text, isFound) => {
  expect(found(pattern, text)).toBe(isFound);
});

describe("refuses what an automaton cannot run or what says nothing", () => {
  test.each([
    [String.raw`(a)\1`, "\\1 is not supported"],
    ["(?=a)", "look-around and named groups are not supported; write (...)"],
    [String.raw`\bx`, "\\b is not supported"],
    ["(a", "a group is not closed"],
    ["a)", '")" closes no group; write \\) for itself'],
    ["[a", "a class [...] is not closed"],
    ["[z-a]", "a range in [...] goes from one character up to another"],
    ["*a", "* repeats nothing"],
    ["a**", "one repetition after the other; put the first into a group"],
    ["a{x}", "{ begins no count; write {2}, {2,} or {2,5}, or \\{ for itself"],
    ["a{5,2}", "a count goes up to 100, the smaller one first"],
    ["", "a pattern must not be empty"],
    ["ä", "a pattern is visible ASCII; requests come percent-encoded"],
    [
      `${"(".repeat(19)}a${"{99})".repeat(19)}`,
      "the pattern's counts make it longer than 2000 steps",
    ],
    ["a".repeat(501), "a pattern has at most 500 characters"],
    ["(".repeat(30), "groups nest at most 20 deep"],
  ])("%s", (pattern, message) => {
    expect(refusal(pattern)).toContain(message);
  });
});

const letter = fc.constantFrom("a", "b", "c", "[ab]", "[^a]", ".", String.raw`\d`, "/");
const { pattern: anyPattern } = fc.letrec<{ pattern: string; part: string }>((tie) => ({
  part: fc.oneof(
    { maxDepth: 4 },
    letter,
    tie("pattern").map((inner) => `(${inner})`),
  ),
  pattern: fc
    .array(
      fc
        .tuple(tie("part"), fc.constantFrom("", "", "*", "+", "?", "{2}", "{1,2}", "{2,}"))
        .map(([part, count]) => part + count),
      { minLength: 1, maxLength: 3 },
    )
    .chain((parts) =>
      fc.constantFrom(parts.join(""), parts.join("|"), `^${parts.join("")}`, `${parts.join("")}$`),
    ),
}));
const anyText = fc
  .array(fc.constantFrom("a", "b", "c", "1", "/"), { maxLength: 12 })
  .map((letters) => letters.join(""));

test("finds exactly what JavaScript's own engine finds", () => {
  let matches = 0;
  fc.assert(
    fc.property(anyPattern, fc.array(anyText, { maxLength: 8 }), (pattern, texts) => {
      const compiled = compilePattern(pattern);
      fc.pre(compiled.ok);
      if (!compiled.ok) return;
      const native = new RegExp(pattern);
      for (const text of texts) {
        const expected = native.test(text);
        if (expected) matches++;
        expect([pattern, text, compiled.value.test(text)]).toEqual([pattern, text, expected]);
      }
    }),
    { numRuns: 1_000, seed: 6 },
  );
  expect(matches).toBeGreaterThan(500);
});

test("reads each character once where backtracking would not come back", () => {
  // 2^40 ways to split the letters, for an engine that tries them.
  expect(found("^(a+)+$", `${"a".repeat(40)}b`)).toBe(false);
  expect(found("^(a|a?)+$", `${"a".repeat(8_000)}b`)).toBe(false);
  expect(found(".*.*.*.*.*=$", "x".repeat(8_000))).toBe(false);
});

test("stays right when it has to forget states", () => {
  // The last 12 letters decide, so there are thousands of states.
  const pattern = `a[ab]{11}$`;
  const compiled = compilePattern(pattern);
  if (!compiled.ok) throw new Error(compiled.message);
  let seed = 1;
  for (let round = 0; round < 300; round++) {
    const text = Array.from({ length: 40 }, () => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return seed & 65_536 ? "a" : "b";
    }).join("");
    expect(compiled.value.test(text)).toBe(text.at(-12) === "a");
  }
});
