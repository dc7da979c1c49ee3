import { defineConfig } from "vitest/config";

// Tests here start processes and move hundreds of megabytes: on a busy machine that takes seconds.
// Much of that is waiting, so two files may run at a time on two cores.
export default defineConfig({
  test: { testTimeout: 60_000, hookTimeout: 60_000, maxWorkers: 2 },
});
