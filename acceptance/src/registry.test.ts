import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { groupNames } from "./case.ts";
import { acceptanceCases } from "./registry.ts";

const binary = fileURLToPath(new URL("../../apps/cli/bin/evenkeel.js", import.meta.url));

test("no two cases share an id, and each says its group", () => {
  const ids = acceptanceCases.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const { id, group } of acceptanceCases) {
    expect(id).toMatch(/^[a-z-]+\/[a-z0-9-]+$/);
    expect(id.startsWith(`${group}/`)).toBe(true);
  }
});

test("every group has cases", () => {
  expect(new Set(acceptanceCases.map(({ group }) => group))).toEqual(new Set(groupNames));
});

test("every sentence is one, and every case has a limit", () => {
  for (const { sentence, limitMs } of acceptanceCases) {
    expect(sentence).not.toMatch(/\.$/);
    expect(sentence.split(" ").length).toBeGreaterThan(3);
    expect(limitMs).toBeGreaterThanOrEqual(30_000);
  }
});

test("every strategy that the program knows has a case with one worker and one with two", async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [binary, "proxy", "--help"]);
  const names = [
    ...(stdout.split("Strategies, with their options:")[1] ?? "").matchAll(/^ {2}([a-z-]+)/gm),
  ];
  expect(names.length).toBeGreaterThanOrEqual(14);
  const ids = new Set(acceptanceCases.map(({ id }) => id));
  for (const [, name] of names) {
    expect(ids).toContain(`distribution/${name}-1`);
    expect(ids).toContain(`distribution/${name}-2`);
  }
});
