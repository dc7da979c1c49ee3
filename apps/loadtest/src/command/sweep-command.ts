import { writeFile } from "node:fs/promises";
import { type Command, InvalidArgumentError, Option } from "commander";
import { resolveLoadPlan } from "../load/load-options.ts";
import { LoadtestError } from "../errors.ts";
import { createLiveView } from "../print/live-view.ts";
import { sweepCsv, sweepDocument, sweepReport } from "../sweep/document.ts";
import { renderSweep, sweepMethod, sweepVerdictLines } from "../sweep/report.ts";
import { requireSweep, runSweep, type SweepPlan, type SweepRun } from "../sweep/run-sweep.ts";
import { exitCodes } from "./exit-codes.ts";
import { explainFailure } from "./explain-failure.ts";
import { withInterruption } from "./interruption.ts";
import { addRequestOptions, type LoadFlags, loadOptionsOf } from "./load-options.ts";
import { addOutputOptions, type OutputFlags, requireOutputFolders } from "./output-options.ts";
import { type PrintableResult, printResult } from "./print-result.ts";
import { withMisplacedUrl } from "./misplaced-url.ts";
import { parseCountOption, parseDurationOption } from "./option-values.ts";
import { showLoad } from "./show-load.ts";

interface SweepFlags extends LoadFlags, OutputFlags {
  readonly rates?: readonly number[];
  readonly stepDuration: number;
  readonly settle: number;
  readonly stopAfter: number;
}

const details = `
Offers one rate after the other, each an open loop of its own, and shows what latency becomes of it.
Rates are a list (100/s,200/s,400/s), or first, last and step (100/s..1000/s/100).

How it is judged:
${sweepMethod.map((line) => `  ${line.replaceAll(/(.{1,92})(?:\s+|$)/g, "$1\n    ").trim()}`).join("\n")}

Exit codes:
  0    the curve was measured
  3    run invalid: the generator was the limit from the first step on
  1    unexpected failure    2 wrong usage    130 interrupted with Ctrl-C; finished steps are printed

Examples:
  $ evenkeel loadtest sweep http://127.0.0.1:8080/ --rates 100/s..1000/s/100
  $ evenkeel loadtest sweep http://127.0.0.1:8080/ --rates 50/s,100/s,200/s,400/s --step-duration 20s
  $ evenkeel loadtest sweep http://127.0.0.1:8080/ --rates 500/s..5000/s/500 --csv curve.csv --json curve.json
`;

/** Adds `sweep` to the `loadtest` command. */
export function addSweepCommand(loadtest: Command): void {
  const command = loadtest
    .command("sweep")
    .description("latency against offered load, step by step, and the knee of the curve")
    .usage("[options] <url>")
    .argument("[url]", "where to send the requests (default: the scenario's target)")
    .option("--rates <list>", "rates to offer; see below", parseRatesOption)
    .addOption(
      new Option("--step-duration <time>", "of each step")
        .argParser(parseDurationOption)
        .default(10_000, "10s"),
    )
    .addOption(
      new Option("--settle <time>", "before each step, counted nowhere")
        .argParser(parseDurationOption)
        .default(1000, "1s"),
    )
    .option("--arrivals <process>", "constant or poisson (default: constant)")
    .option(
      "--stop-after <n>",
      "end after so many steps in a row that were not sustained",
      parseCountOption,
      2,
    );
  addRequestOptions(command);
  addOutputOptions(command, "write a row for every step");
  command
    .addHelpText("after", details)
    .action((url: string | undefined, flags: SweepFlags) =>
      runCommand(command, withMisplacedUrl(url, flags)),
    );
}

async function runCommand(
  command: Command,
  { url, flags }: { readonly url: string | undefined; readonly flags: SweepFlags },
): Promise<void> {
  const liveView = createLiveView(process.stderr, flags.progress);
  try {
    await requireOutputFolders(flags);
    const plan = requireSweep(await planOf(url, flags));
    const [ratePerSecond = 1] = plan.rates;
    const stepLoad = {
      ...plan.load,
      ratePerSecond,
      durationMs: plan.stepMs,
      warmupMs: plan.settleMs,
    };
    const onProgress = showLoad(liveView, resolveLoadPlan(stepLoad));
    const run = await withInterruption((signal) => runSweep(plan, { signal, onProgress }));
    liveView.clear();
    await print(run, flags);
    process.exitCode = exitCodeOf(run);
  } catch (error) {
    liveView.clear();
    explainFailure(command, error);
  }
}

function exitCodeOf({ isPartial, verdict }: SweepRun): number {
  if (isPartial) return exitCodes.interrupted;
  return verdict.steps[0]?.state === "generator-limited" ? exitCodes.runInvalid : exitCodes.ok;
}

async function planOf(url: string | undefined, flags: SweepFlags): Promise<SweepPlan> {
  const { options } = await loadOptionsOf(url, flags);
  const { rates } = flags;
  if (rates === undefined) {
    throw new LoadtestError("BAD_OPTION", "which rates? give --rates, such as 100/s..1000/s/100");
  }
  return {
    rates,
    stepMs: flags.stepDuration,
    settleMs: flags.settle,
    stopAfterOverloads: flags.stopAfter === 0 ? Infinity : flags.stopAfter,
    load: {
      ...options,
      connections: undefined,
      stages: undefined,
      profile: undefined,
      requests: undefined,
    },
  };
}

/** `100/s,200/s`, or `100/s..1000/s/100`. */
export function parseRatesOption(text: string): readonly number[] {
  const range =
    /^(\d+(?:\.\d+)?)(?:\/s)?\.\.(\d+(?:\.\d+)?)(?:\/s)?\/(\d+(?:\.\d+)?)(?:\/s)?$/.exec(text);
  if (range !== null) return ratesBetween(Number(range[1]), Number(range[2]), Number(range[3]));
  const rates = text.split(",").map((part) => /^\s*(\d+(?:\.\d+)?)\/s\s*$/.exec(part)?.[1]);
  if (rates.every((rate) => rate !== undefined)) return rates.map(Number);
  throw new InvalidArgumentError("Needs rates, such as 100/s,200/s or 100/s..1000/s/100.");
}

function ratesBetween(first: number, last: number, step: number): readonly number[] {
  const count = Math.floor((last - first) / step + 1e-9) + 1;
  if (!(step > 0 && count >= 2 && count <= 1000)) {
    throw new InvalidArgumentError("From the first to the last there must be 2 to 1000 steps.");
  }
  return Array.from({ length: count }, (_, index) => first + index * step);
}

function print(run: SweepRun, flags: SweepFlags): Promise<void> {
  const result: PrintableResult = {
    document: sweepDocument(run),
    report: (context) => sweepReport(run, context),
    text: (paint) => renderSweep(run, paint),
    verdictLines: (paint) => sweepVerdictLines(run, paint),
    writeCsv: (file) => writeFile(file, sweepCsv(run)),
  };
  return printResult(result, flags);
}
