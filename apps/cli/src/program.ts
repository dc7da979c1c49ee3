import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";

const usage = 2;
const failure = 1;

const examples = `
Examples:
  $ evenkeel backend --port 8081 --name Server-1
  $ evenkeel proxy --backends http://127.0.0.1:8081,http://127.0.0.1:8082 --port 8080
  $ evenkeel proxy --config evenkeel.yaml
  $ evenkeel check --config evenkeel.yaml
  $ evenkeel explain --config evenkeel.yaml GET http://api.example.com/v1/users
  $ evenkeel loadtest distribution http://127.0.0.1:8080/ --requests 1000
  $ evenkeel simulate --config evenkeel.yaml --load 500/s --service-time 'exp(20ms)'
  $ evenkeel proxy --help`;

/** Runs one of the commands; every way out leaves one of the documented exit codes. */
export async function runProgram(commands: readonly Command[]): Promise<void> {
  const program = new Command("evenkeel")
    .description("a layer-7 HTTP load balancer that proves it is balanced")
    .version(version())
    .addHelpText("after", examples);
  for (const command of commands) program.addCommand(command);
  withExitOverride(program);
  try {
    await program.parseAsync();
  } catch (error) {
    process.exitCode = exitCodeOf(error);
  }
}

function withExitOverride(command: Command): void {
  command.exitOverride().showHelpAfterError("(--help shows what is possible)");
  command.commands.forEach(withExitOverride);
}

/** commander exits with 1 for wrong usage; here that is 2, and 1 means that the work failed. */
function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0;
    return error.code.startsWith("commander.") ? usage : error.exitCode;
  }
  process.stderr.write(`error: ${error instanceof Error ? error.stack : String(error)}\n`);
  return failure;
}

function version(): string {
  const text = readFileSync(new URL("../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}
