import { readdirSync } from "node:fs";
import { type Server, createServer } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";

const boundMs = 2_000;

/** Descriptors of this process; 0 where /proc does not tell. */
export function openDescriptors(): number {
  if (process.platform !== "linux") return 0;
  return readdirSync("/proc/self/fd").length;
}

/** The count to compare a later one with: the runtime keeps a spare one from the first listen on. */
export async function descriptorBaseline(): Promise<number> {
  const server: Server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", () => server.close(() => resolve()));
  });
  return openDescriptors();
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
