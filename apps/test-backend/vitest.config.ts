import { defineConfig } from "vitest/config";

// A process of its own for each file costs 0.3 s of CPU, and these tests leave nothing behind in theirs.
export default defineConfig({ test: { isolate: false } });
