import {
  type LoadResult,
  loadConfig,
  poolNamesOf,
  readConfigFile,
  readSecretFile,
} from "@evenkeel/config";
import type { Command } from "commander";
import { type ProxyFlags, overridesOf } from "./proxy-flags.ts";

/** The flags that set something, the same for every command that reads a configuration. */
export function addSettingFlags(command: Command): Command {
  return command
    .option("-c, --config <file>", "configuration file, YAML or JSON (or EVENKEEL_CONFIG)")
    .option("-b, --backends <urls>", "backends of one pool: URL[;weight=N][;backup],URL")
    .option("-p, --port <port>", "listen on 127.0.0.1:PORT")
    .option("-s, --strategy <name>", "strategy of every pool: NAME[,OPTION=VALUE…]")
    .option("--health-check-interval <duration>", "time between two active checks, as in 10s")
    .option("--health-check-path <path>", "what the active checks ask for")
    .option("-w, --workers <count>", "data-plane threads, or auto for one per core")
    .option(
      "--admin <address>",
      "health and metrics on an address of their own, as 127.0.0.1:9000",
    );
}

/** undefined where flags alone say everything. */
export function configPathOf({ config }: ProxyFlags): string | undefined {
  return config ?? process.env["EVENKEEL_CONFIG"];
}

/** What flags, environment and file say together; wrong usage when they name no backends at all. */
export function loadSettings(flags: ProxyFlags, command: Command): LoadResult {
  const env = process.env;
  const path = configPathOf(flags);
  if (path === undefined) {
    if (flags.backends === undefined) {
      command.error("error: give --config FILE or --backends URL,URL", { exitCode: 2 });
    }
    const overrides = overridesOf(flags, ["default"]);
    return loadConfig({ env, overrides, readSecret: readSecretFile });
  }
  const read = readConfigFile(path);
  if (!read.ok) return { ok: false, problems: [read.problem], warnings: [] };
  const { file } = read;
  const overrides = overridesOf(flags, poolNamesOf({ file, env, readSecret: readSecretFile }));
  return loadConfig({ file, env, overrides, readSecret: readSecretFile });
}
