import { expect, test } from "vitest";
import { FieldId } from "./field-names.ts";
import { FieldTable } from "./field-table.ts";

const text = "GET / HTTP/1.1\r\nA: 1\r\nB: 2\r\nC: 3\r\n\r\n";

function tableOf(): FieldTable {
  const table = new FieldTable(4);
  for (const name of ["A", "B", "C"]) {
    const at = text.indexOf(`${name}: `);
    table.add(name === "B" ? FieldId.via : FieldId.other, at, at + 1, at + 3, at + 4);
  }
  return table;
}

test.each([
  [[], "A: 1\r\nB: 2\r\nC: 3\r\n"],
  [[0], "B: 2\r\nC: 3\r\n"],
  [[1], "A: 1\r\nC: 3\r\n"],
  [[2], "A: 1\r\nB: 2\r\n"],
  [[0, 1], "C: 3\r\n"],
  [[0, 2], "B: 2\r\n"],
  [[1, 2], "A: 1\r\n"],
  [[0, 1, 2], ""],
])("without lines %j what is left is %j", (dropped, kept) => {
  const table = tableOf();
  for (const index of dropped) table.drop(index);
  expect(table.keptLines(text)).toBe(kept);
});

test("an empty table keeps nothing", () => {
  expect(new FieldTable(4).keptLines("GET / HTTP/1.1\r\n\r\n")).toBe("");
});

test("a table that was cleared has forgotten ids, lines and what was dropped", () => {
  const table = tableOf();
  table.drop(0);
  expect([table.has(FieldId.via), table.find(FieldId.via)]).toEqual([true, 1]);
  table.clear();
  expect([table.count, table.has(FieldId.via), table.find(FieldId.via)]).toEqual([0, false, -1]);
  table.add(FieldId.other, 16, 17, 19, 20);
  expect(table.keptLines("GET / HTTP/1.1\r\nA: 1\r\n\r\n")).toBe("A: 1\r\n");
});

test("a table is full at its capacity", () => {
  const table = tableOf();
  expect(table.isFull).toBe(false);
  table.add(FieldId.other, 0, 0, 0, 0);
  expect(table.isFull).toBe(true);
});
