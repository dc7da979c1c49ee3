import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { findFreePorts } from "./free-port-range.ts";

// Every test starts processes of its own.
vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

const bin = fileURLToPath(new URL("../bin/backends.js", import.meta.url));
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "evenkeel-command-"));
});

afterEach(async () => {
  await run("stop");
  rmSync(folder, { recursive: true });
});

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(...args: readonly string[]): Promise<Ended> {
  const env = { ...process.env, TMPDIR: folder };
  const child = spawn(process.execPath, [bin, ...args], { env });
  child.stdin.end();
  const closed = once(child, "close");
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), closed]);
  return { code: child.exitCode, stdout, stderr };
}

test("starts, shows and stops real backends", async () => {
  const port = String(await findFreePorts(2));
  const started = await run("start", "--count", "2", "--port", port, "--", "--latency", "1ms");
  expect(started).toMatchObject({ code: 0, stderr: "" });
  expect(started.stdout).toMatch(/Server-1 +http:\/\/127\.0\.0\.1:\d+ +\d+ +healthy/);

  const answer = await fetch(`http://127.0.0.1:${port}/`);
  expect(await answer.json()).toMatchObject({ backend: "Server-1" });

  const status = await run("status", "--json");
  expect(status.code).toBe(0);
  expect(JSON.parse(status.stdout)).toMatchObject({
    backends: [{ name: "Server-1", health: "healthy" }, { name: "Server-2" }],
  });

  const stopped = await run("stop");
  expect(stopped).toMatchObject({ code: 0 });
  expect(stopped.stdout.match(/stopped/g)).toHaveLength(2);
  expect(await run("status")).toMatchObject({ code: 1, stdout: "No backends are running.\n" });
});

test("explains a usage error in one line and exits 2", async () => {
  const { code, stdout, stderr } = await run("start", "--cuont", "3");
  expect([code, stdout]).toEqual([2, ""]);
  expect(stderr).toMatch(/^pnpm backends: .*--cuont.*\n$/);
});

test("shows examples with --help", async () => {
  const { code, stdout } = await run("--help");
  expect(code).toBe(0);
  expect(stdout).toContain("$ pnpm backends start --count 3 --port 8081");
});
