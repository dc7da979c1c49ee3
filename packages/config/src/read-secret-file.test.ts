import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { readSecretFile } from "./read-secret-file.ts";

const folder = mkdtempSync(join(tmpdir(), "evenkeel-secrets-"));
afterAll(() => rmSync(folder, { recursive: true }));

function read(text: string): unknown {
  const path = join(folder, "secret");
  writeFileSync(path, text);
  return readSecretFile(path);
}

test.each([
  ["secret\n", "secret"],
  ["secret\r\n", "secret"],
  ["secret", "secret"],
  ["two\nlines\n\n", "two\nlines\n"],
  ["", ""],
])("%j holds %j: one line break at the end is not part of the value", (text, value) => {
  expect(read(text)).toEqual({ ok: true, value });
});

test("refuses what is not there, no file, or too large, without a throw", () => {
  const messageOf = (result: unknown): unknown => (result as { message?: string }).message;
  expect(messageOf(readSecretFile(join(folder, "none")))).toBe("there is no such file");
  expect(messageOf(readSecretFile(folder))).toContain("directory");
  expect(messageOf(read("x".repeat(64 * 1024 + 1)))).toBe("a value has at most 64KiB");
});
