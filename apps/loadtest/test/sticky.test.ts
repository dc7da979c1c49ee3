/* Real processes: the program spawns backends and balancer and kills a backend with -9. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, onTestFinished, test } from "vitest";
import type { StickyDocument } from "../src/sticky/report.ts";
import { evenkeelBinary } from "./evenkeel-binary.ts";

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

async function runSticky(...args: readonly string[]): Promise<Ended> {
  const child = spawn(process.execPath, [evenkeelBinary, "loadtest", "sticky", ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  onTestFinished(() => void child.kill("SIGTERM"));
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { code, stdout, stderr };
}

const quick = ["--sessions", "120", "--visits", "9", "--connections", "20"];

test("every session sticks through two workers and a restart; only the victim's move, once", async () => {
  const { code, stdout, stderr } = await runSticky(...quick, "--workers", "2", "--json");
  const document = JSON.parse(stdout) as StickyDocument;
  expect(document, stderr).toMatchObject({
    kind: "sticky",
    pass: true,
    reasons: [],
    victim: "Server-1",
    counts: { sessions: 120, requests: 1080, failed: 0, strayed: 0, movedOften: 0, notMoved: 0 },
  });
  expect(document.counts["movedOnce"]).toBe(document.homes["Server-1"]);
  expect(code).toBe(0);
});

test("a balancer without sticky sessions does not pass", async () => {
  const folder = mkdtempSync(join(tmpdir(), "evenkeel-sticky-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "evenkeel.yaml");
  writeFileSync(file, "pools: { web: { backends: [http://127.0.0.1:1, http://127.0.0.1:2] } }\n");
  const { code, stdout } = await runSticky(...quick, "--no-fault", "--config", file);
  expect(code).toBe(99);
  expect(stdout).toContain("sessions moved although nothing was wrong with their backend");
});

test("numbers that show nothing are wrong usage", async () => {
  const { code, stderr } = await runSticky("--visits", "3");
  expect([code, stderr]).toEqual([2, expect.stringContaining("--visits must be at least 4")]);
});
