import { writeFile } from "node:fs/promises";
import { constants } from "node:os";
import { agreementMain } from "./agreement/agreement-main.ts";
import { describeEnvironment } from "./environment.ts";
import { microMain } from "./micro/micro-main.ts";
import { HELP, parseOptions, UsageError, type Options } from "./options.ts";
import { findProgram, missingPackage } from "./proc/programs.ts";
import { writeDocs } from "./report/docs.ts";
import { profileTable } from "./report/profile-table.ts";
import type { RunReport } from "./report/run-report.ts";
import { renderText } from "./report/table.ts";
import { run } from "./run.ts";
import { Workbench } from "./workbench.ts";

const say = (line: string): void => console.log(line);

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  try {
    if (args[0] === "micro") return await microMain(args.slice(1), say);
    if (args[0] === "agreement") return await agreementMain(args.slice(1), say);
    const options = parseOptions(args);
    if (options === "help") {
      say(HELP);
      return 0;
    }
    if (process.platform !== "linux") throw new Error("needs Linux: it reads /proc and pins cores");
    if (findProgram("taskset") === undefined)
      throw new Error(missingPackage("taskset", "util-linux"));
    return await bench(options);
  } catch (error) {
    console.error(`evenkeel-bench: ${error instanceof Error ? error.message : String(error)}`);
    if (!(error instanceof UsageError)) return 1;
    const isOwn = args[0] === "micro" || args[0] === "agreement";
    const command = isOwn ? `evenkeel-bench ${args[0]}` : "evenkeel-bench";
    console.error(`${command} --help shows every option`);
    return 2;
  }
}

async function bench(options: Options): Promise<number> {
  const workbench = await Workbench.open();
  const interruption = stopOnSignals(workbench);
  try {
    const report = await run(workbench, options, say);
    printReport(report);
    if (options.json !== undefined) {
      await writeFile(options.json, `${JSON.stringify(report, undefined, 2)}\n`);
    }
    if (options.writeDocs) say(`written: ${(await writeDocs(report)).join(", ")}`);
    return exitCodeOf(report);
  } catch (error) {
    // What fails because its processes were stopped is not worth a message.
    if (interruption.exitCode === undefined) throw error;
    return interruption.exitCode;
  } finally {
    await workbench.close();
  }
}

/**
 * Ctrl-C and its kin end what was started, in order; again after a second, at once. A signal right
 * after the first is the same Ctrl-C, passed on by bin/bench.js.
 */
function stopOnSignals(workbench: Workbench): { exitCode: number | undefined } {
  const interruption: { exitCode: number | undefined } = { exitCode: undefined };
  let firstAt = 0;
  const stop = (signal: NodeJS.Signals): void => {
    const exitCode = 128 + constants.signals[signal];
    if (interruption.exitCode !== undefined) {
      if (performance.now() - firstAt > 1000) process.exit(exitCode);
      return;
    }
    firstAt = performance.now();
    interruption.exitCode = exitCode;
    console.error(`\n${signal}: stopping`);
    void workbench.close().finally(() => process.exit(exitCode));
  };
  process.on("exit", () => workbench.closeNow());
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, stop);
  return interruption;
}

function printReport(report: RunReport): void {
  for (const profile of report.profiles) {
    say(`\n${profile.title} (${profile.profile})\n`);
    if (profile.results.length > 0) say(renderText(profileTable(profile)));
    for (const failure of profile.failures) say(`failed   ${failure}`);
    for (const notice of profile.notices) say(`note     ${notice}`);
  }
  say("");
  describeEnvironment(report.environment).forEach(say);
  const versions = Object.entries(report.versions).map(([name, version]) => `${name} ${version}`);
  say(versions.join(", "));
  const { proxy, load, backend } = report.cores;
  say(
    `cores: proxy ${proxy.join()}, load ${load.join()}, backend ${backend.join()} (${report.backend})`,
  );
}

function exitCodeOf(report: RunReport): number {
  // A machine with too few cores for two workers is no failure of anything.
  const isWhole = report.profiles.every(({ kind, failures, results }) => {
    return failures.length === 0 && (results.length > 0 || kind === "scaling");
  });
  return report.profiles.length > 0 && isWhole ? 0 : 1;
}
