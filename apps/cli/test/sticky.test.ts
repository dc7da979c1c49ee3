/* Real processes: the program spawns backends and balancer, and kills a backend with -9. */
import type { StickyDocument } from "@evenkeel/loadtest";
import { expect, test } from "vitest";
import { runEvenkeel, writeConfig } from "./evenkeel.ts";

const quick = ["loadtest", "sticky", "--sessions", "120", "--visits", "9", "--connections", "20"];

test("every session sticks through two workers and a restart; only the victim's move, once", async () => {
  const { code, stdout, stderr } = await runEvenkeel(...quick, "--workers", "2", "--json");
  const document = JSON.parse(stdout) as StickyDocument;
  expect(document, stderr).toMatchObject({
    kind: "sticky",
    pass: true,
    reasons: [],
    victim: "Server-1",
    counts: { sessions: 120, requests: 1080, failed: 0, strayed: 0, movedOften: 0, notMoved: 0 },
    ledgers: { doubled: 0, unexplained: 0, lost: 0 },
  });
  expect(document.counts["movedOnce"]).toBe(document.homes["Server-1"]);
  expect(code).toBe(0);
});

test("a balancer without sticky sessions does not pass", async () => {
  const backends = "[http://127.0.0.1:1, http://127.0.0.1:2]";
  const file = await writeConfig("evenkeel.yaml", `pools: { web: { backends: ${backends} } }\n`);
  const { code, stdout } = await runEvenkeel(...quick, "--no-fault", "--config", file);
  expect(code).toBe(99);
  expect(stdout).toContain("sessions moved although nothing was wrong with their backend");
});

test("numbers that show nothing are wrong usage", async () => {
  const { code, stderr } = await runEvenkeel("loadtest", "sticky", "--visits", "3");
  expect([code, stderr]).toEqual([2, expect.stringContaining("--visits must be at least 4")]);
});
