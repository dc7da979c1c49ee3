// The command as its own process: signals and exit codes are the process's, not ours.
import { CommanderError } from "commander";
import { createBackendCommand } from "../src/index.ts";

try {
  await createBackendCommand().exitOverride().parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  process.exitCode = error.exitCode === 0 ? 0 : 2;
}
