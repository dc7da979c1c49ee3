// A control for the benchmark itself: node-pipe that does nothing at all for 2 ms every 50 ms, while it
// has something to do: the other proxies of the run share its core.
import { performance } from "node:perf_hooks";

await import("./node-pipe.ts");

const PAUSE_MS = 2;
const EVERY_MS = 50;
const BUSY = 0.1;

let before = performance.eventLoopUtilization();
setInterval(() => {
  const { utilization } = performance.eventLoopUtilization(before);
  const end = performance.now() + (utilization > BUSY ? PAUSE_MS : 0);
  while (performance.now() < end);
  before = performance.eventLoopUtilization();
}, EVERY_MS);
