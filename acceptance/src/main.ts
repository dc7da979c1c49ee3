import { CommanderError } from "commander";
import { createAcceptanceCommand } from "./command.ts";
import { exitCodes } from "./exit-codes.ts";
import { UsageError } from "./options.ts";

try {
  await createAcceptanceCommand().exitOverride().parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  } else if (error instanceof UsageError) {
    process.stderr.write(`error: ${error.message}\n`);
    process.exitCode = exitCodes.usage;
  } else {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    process.stderr.write(`error: ${text}\n`);
    process.exitCode = exitCodes.failure;
  }
}
