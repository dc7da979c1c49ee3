import type { Command } from "commander";
import { type ComparedSide, compareSides, type Comparison } from "../compare/comparison.ts";
import { comparisonDocument, comparisonReport } from "../compare/document.ts";
import { readRun } from "../compare/read-run.ts";
import { compareMethod, comparisonVerdictLines, renderComparison } from "../compare/report.ts";
import { type InterleavedSide, runInterleaved } from "../compare/run-interleaved.ts";
import { planTurns } from "../compare/turn-plan.ts";
import { LoadtestError } from "../errors.ts";
import { resolveRun, type RunOptions } from "../load/run-options.ts";
import { createLiveView } from "../print/live-view.ts";
import { exitCodes, openLoopExitCode } from "./exit-codes.ts";
import { explainFailure } from "./explain-failure.ts";
import { withInterruption } from "./interruption.ts";
import {
  addLoadOptions,
  addRequestOptions,
  type LoadFlags,
  loadOptionsOf,
} from "./load-options.ts";
import { parseCountOption, parsePercentOption } from "./option-values.ts";
import { addOutputOptions, type OutputFlags, requireOutputFolders } from "./output-options.ts";
import { type PrintableResult, printResult } from "./print-result.ts";
import { showLoad } from "./show-load.ts";
import { parseSideFlags } from "./side-flags.ts";

interface CompareFlags extends LoadFlags, OutputFlags {
  readonly a?: string;
  readonly b?: string;
  readonly beforeA?: string;
  readonly beforeB?: string;
  readonly runs: number;
  readonly regression?: number;
  readonly allowSaturation?: true;
}

const details = `
With two files it compares what run --json wrote. With --a and --b it sends the load itself, in turns of
about a second, A B, B A, A B, so that whatever drifts meanwhile meets both sides alike. --a and --b are
flags of run, and may have a URL of their own; --before-a and --before-b are commands that switch a setting:
then, and with --requests, --stage or --profile, a turn is a whole run. More turns show smaller differences;
where none is shown, it says how large one would have to be.

How it is judged:
${compareMethod()
  .map((line) => `  ${line.replaceAll(/(.{1,92})(?:\s+|$)/g, "$1\n    ").trim()}`)
  .join("\n")}

Exit codes:
  0    compared; with --regression: nothing is worse by more than that
  99   something is
  3    invalid: the load generator was the limit in many turns
  1    unexpected failure    2 wrong usage    130 interrupted with Ctrl-C; finished turns are compared

Examples:
  $ evenkeel loadtest compare before.json after.json --regression 5%
  $ evenkeel loadtest compare http://127.0.0.1:8080/ --rate 200/s --duration 10s --runs 12 \\
      --a '--keep-alive on' --b '--keep-alive off'
  $ evenkeel loadtest compare --rate 200/s --a http://127.0.0.1:8080/ --b http://127.0.0.1:8081/
  $ evenkeel loadtest compare http://127.0.0.1:8080/ --rate 200/s --a '' --b '' \\
      --before-a './strategy.sh round-robin' --before-b './strategy.sh least-connections'
`;

/** Adds `compare` to the `loadtest` command. */
export function addCompareCommand(loadtest: Command): void {
  const command = loadtest
    .command("compare")
    .description(
      "two runs, or with and without a setting: is there a difference, and how sure is that",
    )
    .usage("[options] <a.json> <b.json> | [url] --a <flags> --b <flags>")
    .argument("[files...]", "two files of run --json; or the URL for both sides");
  command
    .option("--a <flags>", "run's flags for side A, in quotes")
    .option("--b <flags>", "run's flags for side B, in quotes")
    .option("--before-a <command>", "shell command before each run of A")
    .option("--before-b <command>", "shell command before each run of B")
    .option("--runs <n>", "runs of --duration of each side", parseCountOption, 10)
    .option("--regression <percent>", "fail when B is worse by more than this", parsePercentOption)
    .option("--allow-saturation", "a generator at its limit is a warning, not an invalid run");
  addLoadOptions(command);
  addRequestOptions(command);
  addOutputOptions(command, "not for comparisons");
  command
    .addHelpText("after", details)
    .action((files: readonly string[], flags: CompareFlags) => runCommand(command, files, flags));
}

async function runCommand(
  command: Command,
  files: readonly string[],
  flags: CompareFlags,
): Promise<void> {
  try {
    await requireOutputFolders(flags);
    if (flags.csv !== undefined || flags.hgrm !== undefined) {
      throw bad("a comparison has no rows and no histogram of its own; leave --csv and --hgrm out");
    }
    const isLive = flags.a !== undefined || flags.b !== undefined;
    const comparison = isLive ? await compareLive(files, flags) : await compareFiles(files, flags);
    await print(comparison, flags);
    process.exitCode = exitCodeOf(comparison);
  } catch (error) {
    explainFailure(command, error);
  }
}

function exitCodeOf({ isPartial: partial, invalid, regressions }: Comparison): number {
  if (invalid.length > 0 && !partial) return exitCodes.runInvalid;
  return openLoopExitCode({ partial, invalid: false, pass: regressions.length === 0 });
}

async function compareFiles(files: readonly string[], flags: CompareFlags): Promise<Comparison> {
  const [a, b] = files;
  if (a === undefined || b === undefined || files.length > 2) {
    throw bad("give two files of run --json, or --a and --b with the flags of each side");
  }
  const [left, right] = await Promise.all([readRun(a), readRun(b)]);
  return compare(
    [
      { name: a, runs: [left] },
      { name: b, runs: [right] },
    ],
    flags,
    { takesTurns: false, isPartial: false },
  );
}

async function compareLive(files: readonly string[], flags: CompareFlags): Promise<Comparison> {
  const { a, b } = flags;
  if (a === undefined || b === undefined) throw bad("--a and --b go together");
  if (files.length > 1) throw bad("with --a and --b there is one URL, for both sides");
  if (flags.runs < 1) throw bad("--runs must be at least 1");
  const options = {
    a: await sideOptions("a", a, files[0], flags),
    b: await sideOptions("b", b, files[0], flags),
  };
  const isWhole = flags.beforeA !== undefined || flags.beforeB !== undefined;
  const { turns, optionsOf } = planTurns([options.a, options.b], { runs: flags.runs, isWhole });
  const sideOf = (side: RunOptions, before: string | undefined): InterleavedSide => ({
    plan: (turn) => resolveRun(optionsOf(side, turn)),
    before,
  });
  const sides = [sideOf(options.a, flags.beforeA), sideOf(options.b, flags.beforeB)] as const;
  const liveView = createLiveView(process.stderr, flags.progress);
  const { documents, isPartial } = await withInterruption(async (signal) => {
    const onProgress = showLoad(liveView, sides[0].plan(0).load);
    const hooks = { signal, onProgress };
    const found = await runInterleaved(...sides, { turns, hooks });
    return { documents: found, isPartial: signal.aborted };
  });
  liveView.clear();
  // One at least was asked for: only an interruption leaves none.
  if (documents.a.length === 0) {
    throw new LoadtestError(
      "INTERRUPTED",
      "interrupted before a run of A and one of B were finished",
    );
  }
  const names = { a: nameOf(a, flags.beforeA), b: nameOf(b, flags.beforeB) };
  const compared: [ComparedSide, ComparedSide] = [
    { name: names.a, runs: documents.a },
    { name: names.b, runs: documents.b },
  ];
  return compare(compared, flags, { takesTurns: true, isPartial });
}

function compare(
  [a, b]: readonly [ComparedSide, ComparedSide],
  { regression, seed = 1 }: CompareFlags,
  how: { readonly takesTurns: boolean; readonly isPartial: boolean },
): Comparison {
  return compareSides(a, b, { regression, seed, ...how });
}

function nameOf(flags: string, before: string | undefined): string {
  const parts = [flags.trim(), before ?? ""].filter((part) => part !== "");
  return parts.length === 0 ? "as given" : parts.join("; ");
}

async function sideOptions(
  side: "a" | "b",
  text: string,
  url: string | undefined,
  flags: CompareFlags,
): Promise<RunOptions> {
  const own = parseSideFlags(side, text);
  const { options } = await loadOptionsOf(own.url ?? url, { ...flags, ...own.flags });
  const run: RunOptions = { ...options, thresholds: [], allowSaturation: flags.allowSaturation };
  resolveRun(run); // what is wrong is said now, and not after the other side's first run
  return run;
}

function print(comparison: Comparison, flags: CompareFlags): Promise<void> {
  const result: PrintableResult = {
    document: comparisonDocument(comparison),
    report: (context) => comparisonReport(comparison, context),
    text: (paint) => renderComparison(comparison, paint),
    verdictLines: (paint) => comparisonVerdictLines(comparison, paint),
  };
  return printResult(result, flags);
}

function bad(message: string): LoadtestError {
  return new LoadtestError("BAD_OPTION", message);
}
