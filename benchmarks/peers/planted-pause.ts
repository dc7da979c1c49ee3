// A control for the benchmark itself: node-pipe that does nothing at all for 2 ms every 50 ms.
await import("./node-pipe.ts");

const PAUSE_MS = 2;
const EVERY_MS = 50;

setInterval(() => {
  const end = performance.now() + PAUSE_MS;
  while (performance.now() < end);
}, EVERY_MS);
