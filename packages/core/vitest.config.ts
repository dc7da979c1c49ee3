import { defineConfig } from "vitest/config";

// A process of its own for each file costs 0.3 s of CPU, and each test takes its own things away.
export default defineConfig({ test: { isolate: false } });
