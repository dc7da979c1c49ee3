import { createJsonSchema, printSettings, redactSecrets } from "@evenkeel/config";
import { Command } from "commander";
import type { ProxyFlags } from "./proxy-flags.ts";
import { badConfiguration, reportProblems } from "./report-problems.ts";
import { addSettingFlags, loadSettings } from "./setting-sources.ts";

const examples = `
Examples:
  $ evenkeel config print --config evenkeel.yaml
  $ evenkeel config schema > evenkeel.schema.json`;

const printExamples = `
Examples:
  $ evenkeel config print --config evenkeel.yaml
  $ evenkeel config print --config evenkeel.yaml --port 8081 --json
  $ EVENKEEL_WORKERS=4 evenkeel config print --config evenkeel.yaml | grep EVENKEEL_

Prints YAML that could be used as the file; behind each value stands who gave it: file:line:column,
a variable, a flag, or "default". Secrets are shown as [redacted].
--json prints { settings, origins }: the same values, and who gave each by its path.
Exit codes: 0 ok, 2 usage, 78 bad configuration.`;

const schemaExamples = `
Examples:
  $ evenkeel config schema > evenkeel.schema.json

Editors complete and check a file whose first line is
  # yaml-language-server: $schema=./evenkeel.schema.json`;

/** `evenkeel config`: what a configuration comes to, and what one may hold. */
export function createConfigCommand(): Command {
  return new Command("config")
    .description("show a configuration with its origins, or the schema of the file")
    .addHelpText("after", examples)
    .addCommand(createPrintCommand())
    .addCommand(createSchemaCommand());
}

function createPrintCommand(): Command {
  const print = new Command("print").description("print every value and who gave it");
  return addSettingFlags(print)
    .option("--json", "print JSON")
    .addHelpText("after", printExamples)
    .action((flags: ProxyFlags & { readonly json?: true }, command: Command) => {
      const result = loadSettings(flags, command);
      reportProblems(result);
      if (!result.ok) {
        process.exitCode = badConfiguration;
        return;
      }
      const settings = redactSecrets(result.settings);
      const origins = Object.fromEntries(result.origins);
      process.stdout.write(
        flags.json === true
          ? `${JSON.stringify({ settings, origins }, null, 2)}\n`
          : printSettings(settings, result.origins),
      );
    });
}

function createSchemaCommand(): Command {
  return new Command("schema")
    .description("print the JSON Schema of the configuration file")
    .addHelpText("after", schemaExamples)
    .action(() => {
      process.stdout.write(`${JSON.stringify(createJsonSchema(), null, 2)}\n`);
    });
}
