import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readConfigFile } from "./read-config-file.ts";
import { formatProblem } from "./problem.ts";

test("reads a file, and says why one cannot be read", () => {
  const folder = mkdtempSync(join(tmpdir(), "evenkeel-config-"));
  try {
    const path = join(folder, "evenkeel.yaml");
    const missing = readConfigFile(path);
    expect(!missing.ok && formatProblem(missing.problem)).toBe(`${path}: there is no such file`);
    writeFileSync(path, "workers: 1\n");
    expect(readConfigFile(path)).toEqual({ ok: true, file: { path, text: "workers: 1\n" } });
    const directory = readConfigFile(folder);
    expect(!directory.ok && formatProblem(directory.problem)).toBe(
      `${folder}: this is a directory, not a file`,
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});
