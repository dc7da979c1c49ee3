import { expect, test } from "vitest";
import { ConnectionOptions } from "./connection-options.ts";
import { FieldId } from "./field-names.ts";
import { FieldTable } from "./field-table.ts";

/** Reads one head whose Connection lines have these values. */
function read(options: ConnectionOptions, ...values: readonly string[]): ConnectionOptions {
  const table = new FieldTable(10);
  let text = "";
  for (const value of values) {
    const start = text.length;
    text += `Connection:${value}\r\n`;
    table.add(FieldId.connection, start, start + 10, start + 11, start + 11 + value.length);
  }
  options.read(text, table);
  return options;
}

function names(options: ConnectionOptions, name: string): boolean {
  return options.names(name, 0, name.length);
}

test("a field of this proxy's own business cannot be named", () => {
  const own = ["Host", "content-length", "Transfer-Encoding", "cookie", "X-Forwarded-For", "Via"];
  const options = read(new ConnectionOptions(), own.join(), "x-mine");
  for (const name of own) expect([name, names(options, name)]).toEqual([name, false]);
  expect(names(options, "X-Mine")).toBe(true);
});

test("close, keep-alive and upgrade are options, not names", () => {
  const options = read(new ConnectionOptions(), "close, Keep-Alive", "UPGRADE,");
  expect(options).toMatchObject({ close: true, keepAlive: true, upgrade: true });
  for (const name of ["close", "keep-alive", "upgrade", ""])
    expect(names(options, name)).toBe(false);
});

test("each head is read anew", () => {
  const options = read(new ConnectionOptions(), "close, keep-alive, upgrade, x-a");
  read(options);
  expect(options).toMatchObject({ close: false, keepAlive: false, upgrade: false });
  expect(names(options, "x-a")).toBe(false);
});
