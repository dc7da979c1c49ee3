import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { identifyProcess } from "./process-identity.ts";

test("identifies a process as long as it lives", async () => {
  const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "ignore" });
  const pid = child.pid ?? 0;
  const identity = identifyProcess(pid);
  expect(identity).toContain("setInterval");
  expect(identifyProcess(pid)).toBe(identity);
  child.kill();
  await once(child, "exit");
  expect(identifyProcess(pid)).toBeUndefined();
});

test("knows no process that does not exist", () => {
  expect(identifyProcess(2 ** 30)).toBeUndefined();
});
