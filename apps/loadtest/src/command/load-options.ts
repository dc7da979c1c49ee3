/* The flags that say what is sent and how; `run`, `sweep` and `compare` have them. */
import { readFileSync } from "node:fs";
import { type Command, InvalidArgumentError, Option } from "commander";
import { loadDefaults, type LoadOptions } from "../load/load-options.ts";
import type { ResponseCheck } from "../load/load-plan.ts";
import { parseStatusRanges } from "../load/response-checks.ts";
import { readScenario } from "../load/scenario/read-scenario.ts";
import { parseStage, type TypedStage } from "../load/stages.ts";
import { LoadtestError } from "../errors.ts";
import {
  collectHeaderOption,
  parseCountOption,
  parseDurationOption,
  parseRateOption,
} from "./option-values.ts";

/** Flags of a load. */
export interface LoadFlags {
  readonly scenario?: string;
  readonly connections?: number;
  readonly requests?: number;
  readonly duration?: number;
  readonly rate?: number;
  readonly arrivals?: string;
  readonly stage?: readonly TypedStage[];
  readonly profile?: string;
  readonly maxInFlight?: number;
  readonly keepAlive?: "on" | "off";
  readonly warmup?: number;
  readonly workers?: number;
  readonly method?: string;
  readonly header?: readonly (readonly [string, string])[];
  readonly body?: string;
  readonly bodyFile?: string;
  readonly expectStatus?: ResponseCheck;
  readonly expectBody?: string;
  readonly timeout?: number;
  readonly backendHeader?: string;
  readonly seed?: number;
}

/** Adds the options of the request alone. */
export function addRequestOptions(command: Command): void {
  const { timeoutMs, backendHeader } = loadDefaults;
  command
    .option("--method <name>", "request method (default: GET, or POST with a body)")
    .option("--header <field>", "request header 'name: value', repeatable", collectHeaderOption)
    .option("--body <text>", "request body; may hold placeholders")
    .option("--body-file <file>", "request body out of a file")
    .option("--expect-status <list>", "check: statuses such as 200-299,304", parseStatusOption)
    .option("--expect-body <text>", "check: the response's exact body")
    .option(
      "--timeout <time>",
      `longest wait for a response (default: ${timeoutMs / 1000}s)`,
      parseDurationOption,
    )
    .option(
      "--backend-header <name>",
      `response header that names the backend (default: ${backendHeader})`,
    )
    .addOption(
      new Option("--keep-alive <on|off>", "off: every request on a connection of its own").choices([
        "on",
        "off",
      ]),
    )
    .option(
      "--max-in-flight <n>",
      `open loop: requests at a time; one beyond is dropped (default: ${loadDefaults.maxInFlight})`,
      parseCountOption,
    )
    .option(
      "--workers <n>",
      `threads that share the load (default: ${loadDefaults.workers})`,
      parseCountOption,
    )
    .option("--seed <n>", "repeats arrivals, mix and placeholders (default: 1)", parseCountOption)
    .option("--scenario <file>", "weighted requests, load and thresholds out of a YAML file");
}

/** Adds the options that say how much is sent when. */
export function addLoadOptions(command: Command): void {
  const { connections, durationMs } = loadDefaults;
  command
    .option(
      "--connections <n>",
      `closed loop: one request in flight on each (default: ${connections})`,
      parseCountOption,
    )
    .option("--requests <n>", "stop after so many requests", parseCountOption)
    .option(
      "--duration <time>",
      `stop sending after this time (default: ${durationMs / 1000}s)`,
      parseDurationOption,
    )
    .option("--rate <rate>", "open loop: requests per second, such as 300/s", parseRateOption)
    .option("--arrivals <process>", "open loop: constant or poisson (default: constant)")
    .option(
      "--stage <time:rate>",
      "open loop: go evenly to a rate, such as 10s:100/s; repeatable",
      collectStage,
    )
    .option("--profile <name>", "open loop: smoke, stress, spike, volume or endurance; see below")
    .option("--warmup <time>", "the same load first, counted nowhere", parseDurationOption);
}

/** What the flags ask for; what a scenario says counts where no flag does. */
export async function loadOptionsOf(
  url: string | undefined,
  flags: LoadFlags,
): Promise<{ readonly options: LoadOptions; readonly thresholds: readonly string[] | undefined }> {
  const scenario = flags.scenario === undefined ? undefined : await readScenario(flags.scenario);
  const given = withoutUndefined(optionsOf(url, flags));
  const fromFile = withoutUndefined(scenario?.options ?? {});
  // Another kind of load than the file's replaces it, and does not add to it.
  const isOtherLoad = (["ratePerSecond", "stages", "profile", "connections"] as const).some(
    (name) => given[name] !== undefined,
  );
  const kept = isOtherLoad
    ? {
        ...fromFile,
        ratePerSecond: undefined,
        stages: undefined,
        profile: undefined,
        connections: undefined,
        maxInFlight: undefined,
        arrivals: undefined,
      }
    : fromFile;
  const headers = [...(fromFile.headers ?? []), ...(given.headers ?? [])];
  const options = { ...kept, ...given, headers };
  const { url: target } = options;
  if (target === undefined) throw bad("where to? give a URL, or a scenario with a target");
  return { options: { ...options, url: target }, thresholds: scenario?.thresholds };
}

function optionsOf(url: string | undefined, flags: LoadFlags): Partial<LoadOptions> {
  const { expectStatus, expectBody } = flags;
  const checks: ResponseCheck[] = [
    ...(expectStatus === undefined ? [] : [expectStatus]),
    ...(expectBody === undefined ? [] : [{ kind: "body" as const, text: expectBody }]),
  ];
  return {
    ...(url === undefined ? {} : { url }),
    connections: flags.connections,
    requests: flags.requests,
    durationMs: flags.duration,
    ratePerSecond: flags.rate,
    arrivals: flags.arrivals,
    stages: flags.stage,
    profile: flags.profile,
    maxInFlight: flags.maxInFlight,
    keepAlive: flags.keepAlive === undefined ? undefined : flags.keepAlive === "on",
    warmupMs: flags.warmup,
    workers: flags.workers,
    method: flags.method,
    headers: flags.header,
    body: bodyOf(flags),
    checks: checks.length === 0 ? undefined : checks,
    timeoutMs: flags.timeout,
    backendHeader: flags.backendHeader,
    seed: flags.seed,
  };
}

function bodyOf({ body, bodyFile }: LoadFlags): string | undefined {
  if (bodyFile === undefined) return body;
  if (body !== undefined) throw bad("give --body or --body-file, not both");
  try {
    return readFileSync(bodyFile, "utf8");
  } catch (error) {
    throw bad(`--body-file: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function withoutUndefined<T extends object>(values: T): Partial<T> {
  const known = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(known) as Partial<T>;
}

function collectStage(text: string, earlier: readonly TypedStage[] = []): readonly TypedStage[] {
  try {
    return [...earlier, parseStage(text)];
  } catch (error) {
    throw new InvalidArgumentError(`${error instanceof Error ? error.message : String(error)}.`);
  }
}

function parseStatusOption(text: string): ResponseCheck {
  const ranges = parseStatusRanges(text);
  if (ranges === undefined) throw new InvalidArgumentError("Needs statuses, such as 200-299,304.");
  return { kind: "status", ranges };
}

function bad(message: string): LoadtestError {
  return new LoadtestError("BAD_OPTION", message);
}
