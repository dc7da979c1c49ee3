import type { LoadResult, ResolvedConfig } from "@evenkeel/config";
import { Command } from "commander";
import type { ProxyFlags } from "./proxy-flags.ts";
import { badConfiguration, reportProblems } from "./report-problems.ts";
import { addSettingFlags, loadSettings } from "./setting-sources.ts";

interface CheckFlags extends ProxyFlags {
  readonly json?: true;
  readonly strict?: true;
}

const examples = `
Examples:
  $ evenkeel check --config evenkeel.yaml
  $ evenkeel check --config evenkeel.yaml --json
  $ evenkeel check --config evenkeel.yaml --strict

Checks what evenkeel proxy would run with: the file, the EVENKEEL_… variables and the same flags.
Every problem is shown at once, on stderr, as file:line:column, key, what is wrong, and what was
probably meant; --json puts them on stdout: { valid, problems, warnings }.
Exit codes: 0 usable, 2 usage, 78 not usable (with --strict also for a warning).`;

/** `evenkeel check`: says what is wrong with a configuration, and starts nothing. */
export function createCheckCommand(): Command {
  const check = new Command("check").description("check a configuration and start nothing");
  return addSettingFlags(check)
    .option("--json", "print the result as JSON")
    .option("--strict", "take warnings for errors")
    .addHelpText("after", examples)
    .action((flags: CheckFlags, command: Command) => {
      const result = loadSettings(flags, command);
      const isStrict = flags.strict === true;
      const isValid = result.ok && !(isStrict && result.warnings.length > 0);
      if (flags.json === true) writeJson(result, isValid);
      else reportProblems(result);
      if (!isValid) process.exitCode = badConfiguration;
      else if (flags.json !== true) process.stdout.write(`valid: ${summary(result)}\n`);
    });
}

function writeJson(result: LoadResult, valid: boolean): void {
  const problems = result.ok ? [] : result.problems;
  const document = { valid, problems, warnings: result.warnings };
  process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
}

function summary(result: LoadResult): string {
  if (!result.ok) return "";
  const { listeners, pools, routes }: ResolvedConfig = result.config;
  const backends = pools.reduce((sum, pool) => sum + pool.backends.length, 0);
  return [
    counted(listeners.length, "listener"),
    counted(routes.length, "route"),
    counted(pools.length, "pool"),
    counted(backends, "backend"),
  ].join(", ");
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
