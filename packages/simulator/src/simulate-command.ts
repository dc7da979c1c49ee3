import { writeFile } from "node:fs/promises";
import type { StrategyName } from "@evenkeel/core";
import { Command } from "commander";
import {
  parseCountOption,
  parseLoadOption,
  parseServiceTimeOption,
  parseSlotsOption,
  parseStrategiesOption,
} from "./command/option-values.ts";
import { SimulateUsageError } from "./command/pool-cell.ts";
import { BadConfigurationError, poolPlan } from "./command/pool-plan.ts";
import { createProgressLine } from "./command/progress-line.ts";
import { type Plan, runReport } from "./command/run-report.ts";
import { scenarioList, scenarioPlan } from "./command/scenario-plan.ts";
import { distributionExamples } from "./command/parse-distribution.ts";
import type { Distribution } from "./engine/distribution.ts";
import { simulationDocument } from "./report/document.ts";
import { renderPage } from "./report/page.ts";
import type { SimulationReport } from "./report/report.ts";
import { renderTable } from "./report/table.ts";

interface SimulateFlags {
  readonly config?: string;
  readonly pool?: string;
  readonly load?: string;
  readonly serviceTime?: string;
  readonly slots?: number | ReadonlyMap<string, number>;
  readonly queue?: number;
  readonly balancers: number;
  readonly keys: number;
  readonly strategies?: readonly StrategyName[];
  readonly requests?: number;
  readonly seeds: number;
  readonly seed: number;
  readonly scenario?: string;
  readonly cell?: string;
  readonly list?: true;
  /** `true`: to stdout; a text: to that file. */
  readonly json?: true | string;
  readonly html?: string;
  readonly progress: boolean;
}

const exitCodes = { ok: 0, failure: 1, usage: 2, badConfiguration: 78, interrupted: 130 } as const;

/** A million and a half with the usual strategies and seeds: some ten seconds. */
const defaultRequests = 100_000;

const details = `
Service times are ${distributionExamples},
or 20ms alone. The first value is the mean of exp, the centre of normal (cut off at 0) and the median of
lognormal. Requests come at random (Poisson) and do not wait for each other.

The strategies are the very classes that the proxy runs. They meet the same requests with the same work
at the same times. What the servers do is a model: slots, and a queue in order of arrival.

The table has medians over the seeds. imbalance is the largest share in relation to what the weights
promise; 1.00 is perfect. The same command prints the same bytes.

Exit codes: 0 ok, 1 failure, 2 usage, 78 bad configuration, 130 interrupted.

Examples:
  $ evenkeel simulate --config evenkeel.yaml --load 500/s --service-time 'lognormal(20ms,1.5)'
  $ evenkeel simulate --config evenkeel.yaml --load 500/s --service-time 'exp(20ms)' --slots 4 \\
      --strategies round-robin,power-of-two,peak-ewma --requests 200000 --seeds 10
  $ evenkeel simulate --list
  $ evenkeel simulate --scenario d-linkerd --html linkerd.html
  $ evenkeel simulate --scenario a-homogeneous --cell 'exp 0.8' --json | jq '.cells[0].strategies'`;

/** `evenkeel simulate`: which strategy gives what, under a virtual clock. */
export function createSimulateCommand(): Command {
  const command = new Command("simulate").description(
    "try every strategy on your pool, or on a known scenario, under a virtual clock",
  );
  addPoolOptions(command);
  addRunOptions(command);
  return command
    .addHelpText("after", details)
    .action((flags: SimulateFlags) => runCommand(command, flags));
}

function addPoolOptions(command: Command): void {
  command
    .option("-c, --config <file>", "configuration file whose pool is simulated")
    .option("--pool <name>", "which pool, when there are several")
    .option("--load <rate>", "requests per second, as in 500/s", checked(parseLoadOption))
    .option("--service-time <time>", "how long a request takes", checked(parseServiceTimeOption))
    .option("--slots <n>", "requests a backend serves at a time, or id=N,id=N", parseSlotsOption)
    .option(
      "--queue <n>",
      "requests that may wait at a backend (default: any number)",
      parseCountOption,
    )
    .option("--balancers <n>", "instances that do not see each other's load", parseCountOption, 1)
    .option("--keys <n>", "different keys, for strategies that hash", parseCountOption, 1000);
}

function addRunOptions(command: Command): void {
  command
    .option("--scenario <name>", "a scenario instead of a pool; --list shows them")
    .option("--cell <text>", "only the parts of the scenario that have this in their name")
    .option("--list", "list the scenarios")
    .option("--strategies <names>", "which strategies, separated by commas", parseStrategiesOption)
    .option(
      "--requests <n>",
      `requests per strategy and seed (default: ${defaultRequests}, or the scenario's)`,
      parseCountOption,
    )
    .option("--seeds <n>", "runs with different seeds", parseCountOption, 3)
    .option("--seed <n>", "the first of them", parseCountOption, 1)
    .option("--json [file]", "print the result as JSON, or write it to a file beside the table")
    .option("--html <file>", "write a page with charts that needs nothing else")
    .option("--no-progress", "no progress line (there is none without a terminal anyway)");
}

/** Refuses what cannot be read and keeps the text, which titles repeat as it was typed. */
function checked(parse: (text: string) => unknown): (text: string) => string {
  return (text) => {
    parse(text);
    return text;
  };
}

async function runCommand(command: Command, flags: SimulateFlags): Promise<void> {
  if (flags.list === true) {
    process.stdout.write(scenarioList());
    return;
  }
  try {
    const report = await runInterruptibly(planOf(flags), flags.progress);
    await print(report, flags);
    process.exitCode = report.isPartial ? exitCodes.interrupted : exitCodes.ok;
  } catch (error) {
    explain(command, error);
  }
}

function planOf(flags: SimulateFlags): Plan {
  const seeds = Array.from({ length: flags.seeds }, (_, index) => flags.seed + index);
  const { scenario, config, cell, strategies, requests } = flags;
  if (scenario !== undefined) {
    refuseTogether("--scenario", flags, [
      "config",
      "pool",
      "load",
      "serviceTime",
      "slots",
      "queue",
    ]);
    return scenarioPlan({ scenario, cell, strategies, requests, seeds });
  }
  refuseTogether("--config", flags, ["cell"]);
  if (config === undefined) {
    throw new SimulateUsageError(
      "give --config FILE or --scenario NAME; --list shows the scenarios",
    );
  }
  return poolPlanOf(flags, config, seeds);
}

function poolPlanOf(flags: SimulateFlags, config: string, seeds: readonly number[]): Plan {
  const { load, serviceTime, slots, queue, balancers, keys, strategies, pool } = flags;
  if (load === undefined) throw new SimulateUsageError("give --load, such as 500/s");
  if (serviceTime === undefined) {
    throw new SimulateUsageError("give --service-time, such as 'exp(20ms)'");
  }
  const service: Distribution = parseServiceTimeOption(serviceTime);
  const traffic = {
    perSecond: parseLoadOption(load),
    service,
    slots,
    queue: queue ?? Infinity,
    requests: flags.requests ?? defaultRequests,
    balancers,
    keys,
    strategies,
  };
  return poolPlan({ config, pool, traffic, seeds, load, serviceTime });
}

/** What belongs to the other kind of run would be ignored. */
function refuseTogether(
  mode: string,
  flags: SimulateFlags,
  names: readonly (keyof SimulateFlags)[],
): void {
  const given = names.find((name) => flags[name] !== undefined);
  if (given === undefined) return;
  const flag = given.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  throw new SimulateUsageError(`--${flag} has no meaning with ${mode}`);
}

/** Ctrl-C ends the run and keeps what is finished; a second one ends the process. */
async function runInterruptibly(plan: Plan, isProgressWanted: boolean): Promise<SimulationReport> {
  const line = createProgressLine(process.stderr, isProgressWanted);
  const interruption = new AbortController();
  const interrupt = (): void => interruption.abort();
  process.once("SIGINT", interrupt);
  try {
    const { signal } = interruption;
    return await runReport(plan, { signal, onProgress: (progress) => line.show(progress) });
  } finally {
    process.off("SIGINT", interrupt);
    line.clear();
  }
}

async function print(report: SimulationReport, { json, html }: SimulateFlags): Promise<void> {
  const document = (): string => `${JSON.stringify(simulationDocument(report), null, 2)}\n`;
  if (json === true || json === "-") process.stdout.write(document());
  else process.stdout.write(`${renderTable(report)}\n`);
  if (typeof json === "string" && json !== "-") await writeFile(json, document());
  if (html !== undefined) await writeFile(html, renderPage(report));
}

function explain(command: Command, error: unknown): void {
  if (error instanceof SimulateUsageError) {
    command.error(`error: ${error.message}`, { exitCode: exitCodes.usage });
  }
  const isBadConfiguration = error instanceof BadConfigurationError;
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(isBadConfiguration ? `${message}\n` : `evenkeel simulate: ${message}\n`);
  process.exitCode = isBadConfiguration ? exitCodes.badConfiguration : exitCodes.failure;
}
