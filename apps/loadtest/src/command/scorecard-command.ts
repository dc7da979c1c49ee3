import { readFileSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import type { Command } from "commander";
import { LoadtestError } from "../errors.ts";
import { createPaint } from "../print/paint.ts";
import { reportContext } from "../report/report-context.ts";
import { writeReport } from "../report/write-report.ts";
import type { Balancer } from "../scorecard/balancers/balancer.ts";
import { commandBalancer } from "../scorecard/balancers/command-balancer.ts";
import { balancerNamed, knownBalancers } from "../scorecard/balancers/registry.ts";
import type { Check } from "../scorecard/checks/check.ts";
import { checks, checksNamed } from "../scorecard/checks/registry.ts";
import { readScorecard, scorecardDocument } from "../scorecard/document.ts";
import { scorecardPage } from "../scorecard/page.ts";
import { createScorecardProgress } from "../scorecard/progress.ts";
import { renderScorecard } from "../scorecard/report.ts";
import { scorecardReport } from "../scorecard/to-report.ts";
import { runScorecard, type TargetToScore } from "../scorecard/run-scorecard.ts";
import { Fleet } from "../scorecard/scene/fleet.ts";
import type { Scorecard } from "../scorecard/scorecard.ts";
import { publishedConfiguration, remoteTarget, spawnedTarget } from "../scorecard/targets.ts";
import { exitCodes } from "./exit-codes.ts";
import { explainFailure } from "./explain-failure.ts";
import { withInterruption } from "./interruption.ts";
import { collectOption } from "./option-values.ts";
import { requireOutputFolders } from "./output-options.ts";

interface ScorecardFlags {
  readonly target?: readonly string[];
  readonly command?: readonly string[];
  readonly backends?: string;
  readonly only?: readonly string[];
  /** A saved result, shown again instead of a run. */
  readonly from?: string;
  readonly showConfig?: boolean;
  readonly strict?: boolean;
  /** `true`: to stdout; a text: to that file. */
  readonly json?: true | string;
  readonly writeDocs?: true | string;
  readonly html?: string;
  readonly progress: boolean;
}

const backendCount = 3;
const defaultPage = "docs/scorecard.md";

const details = `
Starts each named balancer, as installed on this machine, in front of three test-backends and asks the
same questions of all: shares, failover, sticky sessions, protocol, overload. Rows are checks, columns are
balancers. Each has one configuration, which --show-config prints: what its documentation shows for this,
with the same timeouts for all. All take turns on this machine; a full column takes a minute or two.

Checks, by group; --only takes names of both:
${checkLines()}

A URL is a balancer that runs already: what can be seen from outside is judged. When its backends are
test-backends (evenkeel backend --control-port N), --backends with their control URLs adds failover (they
refuse instead of dying, and read nothing instead of hanging), and their /echo shows what reached them. --command is for any other balancer that takes its port and backends
on its command line: {port} and {backends} (URL[;weight=N],...) are filled in, {sticky} and {limit} too.

Exit codes:
  0    the table is complete, whatever is in it (with --strict: and nothing in it is ✗)
  99   with --strict: a check was not kept
  1    unexpected failure, such as a balancer that is not installed
  2    wrong usage    130 interrupted with Ctrl-C: the table so far is printed

Examples:
  $ evenkeel loadtest scorecard
  $ evenkeel loadtest scorecard --target nginx --target haproxy --only protocol
  $ evenkeel loadtest scorecard --target evenkeel --json scorecard.json
  $ evenkeel loadtest scorecard --target haproxy --show-config
  $ evenkeel loadtest scorecard --target http://127.0.0.1:8080/ \\
      --backends http://127.0.0.1:9001,http://127.0.0.1:9002
  $ evenkeel loadtest scorecard --command 'mine=./balancer --port {port} --to {backends}' --strict
  $ evenkeel loadtest scorecard --write-docs
  $ evenkeel loadtest scorecard --from scorecard.json --html scorecard.html
`;

/** Adds `scorecard` to the `loadtest` command. */
export function addScorecardCommand(loadtest: Command): void {
  const command = loadtest
    .command("scorecard")
    .description("put any balancers beside each other: one table of what each keeps and loses")
    .option(
      "--target <name>",
      "nginx, haproxy, caddy, evenkeel or a URL, repeatable (default: all that are installed)",
      collectOption,
    )
    .option(
      "--command <line>",
      "another balancer, 'NAME=PROGRAM ... {port} ... {backends}', repeatable",
      collectOption,
    )
    .option("--backends <urls>", "with a URL as target: control URLs of its test-backends")
    .option("--only <name>", "these checks, by name or group, repeatable", collectOption)
    .option("--from <file>", "show what --json wrote to a file, and run nothing")
    .option("--show-config", "print each target's configuration and run nothing")
    .option("--strict", "exit with 99 when a check is not kept")
    .option("--json [file]", "print the result as JSON, or write it to a file beside the table")
    .option("--html <file>", "write a report page that needs nothing but itself")
    .option("--write-docs [file]", `also write the page (default: ${defaultPage})`)
    .option("--no-progress", "say nothing before the table")
    .addHelpText("after", details)
    .action((flags: ScorecardFlags) => runCommand(command, flags));
}

async function runCommand(command: Command, flags: ScorecardFlags): Promise<void> {
  try {
    await requireOutputFolders(flags);
    const chosen = checksNamed((flags.only ?? []).flatMap((names) => names.split(",")));
    if (flags.from !== undefined) return await showAgain(flags.from, flags);
    const { balancers, urls } = targetsOf(flags);
    if (flags.showConfig === true) return showConfigurations(balancers);
    const scorecard = await withInterruption((signal) =>
      score({ balancers, urls, backends: controlUrls(flags, urls) }, chosen, flags, signal),
    );
    await print(scorecard, balancers, flags);
    process.exitCode = exitCodeOf(scorecard, flags);
    // The check that was left goes on, and would keep the process for as long as it takes.
    if (scorecard.isPartial) process.stdout.write("", () => process.exit());
  } catch (error) {
    explainFailure(command, error);
  }
}

async function showAgain(file: string, flags: ScorecardFlags): Promise<void> {
  const scorecard = readScorecard(await readFile(file, "utf8"), file);
  const names = new Set(scorecard.targets.map(({ name }) => name));
  const balancers = knownBalancers(ownVersion()).filter(({ name }) => names.has(name));
  await print(scorecard, balancers, flags);
  process.exitCode = exitCodeOf(scorecard, flags);
}

interface Targets {
  readonly balancers: readonly Balancer[];
  readonly urls: readonly string[];
  /** Control URLs of what is behind the one URL. */
  readonly backends: readonly string[];
}

/** Named ones must be there; without names it is whatever is installed. */
function targetsOf({ target = [], command = [] }: ScorecardFlags): Omit<Targets, "backends"> {
  const version = ownVersion();
  const urls = target.filter((name) => name.includes("://"));
  for (const url of urls) {
    if (/^https?:/.test(url) && URL.canParse(url)) continue;
    throw bad(`--target ${JSON.stringify(url)} is not an http or https URL`);
  }
  const named = target.filter((name) => !name.includes("://"));
  const balancers = [
    ...named.map((name) => balancerNamed(name, version)),
    ...command.map(commandBalancer),
  ];
  const names = [...balancers.map(({ name }) => name), ...urls.map((url) => new URL(url).host)];
  const twice = names.find((name, index) => names.indexOf(name) < index);
  if (twice !== undefined) throw bad(`${twice} is named twice`);
  if (names.length > 0) return { balancers, urls };
  return { balancers: installedBalancers(version), urls };
}

function installedBalancers(version: string): readonly Balancer[] {
  return knownBalancers(version).filter((balancer) => {
    const available = balancer.locate();
    if (available.kind === "missing") process.stderr.write(`skipped: ${available.reason}\n`);
    return available.kind === "ready";
  });
}

function controlUrls({ backends }: ScorecardFlags, urls: readonly string[]): readonly string[] {
  if (backends === undefined) return [];
  if (urls.length !== 1) throw bad("--backends needs exactly one --target that is a URL");
  const all = backends.split(",");
  for (const url of all) {
    if (!URL.canParse(url)) throw bad(`--backends: ${JSON.stringify(url)} is not a URL`);
  }
  return all;
}

async function score(
  { balancers, urls, backends }: Targets,
  chosen: readonly Check[],
  { progress }: ScorecardFlags,
  signal: AbortSignal,
): Promise<Scorecard> {
  let started: Promise<Fleet> | undefined;
  const fleet = (): Promise<Fleet> => (started ??= Fleet.start(backendCount));
  const targets: TargetToScore[] = [
    ...balancers.map((balancer) => spawnedTarget(balancer, fleet)),
    ...urls.map((url) => remoteTarget(url, backends)),
  ];
  const line = createScorecardProgress(process.stderr, progress);
  try {
    return await runScorecard(targets, chosen, {
      signal,
      onProgress: (news) => line.show(news),
    });
  } finally {
    line.clear();
    await (await started)?.dispose();
  }
}

function showConfigurations(balancers: readonly Balancer[]): void {
  for (const balancer of balancers) {
    const { target, file, text } = publishedConfiguration(balancer);
    process.stdout.write(`# ${target}: ${file}\n${text}\n`);
  }
}

async function print(
  scorecard: Scorecard,
  balancers: readonly Balancer[],
  flags: ScorecardFlags,
): Promise<void> {
  const { json, html, writeDocs } = flags;
  const report =
    json === undefined && html === undefined
      ? undefined
      : scorecardReport(scorecard, flags.strict === true, await reportContext());
  const document = `${JSON.stringify({ ...scorecardDocument(scorecard), report }, null, 2)}\n`;
  if (json === true || json === "-") process.stdout.write(document);
  else {
    process.stdout.write(`${renderScorecard(scorecard, createPaint(process.stdout))}\n`);
    if (json !== undefined) await writeFile(json, document);
  }
  if (report !== undefined) await writeReport(report, { html });
  if (writeDocs === undefined || scorecard.isPartial) return;
  const file = writeDocs === true ? defaultPage : writeDocs;
  const page = scorecardPage(scorecard, balancers.map(publishedConfiguration), commandLine(flags));
  await writeFile(file, page);
  process.stderr.write(`wrote ${file}\n`);
}

/** How to make the page again. */
function commandLine({ target = [], command = [], only = [] }: ScorecardFlags): string {
  return [
    "evenkeel loadtest scorecard",
    ...target.map((name) => `--target ${name}`),
    ...command.map((line) => `--command '${line}'`),
    ...only.map((name) => `--only ${name}`),
    "--write-docs",
  ].join(" ");
}

function exitCodeOf({ rows, isPartial }: Scorecard, { strict }: ScorecardFlags): number {
  if (isPartial) return exitCodes.interrupted;
  const verdicts = rows.flatMap(({ findings }) => findings.map(({ verdict }) => verdict));
  if (verdicts.includes("error")) return exitCodes.failure;
  return strict === true && verdicts.includes("fail") ? exitCodes.thresholdNotMet : exitCodes.ok;
}

function checkLines(): string {
  const groups = [...new Set(checks.map(({ group }) => group))];
  return groups
    .flatMap((group) => [
      `  ${group}`,
      ...checks
        .filter((check) => check.group === group)
        .map(({ name, rule }) => `    ${name.padEnd(21)} ${rule}`),
    ])
    .join("\n");
}

function ownVersion(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}

function bad(message: string): LoadtestError {
  return new LoadtestError("BAD_OPTION", message);
}
