import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

// Tests here start about a hundred processes and move hundreds of megabytes: on a busy machine that
// takes seconds. Compiled code kept from the last run halves what a start costs.
export default defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Much of it is waiting, so two files may run at a time on two cores.
    maxWorkers: 2,
    // Node reads TypeScript by itself and keeps it compiled: a file that runs commands in its own process
    // starts three times as fast as with every module through vite.
    server: { deps: { external: [/\/(?:packages\/[^/]+|apps\/(?!cli\/)[^/]+)\/src\//] } },
    env: {
      NODE_COMPILE_CACHE: fileURLToPath(new URL("node_modules/.cache/compiled", import.meta.url)),
    },
  },
});
