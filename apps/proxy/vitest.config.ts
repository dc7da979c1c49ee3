import { defineConfig } from "vitest/config";

// Most of these tests wait for sockets, so more files than cores may run at a time.
export default defineConfig({ test: { testTimeout: 60_000, hookTimeout: 60_000, maxWorkers: 3 } });
