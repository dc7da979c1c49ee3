/*
 * What the load tester does not let pass. That it passes a balancer that sticks, through a kill -9, is case
 * sticky/restart of the acceptance suite.
 */
import { expect, test } from "vitest";
import { runEvenkeel, writeConfig } from "./evenkeel.ts";
import { runInProcess } from "./in-process.ts";

const quick = ["loadtest", "sticky", "--sessions", "120", "--visits", "9", "--connections", "20"];

test("a balancer without sticky sessions does not pass", async () => {
  const backends = "[http://127.0.0.1:1, http://127.0.0.1:2]";
  const file = await writeConfig("evenkeel.yaml", `pools: { web: { backends: ${backends} } }\n`);
  const { code, stdout } = await runEvenkeel(...quick, "--no-fault", "--config", file);
  expect(code).toBe(99);
  expect(stdout).toContain("sessions moved although nothing was wrong with their backend");
});

test("numbers that show nothing are wrong usage", async () => {
  const { code, stderr } = await runInProcess("loadtest", "sticky", "--visits", "3");
  expect([code, stderr]).toEqual([2, expect.stringContaining("--visits must be at least 4")]);
});
