import { readFileSync } from "node:fs";
import { checklist } from "@evenkeel/http1/checklist";
import { describe, expect, test } from "vitest";
import { createChecklistPage } from "./checklist-page.ts";
import { checklistTests } from "./checklist-tests.ts";
import { countNamed, titlesIn } from "./named-tests.ts";

const rows = checklist.filter(({ testedIn }) => testedIn.includes("proxy")).map(({ row }) => row);

test("every row that needs sockets names the tests that show it, and no other row does", () => {
  expect(Object.keys(checklistTests).map(Number)).toEqual(rows);
});

test.each(Object.entries(checklistTests))("the tests of row %s exist, once", (_, entries) => {
  expect(entries.length).toBeGreaterThan(0);
  const counts = entries.map((entry) => [entry, countNamed(entry)]);
  expect(counts).toEqual(entries.map((entry) => [entry, 1]));
});

describe("a named test", () => {
  test.each([
    ["a plain one", 'test("does x", async () => {'],
    ["one of a table", 'test.each([\n  ["a", f("b")],\n])("does x", () => {'],
    ["one of a list that is computed", 'test.for(list(1))(\n  "does x",\n  () => {'],
    ["one that needs something", 'test.runIf(isLinux)("does x", () => {'],
    ["a template", "test(`does x`, () => {"],
  ])("is found: %s", (_, source) => {
    expect(titlesIn(source)).toContain("does x");
  });

  test.each([
    ["another text", 'expect(text).toBe("does x");'],
    ["a comment", '// "does x"'],
    ["a group of tests", 'describe("does x", () => {'],
    ["a longer title", 'test("does x and y", () => {'],
  ])("is not %s", (_, source) => {
    expect(titlesIn(source)).not.toContain("does x");
  });

  test.each(["test.skip", "describe.todo", "test.fails"])("must run: no %s in its file", (call) => {
    expect(() => titlesIn(`${call}("does x", () => {`)).toThrow("shows nothing");
  });
});

test("the committed page says the same (if not: node apps/proxy/test/conformance/write-checklist.ts)", () => {
  const page = new URL("../../../../docs/conformance-checklist.md", import.meta.url);
  expect(readFileSync(page, "utf8")).toBe(createChecklistPage());
});
