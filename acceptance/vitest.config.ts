import { defineConfig } from "vitest/config";

// Tests here start the suite and the programs that it tests: on a busy machine that alone takes seconds.
export default defineConfig({ test: { testTimeout: 60_000, hookTimeout: 60_000 } });
