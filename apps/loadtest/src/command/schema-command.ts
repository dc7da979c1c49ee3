import { Argument, type Command } from "commander";
import { scenarioJsonSchema } from "../load/scenario/scenario-schema.ts";
import { reportJsonSchema } from "../report/report-schema.ts";

const schemas = { report: reportJsonSchema, scenario: scenarioJsonSchema } as const;

const details = `
Examples:
  $ evenkeel loadtest schema scenario > loadtest.schema.json
    and as the scenario's first line: # yaml-language-server: $schema=./loadtest.schema.json
  $ evenkeel loadtest schema report > report.schema.json
`;

/** Adds `schema` to the `loadtest` command. */
export function addSchemaCommand(loadtest: Command): void {
  loadtest
    .command("schema")
    .description("print the JSON Schema of a scenario file, or of a report")
    .addArgument(new Argument("<what>", "which one").choices(Object.keys(schemas)))
    .addHelpText("after", details)
    .action((what: keyof typeof schemas) => {
      process.stdout.write(`${JSON.stringify(schemas[what](), null, 2)}\n`);
    });
}
