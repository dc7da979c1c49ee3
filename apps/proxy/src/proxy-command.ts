import type { LoadResult } from "@evenkeel/config";
import { strategies } from "@evenkeel/core";
import { Command } from "commander";
import type { ProxyFlags } from "./proxy-flags.ts";
import { badConfiguration, reportProblems } from "./report-problems.ts";
import { type WatchedConfig, runProxy } from "./run-proxy.ts";
import { readOrNull } from "./watch-config.ts";
import { addSettingFlags, configPathOf, loadSettings } from "./setting-sources.ts";

const examples = `
Examples:
  $ evenkeel proxy --config evenkeel.yaml
  $ evenkeel proxy --backends http://127.0.0.1:8081,http://127.0.0.1:8082 --port 8080
  $ evenkeel proxy --backends 'http://10.0.0.1;weight=3,http://10.0.0.2,http://10.0.0.3;backup' \\
      --strategy least-connections
  $ evenkeel proxy --config evenkeel.yaml --strategy consistent-hash,key=header:x-user,virtualNodes=100
  $ evenkeel proxy --config evenkeel.yaml --workers 2
  $ evenkeel proxy --config evenkeel.yaml --admin 127.0.0.1:9000
  $ evenkeel proxy --config evenkeel.yaml --watch
  $ EVENKEEL_WORKERS=4 evenkeel proxy --config evenkeel.yaml

Strategies, with their options:
${strategyHelp()}

Access records go to stdout, one JSON line per request; events go to stderr.
SIGHUP reads the configuration again and goes by it, or logs what is wrong and goes on as before.
SIGTERM or Ctrl-C drains and exits 0; a second one ends at once.
Exit codes: 0 ok, 1 failure, 2 usage, 69 cannot listen, 78 bad configuration.`;

/** `evenkeel proxy`: the balancer in the foreground. */
export function createProxyCommand(): Command {
  const proxy = new Command("proxy").description("balance HTTP requests over backends");
  return addSettingFlags(proxy)
    .option("--watch", "reload when the configuration file changes")
    .addHelpText("after", examples)
    .action(async (flags: ProxyFlags & { readonly watch?: true }, command: Command) => {
      const path = configPathOf(flags);
      if (flags.watch === true && path === undefined) {
        command.error("error: --watch needs --config FILE: there is nothing else to watch", {
          exitCode: 2,
        });
      }
      const watched = flags.watch !== true || path === undefined ? null : watchedConfig(path);
      const result = loadSettings(flags, command);
      reportProblems(result);
      if (!result.ok) process.exitCode = badConfiguration;
      else {
        const reread = (): LoadResult => loadSettings(flags, command);
        await runProxy({ ...result, reread }, watched);
      }
    });
}

/** Read before it is loaded, so that a change in between is one. */
function watchedConfig(path: string): WatchedConfig {
  return { path, content: readOrNull(path) };
}

/** Each name as `--strategy` takes it, with what may follow it. */
function strategyHelp(): string {
  const lines = Object.entries(strategies).map(([name, { options }]) => {
    const words = [name, ...Object.keys(options).map((option) => `[,${option}=…]`)];
    return `  ${words.join("")}`;
  });
  return lines.join("\n");
}
