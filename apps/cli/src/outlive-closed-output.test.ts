/* Real processes, since only those have a reader that can go away. */
import { expect, test } from "vitest";
import { spawnEvenkeel } from "../test/evenkeel.ts";
import { startBackend } from "../test/local-servers.ts";

test.concurrent.each([
  [["--help"], 0],
  [["loadtest", "run", "--help"], 0],
  [["config", "schema"], 0],
  [["check", "--backends", "http://127.0.0.1:1", "--json", "--strategy", "nope"], 78],
  [["simulate", "--hlep"], 2],
])("%j ends as it does otherwise when nobody reads what it writes", async (args, code) => {
  const program = spawnEvenkeel(...args);
  program.stopReading();
  expect(await program.ended).toMatchObject({ code, signal: null });
});

test.each([
  ["status{code=200}: count==20", 0],
  ["status{code=200}: count<20", 99],
])("a run judged by %s exits with %i although nobody reads its result", async (limit, code) => {
  const { origin } = await startBackend("Server-1");
  const requests = ["--requests", "20", "--allow-saturation", "--threshold", limit];
  const program = spawnEvenkeel("loadtest", "run", `${origin}/`, ...requests);
  program.stopReading();
  expect(await program.ended).toMatchObject({ code, signal: null });
});
