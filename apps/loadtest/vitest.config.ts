import { defineConfig } from "vitest/config";

// Tests here start worker threads and processes: on a busy machine that alone can take seconds.
export default defineConfig({ test: { testTimeout: 30_000 } });
