import { randomBytes } from "node:crypto";
import { type Command, Option } from "commander";
import { createLiveView } from "../print/live-view.ts";
import { renderSticky, stickyDocument, stickyVerdictLines } from "../sticky/report.ts";
import { stickyReport } from "../sticky/to-report.ts";
import { writeVisits } from "../sticky/visit-csv.ts";
import { requirePlan, runSticky, type StickyRun } from "../sticky/run-sticky.ts";
import { openLoopExitCode } from "./exit-codes.ts";
import { explainFailure } from "./explain-failure.ts";
import { withInterruption } from "./interruption.ts";
import { parseCountOption, parseDurationOption } from "./option-values.ts";
import { addOutputOptions, type OutputFlags, requireOutputFolders } from "./output-options.ts";
import { type PrintableResult, printResult } from "./print-result.ts";
import { addSystemOptions, type SystemFlags, systemStarter } from "./system-options.ts";

interface StickyFlags extends SystemFlags, OutputFlags {
  readonly sessions: number;
  readonly visits: number;
  readonly connections: number;
  readonly path: string;
  readonly timeout: number;
  readonly backendHeader: string;
  /** `false` for `--no-fault`. */
  readonly fault: boolean;
}

const details = `
Each session is a client of its own that keeps its cookies; sessions share the connections, so that all
workers of a balancer see all of them. After a third of the visits a backend is killed with -9 while
sessions are on their way, after two thirds it is started again and gets new clients. Then:

  every session stays at the backend of its first visit;
  those of the killed one move once, with a new cookie, and do not move back;
  no request fails, and each session got a cookie.

Without --target it spawns three backends and Evenkeel with sticky sessions in front of them. With
--target, how the victim is killed and started again has to be said, or --no-fault.

Exit codes:
  0    every session stuck, and only the victim's moved, once
  99   one did not
  1    unexpected failure    2 wrong usage    78 bad configuration    130 interrupted with Ctrl-C

Examples:
  $ evenkeel loadtest sticky
  $ evenkeel loadtest sticky --sessions 1000 --visits 20 --workers 2
  $ evenkeel loadtest sticky --config evenkeel.yaml --json sticky.json --html sticky.html
  $ evenkeel loadtest sticky --target http://127.0.0.1:8080/ --no-fault
`;

const defaultBackends = 3;

/** Adds `sticky` to the `loadtest` command. */
export function addStickyCommand(loadtest: Command): void {
  const command = loadtest
    .command("sticky")
    .description("check that clients with a cookie return to their backend, also when one dies");
  addSystemOptions(command, defaultBackends);
  command
    .option("--sessions <n>", "clients, each with cookies of its own", parseCountOption, 1000)
    .option("--visits <n>", "requests of each", parseCountOption, 20)
    .option("--connections <n>", "connections that they share", parseCountOption, 50)
    .option("--path <path>", "what to ask for", "/")
    .addOption(
      new Option("--timeout <time>", "longest wait for a response")
        .argParser(parseDurationOption)
        .default(10_000, "10s"),
    )
    .option("--backend-header <name>", "response header that names the backend", "X-Backend")
    .option("--no-fault", "no backend is killed");
  addOutputOptions(command, "write a row for every request");
  command.addHelpText("after", details).action((flags: StickyFlags) => runCommand(command, flags));
}

async function runCommand(command: Command, flags: StickyFlags): Promise<void> {
  try {
    await requireOutputFolders(flags);
    const run = await withInterruption((signal) => runOnce(flags, signal));
    await print(run, flags);
    const { verdict, partial } = run;
    process.exitCode = openLoopExitCode({ partial, invalid: false, pass: verdict.pass });
  } catch (error) {
    explainFailure(command, error);
  }
}

async function runOnce(flags: StickyFlags, signal: AbortSignal): Promise<StickyRun> {
  const { sessions, visits, connections, path, backendHeader, config, target } = flags;
  const isOwn = config === undefined && target === undefined;
  const plan = requirePlan({
    sessions,
    visits,
    connections,
    path,
    backendHeader,
    timeoutMs: flags.timeout,
    breaks: flags.fault,
  });
  const secret = randomBytes(32).toString("hex");
  const healthCheck = { path: "/health", interval: "1s", fastInterval: "200ms", timeout: "1s" };
  const pool = { sticky: { secret }, healthCheck };
  const { start } = systemStarter(isOwn ? { backends: defaultBackends, ...flags } : flags, pool);
  const system = await start([]);
  const liveView = createLiveView(process.stderr, flags.progress);
  try {
    const onProgress = (progress: Parameters<typeof liveView.show>[0]): void =>
      liveView.show(progress);
    return await runSticky(plan, system, { signal, onProgress });
  } finally {
    liveView.clear();
    await system.dispose();
  }
}

function print(run: StickyRun, flags: StickyFlags): Promise<void> {
  const result: PrintableResult = {
    document: stickyDocument(run),
    report: (context) => stickyReport(run, context),
    text: (paint) => renderSticky(run, paint),
    verdictLines: (paint) => stickyVerdictLines(run, paint),
    writeCsv: (file) => writeVisits(file, run.visits),
  };
  return printResult(result, flags);
}
