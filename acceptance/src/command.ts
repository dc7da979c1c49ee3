import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import { exitCodeOf } from "./exit-codes.ts";
import { chooseCases, wholeNumber } from "./options.ts";
import { ProgressLine } from "./progress-line.ts";
import { acceptanceCases } from "./registry.ts";
import { acceptanceDocument } from "./report/document.ts";
import { htmlPage } from "./report/html.ts";
import { junitXml } from "./report/junit.ts";
import { caseLines, summaryLines } from "./report/text.ts";
import type { SuiteResult } from "./run/case-result.ts";
import { runSuite } from "./run/run-suite.ts";

const ownBinary = fileURLToPath(new URL("../../apps/cli/bin/evenkeel.js", import.meta.url));
const quietWaitMs = 10_000;

const help = `
Every promise of the contract, checked on the real programs: balancer, backends and load tester are
started as processes of their own, on free ports of the loopback interface, and ended again. Cases that
measure times run alone, the others three at a time. A run that was invalid, because the machine was too
busy, is tried once more, with a note.

Exit codes:
  0    every promise was kept
  99   at least one was broken, or could not be checked
  3    none was broken, and at least one could not be told: the machine was too busy, twice
  1    the suite itself failed    2 wrong usage    130 interrupted; reports are written, marked partial

Examples:
  $ pnpm acceptance
  $ pnpm acceptance --list
  $ pnpm acceptance --only failover --only 'answers/*timeout*'
  $ pnpm acceptance --only failover/kill --repeat 20
  $ pnpm acceptance --junit reports/acceptance.xml --html reports/acceptance.html --json reports/acceptance.json
`;

interface Flags {
  readonly only: readonly string[];
  readonly list?: true;
  readonly json?: string | true;
  readonly junit?: string;
  readonly html?: string;
  readonly repeat: number;
  readonly jobs: number;
  readonly pending?: true;
  readonly binary: string;
  readonly progress: boolean;
}

/** The command that `pnpm acceptance` runs. */
export function createAcceptanceCommand(): Command {
  return new Command("evenkeel-acceptance")
    .description("check every promise of Evenkeel's contract on the real programs")
    .option("--only <id>", "a case, a group, or a pattern with *; repeatable", collect, [])
    .option("--list", "show the cases and run none")
    .option("--json [file]", "print the result as JSON, or write it to a file beside the lines")
    .option("--junit <file>", "write JUnit XML")
    .option("--html <file>", "write one page with everything")
    .option("--repeat <n>", "run each case so often", wholeNumber("--repeat", 1000), 1)
    .option("--jobs <n>", "cases at a time, of those that may", wholeNumber("--jobs", 64), 3)
    .option("--pending", "also run what is registered as not built yet")
    .option("--binary <file>", "the evenkeel.js to test", ownBinary)
    .option("--no-progress", "no progress line (there is none without a terminal anyway)")
    .addHelpText("after", help)
    .action(runCommand);
}

async function runCommand(flags: Flags): Promise<void> {
  const cases = chooseCases(acceptanceCases, flags.only);
  if (flags.list === true) {
    for (const { id, sentence, limitMs, pending } of cases) {
      const state = pending === undefined ? "" : `  [pending: ${pending}]`;
      process.stdout.write(
        `${id.padEnd(38)} ${String(limitMs / 1000).padStart(4)} s  ${sentence}${state}\n`,
      );
    }
    return;
  }
  const interruption = new AbortController();
  const interrupt = (): void => interruption.abort();
  process.once("SIGINT", interrupt);
  process.once("SIGTERM", interrupt);
  const idWidth = Math.max(...cases.map(({ id }) => id.length)) + (flags.repeat > 1 ? 5 : 0);
  const progress = new ProgressLine(process.stderr, flags.progress);
  const say = (line: string): void => {
    progress.clear();
    if (flags.json !== true) process.stdout.write(`${line}\n`);
  };
  const result = await runSuite(
    {
      cases,
      binary: flags.binary,
      repeat: flags.repeat,
      jobs: flags.jobs,
      runsPending: flags.pending === true,
      quietWaitMs,
      signal: interruption.signal,
    },
    {
      started: ({ id }, done, total) => progress.begin(id, done, total),
      finished: (one) => {
        progress.end(one.case.id);
        caseLines(one, idWidth).forEach(say);
        progress.draw();
      },
    },
  );
  progress.clear();
  say("");
  summaryLines(result).forEach(say);
  await writeReports(flags, result);
  process.exitCode = exitCodeOf(result);
}

async function writeReports({ json, junit, html }: Flags, result: SuiteResult): Promise<void> {
  const document = `${JSON.stringify(acceptanceDocument(result), null, 2)}\n`;
  if (json === true) process.stdout.write(document);
  else if (json !== undefined) await write(json, document);
  if (junit !== undefined) await write(junit, junitXml(result));
  if (html !== undefined) await write(html, htmlPage(result));
}

async function write(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, ...value.split(",")];
}
