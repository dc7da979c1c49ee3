import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { StateFile, type StartedBackend } from "./state-file.ts";

const backend: StartedBackend = {
  name: "Server-1",
  host: "127.0.0.1",
  port: 1,
  pid: 1,
  identity: "1 init",
  logFile: "Server-1.log",
};
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "evenkeel-state-"));
  vi.stubEnv("TMPDIR", folder);
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

test("gives back what was written, to this user only", () => {
  const state = new StateFile("/a");
  state.write([backend]);
  expect(new StateFile("/a").read()).toEqual([backend]);
  expect(statSync(state.folder).mode & 0o777).toBe(0o700);
});

test("keeps two checkouts apart", () => {
  new StateFile("/a").write([backend]);
  expect(new StateFile("/b").read()).toEqual([]);
});

test("leaves no trace when nothing was ever started", () => {
  const state = new StateFile("/a");
  expect(state.read()).toEqual([]);
  state.write([]);
  expect(existsSync(state.folder)).toBe(false);
});

test("refuses a folder that is only a link", () => {
  const state = new StateFile("/a");
  const elsewhere = join(dirname(state.folder), "elsewhere");
  mkdirSync(elsewhere);
  symlinkSync(elsewhere, state.folder);
  expect(() => state.read()).toThrow("belongs to somebody else");
});
