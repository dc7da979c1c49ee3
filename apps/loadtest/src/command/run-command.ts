import { type Command, InvalidArgumentError } from "commander";
import { loadDocument } from "../load/document.ts";
import { loadVocabulary } from "../load/load-metrics.ts";
import { loadVerdictLines, renderLoad } from "../load/report.ts";
import { type LoadRun, runLoad } from "../load/run-load.ts";
import { resolveRun, type RunOptions } from "../load/run-options.ts";
import { profileHelp } from "../load/stages.ts";
import { loadReport } from "../load/to-report.ts";
import { createLiveView } from "../print/live-view.ts";
import { vocabularyHelp } from "../thresholds/vocabulary.ts";
import { openLoopExitCode } from "./exit-codes.ts";
import { explainFailure } from "./explain-failure.ts";
import { withInterruption } from "./interruption.ts";
import {
  addLoadOptions,
  addRequestOptions,
  type LoadFlags,
  loadOptionsOf,
} from "./load-options.ts";
import { collectOption, parseDurationOption, parsePercentOption } from "./option-values.ts";
import { showLoad } from "./show-load.ts";
import { addOutputOptions, type OutputFlags, requireOutputFolders } from "./output-options.ts";
import { type PrintableResult, printResult } from "./print-result.ts";
import { withMisplacedUrl } from "./misplaced-url.ts";

interface RunFlags extends LoadFlags, OutputFlags {
  readonly threshold?: readonly string[];
  readonly abortOnFail?: true;
  readonly abortDelay?: number;
  readonly allowSaturation?: true;
  readonly ledger?: true;
  readonly balancerLog?: string;
  readonly backendLedger?: readonly string[];
  readonly backendStats?: readonly string[];
  readonly retryBudget?: number;
}

const details = `
Without a rate the loop is closed: each connection asks again when it is answered, as fast as the target
allows. With --rate, --stage or --profile it is open: requests are due at their times whatever became of
the others, and latency counts from then. What finds --max-in-flight others is dropped and counted.
A generator that cannot keep up measures itself: the run is then invalid, and says so.

Profiles are nothing but stages; --rate and --duration stretch them:
${profileHelp()}

Targets, headers and bodies may hold {{seq}}, {{uuid}}, {{random 1 100}}, {{pick a b}}. A scenario file has
several requests with weights: see docs/loadtest-run.md.

Thresholds are as in k6, metric: stat op value. Metrics:
${vocabularyHelp(loadVocabulary)}

With --ledger every request has an id, and afterwards what the client got is compared with what the
balancer logged and what the backends saw: nothing lost, nothing done twice, no retry unexplained.

Exit codes:
  0    every threshold was kept, or there was none
  99   one was not, also when --abort-on-fail ended the run
  3    run invalid: the generator was the limit
  1    unexpected failure, such as a target that was never reachable
  2    wrong usage    130 interrupted with Ctrl-C; what happened until then is printed

Examples:
  $ evenkeel loadtest run http://127.0.0.1:8080/ --connections 20 --requests 10000
  $ evenkeel loadtest run http://127.0.0.1:8080/ --rate 300/s --duration 30s --arrivals poisson
  $ evenkeel loadtest run http://127.0.0.1:8080/ --stage 10s:100/s --stage 30s:100/s --stage 10s:500/s
  $ evenkeel loadtest run http://127.0.0.1:8080/ --profile spike --threshold 'latency: p(99)<150ms' \\
      --threshold 'failed: rate<0.1%' --abort-on-fail --abort-delay 10s
  $ evenkeel loadtest run 'http://127.0.0.1:8080/items/{{random 1 1000}}' --body '{"id":"{{uuid}}"}'
  $ evenkeel loadtest run --scenario shop.yaml --workers 2 --json shop.json
  $ evenkeel loadtest run http://127.0.0.1:8080/ --rate 200/s --ledger --balancer-log access.json \\
      --backend-stats http://127.0.0.1:8081 --backend-stats http://127.0.0.1:8082 --retry-budget 20%
`;

/** Adds `run` to the `loadtest` command. */
export function addRunCommand(loadtest: Command): void {
  const command = loadtest
    .command("run")
    .description("send load, closed or open loop, and judge it by thresholds")
    .usage("[options] [url]")
    .argument("[url]", "where to send the requests (default: the scenario's target)");
  addLoadOptions(command);
  addRequestOptions(command);
  command
    .option("--threshold <limit>", "limit on a metric, repeatable; see below", collectOption)
    .option("--abort-on-fail", "end the run as soon as a threshold is missed")
    .option("--abort-delay <time>", "with --abort-on-fail: not before", parseDurationOption)
    .option("--allow-saturation", "a generator at its limit is a warning, not an invalid run")
    .option("--ledger", "give every request an id, and compare who saw what")
    .option("--balancer-log <file>", "with --ledger: the balancer's JSON access log")
    .option(
      "--backend-ledger <name=file>",
      "with --ledger: a backend's ledger, repeatable",
      collectNamed,
    )
    .option(
      "--backend-stats <url>",
      "with --ledger: a test-backend's own URL, repeatable",
      collectOption,
    )
    .option(
      "--retry-budget <percent>",
      "with --ledger: retries may be this share",
      parsePercentOption,
    );
  addOutputOptions(command, "write a row for every request, while they come");
  command
    .addHelpText("after", details)
    .action((url: string | undefined, flags: RunFlags) =>
      runCommand(command, withMisplacedUrl(url, flags)),
    );
}

async function runCommand(
  command: Command,
  { url, flags }: { readonly url: string | undefined; readonly flags: RunFlags },
): Promise<void> {
  const liveView = createLiveView(process.stderr, flags.progress);
  try {
    await requireOutputFolders(flags);
    const plan = resolveRun(await runOptionsOf(url, flags));
    const onProgress = showLoad(liveView, plan.load);
    const run = await withInterruption((signal) => runLoad(plan, { signal, onProgress }));
    liveView.clear();
    await print(run, flags);
    const { isPartial: partial, isInvalid: invalid, pass } = run;
    process.exitCode = openLoopExitCode({ partial, invalid, pass });
  } catch (error) {
    liveView.clear();
    explainFailure(command, error);
  }
}

async function runOptionsOf(url: string | undefined, flags: RunFlags): Promise<RunOptions> {
  const { options, thresholds = [] } = await loadOptionsOf(url, flags);
  const { balancerLog, backendLedger, backendStats } = flags;
  const hasSources = [balancerLog, backendLedger, backendStats].some(
    (source) => source !== undefined,
  );
  return {
    ...options,
    thresholds: [...thresholds, ...(flags.threshold ?? [])],
    abortOnFail: flags.abortOnFail,
    abortDelayMs: flags.abortDelay,
    allowSaturation: flags.allowSaturation,
    retryBudget: flags.retryBudget,
    csvFile: flags.csv,
    ledger:
      flags.ledger === true || hasSources
        ? {
            balancerLog,
            backendLedgers: new Map((backendLedger ?? []).map(splitNamed)),
            backendUrls: backendStats ?? [],
          }
        : undefined,
  };
}

function collectNamed(text: string, earlier: readonly string[] = []): readonly string[] {
  if (!/^[^=]+=.+$/.test(text)) {
    throw new InvalidArgumentError("Needs name=file, such as Server-1=ledger.ndjson.");
  }
  return [...earlier, text];
}

function splitNamed(text: string): [name: string, file: string] {
  const equals = text.indexOf("=");
  return [text.slice(0, equals), text.slice(equals + 1)];
}

function print(run: LoadRun, flags: RunFlags): Promise<void> {
  const result: PrintableResult = {
    document: loadDocument(run),
    report: (context) => loadReport(run, context),
    text: (paint) => renderLoad(run, paint),
    verdictLines: (paint) => loadVerdictLines(run, paint),
  };
  return printResult(result, flags);
}
