import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // A process of its own for each file costs CPU, and each test takes its own things away.
    isolate: false,
    // Most of these tests wait for sockets, so more files than cores may run at a time.
    maxWorkers: 3,
  },
});
