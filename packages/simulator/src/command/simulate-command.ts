import { writeFile } from "node:fs/promises";
import {
  type ConfigProblem,
  formatProblem,
  loadConfig,
  readConfigFile,
  type ResolvedConfig,
} from "@evenkeel/config";
import { Command } from "commander";
import type { Distribution } from "../engine/distribution.ts";
import { simulationDocument } from "../report/document.ts";
import { renderPage } from "../report/page/simulation-page.ts";
import type { SimulationReport } from "../report/report.ts";
import { renderTable } from "../report/table.ts";
import { scenarios } from "../scenarios/registry.ts";
import {
  parseCountOption,
  parseLoadOption,
  parseServiceTimeOption,
  parseSlotsOption,
} from "./option-values.ts";
import { distributionExamples } from "./parse-distribution.ts";
import { planFromConfig, planFromScenario } from "./plan-run.ts";
import { SimulateUsageError } from "./pool-cell.ts";
import { createProgressLine } from "./progress-line.ts";
import { type Plan, runReport } from "./run-report.ts";

const usage = 2;
const badConfiguration = 78;
const interrupted = 130;

/** What commander makes of the command line. */
export interface SimulateFlags {
  readonly config?: string;
  readonly pool?: string;
  readonly load?: number;
  readonly serviceTime?: Distribution;
  readonly slots?: number | ReadonlyMap<string, number>;
  readonly queue?: number;
  readonly balancers: number;
  readonly keys: number;
  readonly scenario?: string;
  readonly list?: true;
  readonly strategies?: string;
  readonly requests?: number;
  readonly seeds: number;
  /** `true`: to stdout; a text: to that file. */
  readonly json?: true | string;
  readonly html?: string;
  readonly progress: boolean;
}

const details = `
Runs the strategies that balance in production under a virtual clock: what takes an hour takes seconds,
and the same seeds give the same bytes. Every strategy meets the same requests.

Service times: 20ms, ${distributionExamples}
(the mean of exp, the centre of normal, the median of lognormal).
A backend serves as many requests at a time as it has slots; without --slots it gets enough, by weight,
for a load of 0.8.

Exit codes: 0 ok, 1 failure, 2 usage, 78 bad configuration, 130 interrupted (what was finished is shown).

Examples:
  $ evenkeel simulate --config evenkeel.yaml --load 500/s --service-time 'lognormal(20ms,1.5)'
  $ evenkeel simulate --config evenkeel.yaml --load 500/s --service-time 'exp(20ms)' --slots 4 \\
      --strategies round-robin,peak-ewma --html report.html
  $ evenkeel simulate --list
  $ evenkeel simulate --scenario e-magnet --requests 50000
  $ evenkeel simulate --scenario d-linkerd --json | jq '.cells[].strategies[] | {strategy, withinDeadline}'
`;

/** `evenkeel simulate`: which strategy does what for a pool, or in one of the built-in scenarios. */
export function createSimulateCommand(): Command {
  const command = new Command("simulate").description(
    "try strategies on a pool under a virtual clock, before choosing one",
  );
  command
    .option("-c, --config <file>", "the pool: a configuration file, YAML or JSON")
    .option("--pool <name>", "one pool of the configuration (default: all)")
    .option("--load <rate>", "requests that arrive, as in 500/s", parseLoadOption)
    .option("--service-time <distribution>", "time that one request takes", parseServiceTimeOption)
    .option(
      "--slots <n>",
      "requests that a backend serves at a time: 4 or id=4,id=2",
      parseSlotsOption,
    )
    .option(
      "--queue <n>",
      "requests that may wait at a backend (default: any number)",
      parseCountOption,
    )
    .option("--balancers <n>", "balancers side by side that share nothing", parseCountOption, 1)
    .option(
      "--keys <n>",
      "different keys for strategies that hash, by Zipf's law",
      parseCountOption,
      1_000,
    )
    .option("--scenario <name>", "a built-in scenario instead of a configuration; see --list")
    .option("--list", "list the scenarios")
    .option("--strategies <names>", "only these, by commas (default: all that make sense)")
    .option(
      "--requests <n>",
      "requests of each run (default: 100,000, or the scenario's)",
      parseCountOption,
    )
    .option(
      "--seeds <n>",
      "runs of each strategy with other chance; figures are medians",
      parseCountOption,
      3,
    )
    .option("--json [file]", "print the result as JSON, or write it to a file beside the table")
    .option("--html <file>", "write a page with charts")
    .option("--no-progress", "no progress line (there is none without a terminal anyway)")
    .addHelpText("after", details)
    .action((flags: SimulateFlags) => runCommand(command, flags));
  return command;
}

async function runCommand(command: Command, flags: SimulateFlags): Promise<void> {
  if (flags.list) {
    process.stdout.write(scenarioList());
    return;
  }
  const plan = planOf(command, flags);
  if (plan === null) return;
  const report = await runInterruptibly(plan, flags);
  await write(report, flags);
  if (report.isPartial) process.exitCode = interrupted;
}

function scenarioList(): string {
  const width = Math.max(...scenarios.map(({ name }) => name.length));
  return scenarios.map(({ name, title }) => `${name.padEnd(width)}  ${title}\n`).join("");
}

function planOf(command: Command, flags: SimulateFlags): Plan | null {
  try {
    if (flags.scenario !== undefined) return planFromScenario(flags.scenario, flags);
    const config = configOf(command, flags);
    return config === null ? null : planFromConfig(config, flags);
  } catch (error) {
    if (!(error instanceof SimulateUsageError)) throw error;
    return command.error(`error: ${error.message}`, { exitCode: usage });
  }
}

function configOf(command: Command, { config: path }: SimulateFlags): ResolvedConfig | null {
  if (path === undefined) {
    return command.error("error: give --config FILE or --scenario NAME", { exitCode: usage });
  }
  const read = readConfigFile(path);
  const result = read.ok
    ? loadConfig({ file: read.file, env: process.env, overrides: [] })
    : { ok: false as const, problems: [read.problem], warnings: [] };
  const say = (kind: string) => (problem: ConfigProblem) => {
    process.stderr.write(`${kind}: ${formatProblem(problem)}\n`);
  };
  result.warnings.forEach(say("warning"));
  if (result.ok) return result.config;
  result.problems.forEach(say("error"));
  process.exitCode = badConfiguration;
  return null;
}

/** Ctrl-C ends the run and keeps what is finished; a second one ends the process. */
async function runInterruptibly(plan: Plan, flags: SimulateFlags): Promise<SimulationReport> {
  const progressLine = createProgressLine(process.stderr, flags.progress);
  const interruption = new AbortController();
  const interrupt = (): void => interruption.abort();
  process.once("SIGINT", interrupt);
  try {
    const onProgress = progressLine.show.bind(progressLine);
    return await runReport(plan, { signal: interruption.signal, onProgress });
  } finally {
    process.off("SIGINT", interrupt);
    progressLine.clear();
  }
}

async function write(report: SimulationReport, { json, html }: SimulateFlags): Promise<void> {
  const document = (): string => `${JSON.stringify(simulationDocument(report), null, 2)}\n`;
  if (json === true || json === "-") process.stdout.write(document());
  else {
    process.stdout.write(`${renderTable(report)}\n`);
    if (json !== undefined) await writeFile(json, document());
  }
  if (html === undefined) return;
  await writeFile(html, renderPage(report));
  process.stderr.write(`written: ${html}\n`);
}
