import { expect, onTestFinished, test, vi } from "vitest";
import { withInterruption } from "./interruption.ts";

/** What a process that ends would have ended with. */
function watchExit(): (string | number | null | undefined)[] {
  const codes: (string | number | null | undefined)[] = [];
  const exit = vi.spyOn(process, "exit").mockImplementation(((code) => {
    codes.push(code);
  }) as typeof process.exit);
  const before = new Set(process.listeners("SIGINT"));
  onTestFinished(() => {
    exit.mockRestore();
    for (const listener of process.listeners("SIGINT")) {
      if (!before.has(listener)) process.off("SIGINT", listener);
    }
  });
  return codes;
}

/** The newest listener is the one under test; a runner may have its own. */
const pressCtrlC = (): void => process.listeners("SIGINT").at(-1)?.("SIGINT");

test("the first Ctrl-C is the work's to hear, the second ends the process, also while it prints", async () => {
  const codes = watchExit();
  await withInterruption(async (signal) => {
    pressCtrlC();
    expect(signal.aborted).toBe(true);
    expect(codes).toEqual([]);
    pressCtrlC();
    expect(codes).toEqual([130]);
  });
  pressCtrlC();
  expect(codes).toEqual([130, 130]);
});

test("without an interruption nothing of it stays", async () => {
  const before = process.listeners("SIGINT").length;
  expect(await withInterruption(async () => 7)).toBe(7);
  expect(process.listeners("SIGINT").length).toBe(before);
});
