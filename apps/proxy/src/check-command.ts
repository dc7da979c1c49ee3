import { type LoadResult, type ResolvedConfig, parsePercent } from "@evenkeel/config";
import { Command } from "commander";
import type { ProxyFlags } from "./proxy-flags.ts";
import { badConfiguration, reportProblems } from "./report-problems.ts";
import { printReplay } from "./replay/print-replay.ts";
import { replayLog } from "./replay-log.ts";
import { addSettingFlags, loadSettings } from "./setting-sources.ts";

interface CheckFlags extends ProxyFlags {
  readonly json?: true;
  readonly strict?: true;
  readonly replay?: string;
  readonly against?: string;
  readonly maxMoved?: string;
}

const failed = 1;
const thresholdNotMet = 99;

const examples = `
Examples:
  $ evenkeel check --config evenkeel.yaml
  $ evenkeel check --config evenkeel.yaml --json
  $ evenkeel check --config evenkeel.yaml --strict
  $ evenkeel check --config new.yaml --against evenkeel.yaml --replay access.ndjson
  $ zcat access-*.gz | evenkeel check --config new.yaml --against evenkeel.yaml --replay - --max-moved 5%

Checks what evenkeel proxy would run with: the file, the EVENKEEL_… variables and the same flags.
Every problem is shown at once, on stderr, as file:line:column, key, what is wrong, and what was
probably meant; --json puts them on stdout: { valid, problems, warnings }.

--replay sends the requests of a json access log through both configurations, by the code that routes
real ones, and nothing anywhere else: how many get another pool or answer, which hash keys move, which rate
limits would have refused, which routes no request matches; and what such a log cannot tell.
Exit codes: 0 usable, 1 the log cannot be read, 2 usage, 78 not usable (with --strict also for a
warning), 99 more than --max-moved get another pool or answer.`;

/** `evenkeel check`: says what is wrong with a configuration, and starts nothing. */
export function createCheckCommand(): Command {
  const check = new Command("check").description("check a configuration and start nothing");
  return addSettingFlags(check)
    .option("--json", "print the result as JSON")
    .option("--strict", "take warnings for errors")
    .option("--replay <file>", "an access log in the json format, or - for standard input")
    .option("--against <file>", "what --config is compared with: the configuration of now")
    .option("--max-moved <percent>", "exit 99 if more requests get another pool or answer")
    .addHelpText("after", examples)
    .action(async (flags: CheckFlags, command: Command) => {
      const limit = readLimit(flags, command);
      if (flags.replay !== undefined && flags.against !== undefined) {
        await replay(flags.replay, flags.against, limit, flags, command);
        return;
      }
      const result = loadSettings(flags, command);
      const isStrict = flags.strict === true;
      const isValid = result.ok && !(isStrict && result.warnings.length > 0);
      if (flags.json === true) writeJson(result, isValid);
      else reportProblems(result);
      if (!isValid) process.exitCode = badConfiguration;
      else if (flags.json !== true) process.stdout.write(`valid: ${summary(result)}\n`);
    });
}

/** Checks that the flags of a replay belong together; the most that may move, as a share. */
function readLimit({ replay: log, against, maxMoved }: CheckFlags, command: Command): number {
  if ((log === undefined) !== (against === undefined)) {
    command.error("error: --replay and --against belong together", { exitCode: 2 });
  }
  if (maxMoved === undefined) return Infinity;
  if (log === undefined) command.error("error: --max-moved needs --replay", { exitCode: 2 });
  const share = parsePercent(maxMoved);
  if (!share.ok) command.error(`error: --max-moved: ${share.message}`, { exitCode: 2 });
  return share.value;
}

async function replay(
  log: string,
  against: string,
  mostMoved: number,
  flags: CheckFlags,
  command: Command,
): Promise<void> {
  const after = loadSettings(flags, command);
  const before = loadSettings({ config: against }, command);
  reportProblems(before);
  reportProblems(after);
  if (!before.ok || !after.ok) {
    process.exitCode = badConfiguration;
    return;
  }
  const result = await replayLog(log, before.config, after.config);
  if (!result.ok) {
    process.stderr.write(`error: ${result.message}\n`);
    process.exitCode = failed;
    return;
  }
  const { report } = result;
  const text = flags.json === true ? `${JSON.stringify(report, null, 2)}\n` : printReplay(report);
  process.stdout.write(text);
  if (report.movedShare > mostMoved) process.exitCode = thresholdNotMet;
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
