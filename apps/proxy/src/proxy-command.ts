import {
  type ConfigProblem,
  type LoadResult,
  formatProblem,
  loadConfig,
  poolNamesOf,
  readConfigFile,
} from "@evenkeel/config";
import { strategies } from "@evenkeel/core";
import { Command } from "commander";
import { type ProxyFlags, overridesOf } from "./proxy-flags.ts";
import { runProxy } from "./run-proxy.ts";

const examples = `
Examples:
  $ evenkeel proxy --config evenkeel.yaml
  $ evenkeel proxy --backends http://127.0.0.1:8081,http://127.0.0.1:8082 --port 8080
  $ evenkeel proxy --backends 'http://10.0.0.1;weight=3,http://10.0.0.2,http://10.0.0.3;backup' \\
      --strategy least-connections
  $ evenkeel proxy --config evenkeel.yaml --strategy consistent-hash,key=header:x-user,virtualNodes=100
  $ evenkeel proxy --config evenkeel.yaml --workers 2
  $ evenkeel proxy --config evenkeel.yaml --admin 127.0.0.1:9000
  $ EVENKEEL_WORKERS=4 evenkeel proxy --config evenkeel.yaml

Strategies, with their options:
${strategyHelp()}

Access records go to stdout, one JSON line per request; events go to stderr.
SIGTERM or Ctrl-C drains and exits 0; a second one ends at once.
Exit codes: 0 ok, 1 failure, 2 usage, 69 cannot listen, 78 bad configuration.`;

/** `evenkeel proxy`: the balancer in the foreground. */
export function createProxyCommand(): Command {
  return new Command("proxy")
    .description("balance HTTP requests over backends")
    .option("-c, --config <file>", "configuration file, YAML or JSON (or EVENKEEL_CONFIG)")
    .option("-b, --backends <urls>", "backends of one pool: URL[;weight=N][;backup],URL")
    .option("-p, --port <port>", "listen on 127.0.0.1:PORT")
    .option("-s, --strategy <name>", "strategy of every pool: NAME[,OPTION=VALUE…]")
    .option("--health-check-interval <duration>", "time between two active checks, as in 10s")
    .option("--health-check-path <path>", "what the active checks ask for")
    .option("-w, --workers <count>", "data-plane threads, or auto for one per core")
    .option("--admin <address>", "health and metrics on an address of their own, as 127.0.0.1:9000")
    .addHelpText("after", examples)
    .action(async (flags: ProxyFlags, command: Command) => {
      const path = flags.config ?? process.env["EVENKEEL_CONFIG"];
      if (path === undefined && flags.backends === undefined) {
        command.error("error: give --config FILE or --backends URL,URL", { exitCode: 2 });
      }
      const result = resolveConfig(flags, path);
      reportProblems(result);
      if (!result.ok) process.exitCode = 78;
      else await runProxy(result.config);
    });
}

function resolveConfig(flags: ProxyFlags, path: string | undefined): LoadResult {
  if (path === undefined) {
    return loadConfig({ env: process.env, overrides: overridesOf(flags, ["default"]) });
  }
  const read = readConfigFile(path);
  if (!read.ok) return { ok: false, problems: [read.problem], warnings: [] };
  const overrides = overridesOf(flags, poolNamesOf({ file: read.file, env: process.env }));
  return loadConfig({ file: read.file, env: process.env, overrides });
}

/** Each name as `--strategy` takes it, with what may follow it. */
function strategyHelp(): string {
  const lines = Object.entries(strategies).map(([name, { options }]) => {
    const words = [name, ...Object.keys(options).map((option) => `[,${option}=…]`)];
    return `  ${words.join("")}`;
  });
  return lines.join("\n");
}

function reportProblems(result: LoadResult): void {
  const say = (kind: string) => (problem: ConfigProblem) => {
    process.stderr.write(`${kind}: ${formatProblem(problem)}\n`);
  };
  result.warnings.forEach(say("warning"));
  if (!result.ok) result.problems.forEach(say("error"));
}
