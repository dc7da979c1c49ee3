import { readFileSync, readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { checklist } from "./checklist.ts";

const titlePattern = /["'`]rows? ((?:\d+(?:, )?)+):/g;

function titledRows(): Set<number> {
  const rows = new Set<number>();
  for (const folder of ["../src/", "./"]) {
    const url = new URL(folder, import.meta.url);
    for (const file of readdirSync(url).filter((name) => name.endsWith(".test.ts"))) {
      const text = readFileSync(new URL(file, url), "utf8");
      for (const [, list = ""] of text.matchAll(titlePattern)) {
        for (const row of list.split(", ")) rows.add(Number(row));
      }
    }
  }
  return rows;
}

const codecRows = checklist.filter(({ testedIn }) => testedIn.includes("codec"));

test("the checklist has every row from 1 to 125, once and in order", () => {
  expect(checklist.map(({ row }) => row)).toEqual(Array.from({ length: 125 }, (_, at) => at + 1));
});

test("every row marked codec is in the title of a test of this package", () => {
  const titled = titledRows();
  expect(codecRows.filter(({ row }) => !titled.has(row)).map(({ row }) => row)).toEqual([]);
});

test("no test claims a row that is not marked codec", () => {
  const marked = new Set(codecRows.map(({ row }) => row));
  expect([...titledRows()].filter((row) => !marked.has(row))).toEqual([]);
});

test("a row that is tested nowhere says why, and only such a row does", () => {
  for (const { row, testedIn, reason } of checklist) {
    expect([row, testedIn.length === 0]).toEqual([row, reason !== undefined]);
  }
});
