import type { Command } from "commander";
import { failoverDocument } from "../failover/document.ts";
import { type FailoverPlan, variantName } from "../failover/failover-plan.ts";
import { faultKinds } from "../failover/faults/registry.ts";
import { metricHelp } from "../failover/judge/thresholds.ts";
import { failoverDefaults, resolveFailover } from "../failover/options.ts";
import { failoverVerdictLines, renderFailover, renderSummary } from "../failover/report.ts";
import { type FailoverRun, runFailover } from "../failover/run-failover.ts";
import { failoverReport } from "../failover/to-report.ts";
import { writeLedgers } from "../observation/request-rows.ts";
import { createPaint } from "../print/paint.ts";
import { createLiveView, type LiveView } from "../print/live-view.ts";
import { openLoopExitCode } from "./exit-codes.ts";
import { explainFailure } from "./explain-failure.ts";
import { withInterruption } from "./interruption.ts";
import { addOpenLoopOptions, loadOptionsFrom, type OpenLoopFlags } from "./open-loop-options.ts";
import { isJsonOnly, requireOutputFolders } from "./output-options.ts";
import { type PrintableResult, printResult } from "./print-result.ts";
import { showOpenLoop } from "./show-open-loop.ts";
import { collectOption, parseCountOption, parseDurationOption } from "./option-values.ts";
import {
  addSystemOptions,
  type StartSystem,
  type SystemFlags,
  systemStarter,
} from "./system-options.ts";

interface FailoverFlags extends SystemFlags, OpenLoopFlags {
  readonly fault?: readonly string[];
  readonly requests?: number;
  readonly faultAt?: number;
  readonly faultAfter?: number;
  /** `false` for `--no-return`. */
  readonly returnAfter?: number;
  readonly return: boolean;
  readonly compare?: string;
}

const details = `
Without --target it spawns real backends and the real balancer in front of them, all with this very
program, sends requests at a fixed rate (an open loop: a stall slows nothing down), breaks a backend,
brings it back, and compares three ledgers by request id: what the client got, what the balancer
logged, and what every backend saw. From the configuration it computes the worst case first, and
prints it beside what was measured.

Faults (repeat --fault, or --fault all-kinds for one after the other):
${faultKinds.map(({ name, meaning }) => `  ${name.padEnd(18)} ${meaning}`).join("\n")}

Thresholds are as in k6, metric: stat op value: latency: p(99)<50ms, failed: rate<0.1%, lost: count==0.
The stat may be left out where it is plain: failed<0.1%, failover<100ms, lost==0. Metrics:
${metricHelp()}

A request is due at its time whatever became of the others; latency counts from then. It is lost when
no complete response came, failed when it was lost or its response was not 2xx or 3xx, and doubled when
it was carried out more often than it should be: a POST that two backends saw, a GET that they saw more
often than the balancer's log has attempts. Every request carries its id in X-Evenkeel-Id and as ?id=.

Exit codes:
  0    every bound, promise and threshold was kept
  99   one was not
  3    run invalid: the generator could not keep its schedule, so the times are its own
  1    unexpected failure    2 wrong usage    78 bad configuration    130 interrupted with Ctrl-C

Examples:
  $ evenkeel loadtest failover
  $ evenkeel loadtest failover --config evenkeel.yaml --fault kill --threshold 'failover<100ms'
  $ evenkeel loadtest failover --fault kill --fault stop --rate 200/s --return-after 5s
  $ evenkeel loadtest failover --fault all-kinds --json failover.json --html failover.html
  $ evenkeel loadtest failover --backends 3 --rate 20/s --requests 60 --fault-after 25 --no-return \\
      --compare 'no retry, no breaker, no retry + no breaker'
  $ evenkeel loadtest failover --target http://127.0.0.1:8080/ --victim a --backends 3 \\
      --victim-pid "$(pgrep -f 'backend a')" --victim-return './start-a.sh' --access-log access.json
`;

/** Adds `failover` to the `loadtest` command. */
export function addFailoverCommand(loadtest: Command): void {
  const command = loadtest
    .command("failover")
    .description(
      "break a backend under load: how long it took, what was lost, what was done twice",
    );
  addSystemOptions(command);
  const { faultAtMs, returnAfterMs } = failoverDefaults;
  command
    .option(
      "--fault <name>",
      "what happens to the victim, repeatable (default: kill)",
      collectOption,
    )
    .option(
      "--fault-at <time>",
      `when, from the start (default: ${faultAtMs / 1000}s)`,
      parseDurationOption,
    )
    .option("--fault-after <n>", "when, as a number of requests", parseCountOption)
    .option(
      "--return-after <time>",
      `when it is well again (default: ${returnAfterMs / 1000}s)`,
      parseDurationOption,
    )
    .option("--no-return", "it stays broken")
    .option("--compare <variants>", "the same again, such as 'no retry, no retry + no breaker'")
    .option("--requests <n>", "requests in total (default: as many as fit)", parseCountOption);
  addOpenLoopOptions(command, "longest load (default: until the victim has served again)");
  command
    .addHelpText("after", details)
    .action((flags: FailoverFlags) => runCommand(command, flags));
}

async function runCommand(command: Command, flags: FailoverFlags): Promise<void> {
  try {
    const plans = resolveFailover({
      ...loadOptionsFrom(flags),
      faults: flags.fault,
      requests: flags.requests,
      faultAtMs: flags.faultAt,
      faultAfterRequests: flags.faultAfter,
      returnAfterMs: flags.return ? flags.returnAfter : false,
      compare: flags.compare,
    });
    await requireOutputFolders(flags);
    const { start } = systemStarter(flags);
    const runs = await withInterruption((signal) => runAll(plans, start, flags, signal));
    await print(runs, flags);
    process.exitCode = openLoopExitCode(failoverDocument(runs));
  } catch (error) {
    explainFailure(command, error);
  }
}

/** One after the other, each with fresh processes; prints each as it ends, since each takes its time. */
async function runAll(
  plans: readonly FailoverPlan[],
  start: StartSystem,
  flags: FailoverFlags,
  signal: AbortSignal,
): Promise<FailoverRun[]> {
  const liveView = createLiveView(process.stderr, flags.progress);
  const runs: FailoverRun[] = [];
  for (const plan of plans) {
    if (signal.aborted) break;
    const run = await runOne(plan, start, liveView, signal);
    runs.push(run);
    if (!isJsonOnly(flags)) {
      process.stdout.write(`${renderFailover(run, createPaint(process.stdout))}\n\n`);
    }
  }
  return runs;
}

async function runOne(
  plan: FailoverPlan,
  start: StartSystem,
  liveView: LiveView,
  signal: AbortSignal,
): Promise<FailoverRun> {
  const system = await start(plan.without);
  try {
    return await runFailover(plan, system, {
      signal,
      onProgress: showOpenLoop(liveView),
    });
  } finally {
    liveView.clear();
    await system.dispose();
  }
}

/** Each run's own text was printed when it ended. */
function print(runs: readonly FailoverRun[], flags: FailoverFlags): Promise<void> {
  const result: PrintableResult = {
    document: failoverDocument(runs),
    report: (context) => failoverReport(runs, context),
    text: (paint) => (runs.length > 1 ? renderSummary(runs, paint) : ""),
    verdictLines: (paint) => runs.flatMap((run) => failoverVerdictLines(run, paint)),
    writeCsv: (file) =>
      writeLedgers(
        file,
        runs.map(({ plan, load }) => ({
          title: runs.length > 1 ? `${plan.fault.name}, ${variantName(plan)}` : "",
          ledger: load.ledger,
        })),
      ),
  };
  return printResult(result, flags);
}
