import { onTestFinished } from "vitest";
import { startBackend, type BackendOptions, type RunningBackend } from "../src/backend.ts";

/** Starts a backend named "A" on a free port and kills it when the test ends. */
export async function startForTest(options: BackendOptions = {}): Promise<RunningBackend> {
  const backend = await startBackend({ name: "A", ...options });
  onTestFinished(() => backend.kill());
  return backend;
}
