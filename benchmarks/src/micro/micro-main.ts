import { readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import * as http1 from "@evenkeel/http1";
import { describeEnvironment, readEnvironment } from "../environment.ts";
import { pinSelf, readCorePlan } from "../proc/cores.ts";
import { findProgram } from "../proc/programs.ts";
import { renderText } from "../report/table.ts";
import { codecSubjects, type NamedCodec } from "./codec-subjects.ts";
import { compareRuns, compareTable } from "./compare.ts";
import type { Codec } from "./evenkeel-codec.ts";
import { writeMicroDocs } from "./micro-docs.ts";
import { MICRO_HELP, microCommand, parseMicroOptions, type MicroOptions } from "./micro-options.ts";
import { parseMicroReport, type MicroReport } from "./micro-report.ts";
import { microTables } from "./micro-tables.ts";
import { pickSubjects } from "./pick-subjects.ts";
import { measure } from "./stopwatch.ts";
import type { Subject } from "./subject.ts";

type Say = (line: string) => void;

/** `evenkeel-bench micro`; returns the exit code. */
export async function microMain(args: readonly string[], say: Say): Promise<number> {
  const options = parseMicroOptions(args);
  if (options === "help") {
    say(MICRO_HELP);
    return 0;
  }
  // Before the measuring: a wrong file name should not cost half a minute.
  const older = options.compare === undefined ? undefined : await readReport(options.compare);
  const environment = readEnvironment();
  const notes = pin();
  const subjects = await subjectsOf(options);
  say(`${subjects.length} subjects, results checked`);
  const results = measure(subjects, options.rounds, say);
  const { rounds } = options;
  const command = microCommand(options);
  const report: MicroReport = { kind: "micro", command, environment, rounds, notes, results };
  printReport(report, say);
  if (older !== undefined) printComparison(older, report, say);
  if (options.json !== undefined) {
    await writeFile(options.json, `${JSON.stringify(report, undefined, 2)}\n`);
  }
  if (options.writeDocs) say(`written: ${await writeMicroDocs(report)}`);
  return 0;
}

/** Moves this process to one core where that is possible. */
function pin(): string[] {
  if (process.platform !== "linux" || findProgram("taskset") === undefined) {
    return ["not pinned to a core: taskset is missing"];
  }
  const [core = 0] = readCorePlan().proxy;
  pinSelf([core]);
  return [`pinned to core ${core}`];
}

async function subjectsOf({ parts, base }: MicroOptions): Promise<Subject[]> {
  const subjects: Subject[] = [];
  if (parts.includes("codec")) {
    const codecs: NamedCodec[] = [{ name: "evenkeel", codec: http1 }];
    if (base !== undefined) codecs.push({ name: "base", codec: await codecOf(base) });
    subjects.push(...(await codecSubjects(codecs)));
  }
  if (parts.includes("pick")) subjects.push(...pickSubjects());
  return subjects;
}

async function codecOf(checkout: string): Promise<Codec> {
  const file = join(resolve(checkout), "packages", "http1", "src", "index.ts");
  return (await import(pathToFileURL(file).href)) as Codec;
}

async function readReport(file: string): Promise<MicroReport> {
  try {
    return parseMicroReport(await readFile(file, "utf8"));
  } catch (error) {
    throw new Error(
      `--compare ${file}: ${error instanceof Error ? error.message : String(error)}`,
      {
        cause: error,
      },
    );
  }
}

function printReport({ environment, notes, results }: MicroReport, say: Say): void {
  for (const { title, table } of microTables(results)) say(`\n${title}\n\n${renderText(table)}`);
  say("");
  for (const line of [...describeEnvironment(environment), ...notes]) say(line);
  if (environment.loadBefore > 0.5) {
    say(`note     the machine is busy (load ${environment.loadBefore.toFixed(1)})`);
  }
}

function printComparison(older: MicroReport, report: MicroReport, say: Say): void {
  const comparison = compareRuns(older.results, report.results);
  const { commit, date } = older.environment;
  say(`\nsince commit ${commit} of ${date}\n\n${renderText(compareTable(comparison))}\n`);
  const percent = ((comparison.drift - 1) * 100).toFixed(1);
  say(
    `code that did not change moved by ${percent} % between the runs; marked is only what moved more`,
  );
  if (comparison.unmatched > 0) say(`${comparison.unmatched} subjects are in one of the runs only`);
}
