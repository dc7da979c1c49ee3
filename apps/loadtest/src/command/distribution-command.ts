import { judgedStrategies } from "@evenkeel/oracles";
import { type Command, Option } from "commander";
import { distributionDocument } from "../distribution/document.ts";
import { distributionDefaults, type DistributionOptions } from "../distribution/options.ts";
import { renderDistribution, verdictLines } from "../distribution/report.ts";
import { type DistributionResult, runDistribution } from "../distribution/run-distribution.ts";
import { distributionReport } from "../distribution/to-report.ts";
import { createLiveView } from "../print/live-view.ts";
import { exitCodeOf } from "./exit-codes.ts";
import { explainFailure } from "./explain-failure.ts";
import { withInterruption } from "./interruption.ts";
import { addOutputOptions, type OutputFlags, requireOutputFolders } from "./output-options.ts";
import { type PrintableResult, printResult } from "./print-result.ts";
import {
  collectHeaderOption,
  parseCountOption,
  parseDurationOption,
  parsePercentOption,
  parseWeightsOption,
} from "./option-values.ts";

interface DistributionFlags extends OutputFlags {
  readonly requests?: number;
  readonly duration?: number;
  readonly connections: number;
  readonly warmup?: number;
  readonly method?: string;
  readonly header?: DistributionOptions["headers"];
  readonly body?: string;
  readonly expectBody?: string;
  readonly timeout: number;
  readonly backendHeader: string;
  readonly tolerance: number;
  readonly strategy?: string;
  readonly workers?: number;
  readonly weights?: ReadonlyMap<string, number>;
  readonly expectBackends?: number;
}

/** Seven names a line. */
const strategyLines = [judgedStrategies.slice(0, 7), judgedStrategies.slice(7)]
  .map((names) => names.join(" "))
  .join("\n  ");

const details = `
Works against any balancer whose backends name themselves in a response header.
The tolerance is relative to the expected share: 33.3 % with 5 % is 31.67 % to 35.0 %.

With --strategy the verdict is on what that strategy promises: exact counts for round-robin and
weighted-round-robin, a G-test for random and weighted-random, bounds for the ones that look at load,
one backend for the hashes (this run is one client, so one key). The tolerance is then the skew that
the run must be able to show; with too few requests for that it says how many it takes. Strategies:
  ${strategyLines}

The load is a closed loop: each connection sends its next request when the last one is answered.
Nothing is retried, every request ends as one response or one error, and the report shows the sum.
Latencies are service times. A generator that is busy over 98 % of the time is a warning: it
bends latencies and rates, not shares.

Exit codes:
  0    every share is within the tolerance or the promise kept, and nothing failed
  99   it is not, a request failed, a response names no backend, or there were too few requests to tell
  1    unexpected failure, such as a target that was never reachable
  2    wrong usage
  130  interrupted with Ctrl-C; what happened until then is printed, marked partial
  3    (run invalid) is never returned by this check: a closed loop promises no rate

Examples:
  $ evenkeel loadtest distribution http://127.0.0.1:8080/
  $ evenkeel loadtest distribution http://127.0.0.1:8080/ --requests 3000 --expect-backends 3
  $ evenkeel loadtest distribution http://127.0.0.1:8080/ --weights Server-1=3,Server-2=1
  $ evenkeel loadtest distribution http://127.0.0.1:8080/ --strategy weighted-round-robin --weights a=3,b=1
  $ evenkeel loadtest distribution http://127.0.0.1:8080/ --strategy random --requests 40000
  $ evenkeel loadtest distribution http://127.0.0.1:8080/api --method POST --body '{"n":1}' \\
      --header 'Content-Type: application/json' --header 'Authorization: Bearer t'
  $ evenkeel loadtest distribution http://127.0.0.1:8080/ --duration 30s --json result.json --html result.html
  $ evenkeel loadtest distribution http://127.0.0.1:8080/ --json | jq '.backends[].share'
`;

/** Adds `distribution` to the `loadtest` command. */
export function addDistributionCommand(loadtest: Command): void {
  const command = loadtest
    .command("distribution")
    .description("check each backend's share of the requests against what it should be")
    .usage("[options] <url>")
    // Optional for commander only, because `--json URL` takes the URL for a file name.
    .argument("[url]", "where to send the requests");
  addLoadOptions(command);
  addCheckOptions(command);
  addOutputOptions(command, "write a row for every request, while they come");
  command
    .addHelpText("after", details)
    .action((url: string | undefined, flags: DistributionFlags) =>
      runCommand(command, withMisplacedUrl(url, flags)),
    );
}

function addLoadOptions(command: Command): void {
  const { requests, connections, timeoutMs } = distributionDefaults;
  command
    .option(
      "--requests <n>",
      `requests in total (default: ${requests}, or no limit with --duration)`,
      parseCountOption,
    )
    .option("--duration <time>", "stop sending after this time, such as 30s", parseDurationOption)
    .option(
      "--connections <n>",
      "keep-alive connections, one request in flight on each",
      parseCountOption,
      connections,
    )
    .option("--warmup <n>", "requests to send first and not to count", parseCountOption)
    .option("--method <name>", "request method (default: GET, or POST with --body)")
    .option("--header <field>", "request header 'name: value', repeatable", collectHeaderOption)
    .option("--body <text>", "request body")
    .option("--expect-body <text>", "a response with any other body is an error")
    .addOption(
      new Option("--timeout <time>", "longest wait for a complete response")
        .argParser(parseDurationOption)
        .default(timeoutMs, `${timeoutMs / 1000}s`),
    );
}

function addCheckOptions(command: Command): void {
  const { backendHeader, tolerance } = distributionDefaults;
  command
    .addOption(
      new Option("--tolerance <percent>", "allowed deviation, relative to the expected share")
        .argParser(parsePercentOption)
        .default(tolerance, `${tolerance * 100}%`),
    )
    .option("--backend-header <name>", "response header that names the backend", backendHeader)
    .option("--strategy <name>", "judge by what this strategy promises, instead of one tolerance")
    .option(
      "--workers <n>",
      "with --strategy: workers that do not share their turn (default: 1; Evenkeel's share it)",
      parseCountOption,
    )
    .option("--weights <list>", "expected weights by backend, such as a=3,b=1", parseWeightsOption)
    .option("--expect-backends <n>", "how many backends must answer", parseCountOption);
}

interface Invocation {
  readonly url: string | undefined;
  readonly flags: DistributionFlags;
}

/** `--json http://...` means the URL: nobody names a file like that. */
function withMisplacedUrl(url: string | undefined, flags: DistributionFlags): Invocation {
  if (url === undefined && typeof flags.json === "string" && /^https?:\/\//.test(flags.json)) {
    return { url: flags.json, flags: { ...flags, json: true } };
  }
  return { url, flags };
}

async function runCommand(command: Command, { url, flags }: Invocation): Promise<void> {
  if (url === undefined) command.error("error: missing required argument 'url'");
  try {
    await requireOutputFolders(flags);
    const result = await withInterruption((signal) => runOnce(url, flags, signal));
    await print(result, flags);
    process.exitCode = exitCodeOf(result);
  } catch (error) {
    explainFailure(command, error);
  }
}

function runOnce(
  url: string,
  flags: DistributionFlags,
  signal: AbortSignal,
): Promise<DistributionResult> {
  const liveView = createLiveView(process.stderr, flags.progress);
  return runDistribution({
    ...optionsFrom(url, flags),
    signal,
    onProgress: (progress) => liveView.show(progress),
  }).finally(() => liveView.clear());
}

function optionsFrom(url: string, flags: DistributionFlags): DistributionOptions {
  return {
    url,
    requests: flags.requests,
    durationMs: flags.duration,
    connections: flags.connections,
    warmupRequests: flags.warmup,
    method: flags.method?.toUpperCase(),
    headers: flags.header,
    body: flags.body,
    expectBody: flags.expectBody,
    timeoutMs: flags.timeout,
    backendHeader: flags.backendHeader,
    tolerance: flags.tolerance,
    strategy: flags.strategy,
    workers: flags.workers,
    weights: flags.weights,
    expectBackends: flags.expectBackends,
    requestCsv: flags.csv,
  };
}

function print(result: DistributionResult, flags: DistributionFlags): Promise<void> {
  const printable: PrintableResult = {
    document: distributionDocument(result),
    report: (context) => distributionReport(result, context),
    text: (paint) => renderDistribution(result, paint),
    verdictLines: (paint) => [
      ...result.warnings.map((warning) => `warning: ${warning}`),
      ...verdictLines(result, paint),
    ],
  };
  return printResult(printable, flags);
}
