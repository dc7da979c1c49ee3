import {
  type ConfigProblem,
  type LoadResult,
  type Override,
  formatProblem,
  loadConfig,
  readConfigFile,
} from "@evenkeel/config";
import { Command } from "commander";
import { runProxy } from "./run-proxy.ts";

export interface ProxyFlags {
  readonly config?: string;
  readonly backends?: string;
  readonly port?: string;
  readonly strategy?: string;
  readonly healthCheckInterval?: string;
  readonly healthCheckPath?: string;
  readonly workers?: string;
}

const examples = `
Examples:
  $ evenkeel proxy --config evenkeel.yaml
  $ evenkeel proxy --backends http://127.0.0.1:8081,http://127.0.0.1:8082 --port 8080
  $ evenkeel proxy --config evenkeel.yaml --workers 2
  $ EVENKEEL_WORKERS=4 evenkeel proxy --config evenkeel.yaml

Access records go to stdout, one JSON line per request; events go to stderr.
SIGTERM or Ctrl-C drains and exits 0; a second one ends at once.
Exit codes: 0 ok, 1 failure, 2 usage, 69 cannot listen, 78 bad configuration.`;

/** `evenkeel proxy`: the balancer in the foreground. */
export function createProxyCommand(): Command {
  return new Command("proxy")
    .description("balance HTTP requests over backends")
    .option("-c, --config <file>", "configuration file, YAML or JSON (or EVENKEEL_CONFIG)")
    .option("-b, --backends <urls>", "backends of one pool: URL,URL[;weight=N]")
    .option("-p, --port <port>", "listen on 127.0.0.1:PORT")
    .option("-s, --strategy <name>", "strategy of every pool")
    .option("--health-check-interval <duration>", "time between two active checks, as in 10s")
    .option("--health-check-path <path>", "what the active checks ask for")
    .option("-w, --workers <count>", "data-plane threads, or auto for one per core")
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
  // The pools' names are only known once the file is read, so it is read twice for --strategy.
  const plain = loadConfig({ file: read.file, env: process.env, overrides: [] });
  const pools = plain.ok ? plain.config.pools.map(({ name }) => name) : [];
  return loadConfig({ file: read.file, env: process.env, overrides: overridesOf(flags, pools) });
}

/** What the flags say, in the words of the file. `pools` are those that pool-wide flags apply to. */
export function overridesOf(flags: ProxyFlags, pools: readonly string[]): readonly Override[] {
  const overrides: Override[] = [];
  const set = (path: Override["path"], value: unknown, flag: string): void => {
    if (value !== undefined) overrides.push({ path, value, origin: `flag ${flag}` });
  };
  if (flags.backends !== undefined) {
    set(["pools", "default", "backends"], backendsOf(flags.backends), "--backends");
  }
  if (flags.port !== undefined) {
    set(["listeners"], [{ address: `127.0.0.1:${flags.port}` }], "--port");
  }
  for (const pool of flags.backends === undefined ? pools : ["default"]) {
    set(["pools", pool, "strategy"], flags.strategy, "--strategy");
    const check = ["pools", pool, "healthCheck"];
    set([...check, "interval"], flags.healthCheckInterval, "--health-check-interval");
    set([...check, "path"], flags.healthCheckPath, "--health-check-path");
  }
  set(["workers"], scalar(flags.workers), "--workers");
  return overrides;
}

function backendsOf(text: string): readonly unknown[] {
  return text.split(",").map((entry) => {
    const [url, ...options] = entry.trim().split(";");
    const settings = options.map((option) => option.split("=") as [string, string | undefined]);
    return {
      url,
      ...Object.fromEntries(settings.map(([key, value]) => [key, scalar(value ?? "")])),
    };
  });
}

function scalar(text: string | undefined): string | number | undefined {
  return text !== undefined && /^-?\d+$/.test(text) ? Number(text) : text;
}

function reportProblems(result: LoadResult): void {
  const say = (kind: string) => (problem: ConfigProblem) => {
    process.stderr.write(`${kind}: ${formatProblem(problem)}\n`);
  };
  result.warnings.forEach(say("warning"));
  if (!result.ok) result.problems.forEach(say("error"));
}
