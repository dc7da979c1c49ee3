import { readFileSync } from "node:fs";
import { checklist } from "@evenkeel/http1/checklist";
import { expect, test } from "vitest";
import { createChecklistPage, readNamedTest } from "./checklist-page.ts";
import { checklistTests } from "./checklist-tests.ts";

const rows = checklist.filter(({ testedIn }) => testedIn.includes("proxy")).map(({ row }) => row);

test("every row that needs sockets names the tests that show it, and no other row does", () => {
  expect(Object.keys(checklistTests).map(Number)).toEqual(rows);
});

test.each(Object.entries(checklistTests))("the tests of row %s exist", (_, entries) => {
  expect(entries.length).toBeGreaterThan(0);
  for (const entry of entries) {
    const { source, title } = readNamedTest(entry);
    const isWritten = ['"', "`"].some((quote) => source.includes(quote + title + quote));
    expect([entry, isWritten]).toEqual([entry, true]);
  }
});

test("the committed page says the same (if not: node apps/proxy/test/conformance/write-checklist.ts)", () => {
  const page = new URL("../../../../docs/conformance-checklist.md", import.meta.url);
  expect(readFileSync(page, "utf8")).toBe(createChecklistPage());
});
