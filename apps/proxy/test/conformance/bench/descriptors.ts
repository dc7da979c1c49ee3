import { readdirSync } from "node:fs";
import { setImmediate as nextTurn } from "node:timers/promises";

const boundMs = 2_000;

/** Descriptors of this process; 0 where /proc does not tell. */
export function openDescriptors(): number {
  if (process.platform !== "linux") return 0;
  return readdirSync("/proc/self/fd").length;
}

/** The count, as soon as it is no more than `baseline`, or what it still is after a while. */
export async function descriptorsFallTo(baseline: number): Promise<number> {
  const deadline = performance.now() + boundMs;
  let count = openDescriptors();
  while (count > baseline && performance.now() < deadline) {
    await nextTurn();
    count = openDescriptors();
  }
  return Math.max(count, baseline);
}
