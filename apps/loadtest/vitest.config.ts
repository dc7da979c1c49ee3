import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

// Tests here start worker threads and about a hundred processes: on a busy machine that alone can take
// seconds. Compiled code kept from the last run halves what a start costs.
export default defineConfig({
  test: {
    testTimeout: 30_000,
    env: {
      NODE_COMPILE_CACHE: fileURLToPath(new URL("node_modules/.cache/compiled", import.meta.url)),
    },
  },
});
