import { type Command, Option } from "commander";
import { failoverDefaults, type FailoverOptions } from "../failover/options.ts";
import {
  collectOption,
  parseCountOption,
  parseDurationOption,
  parsePercentOption,
  parseRateOption,
} from "./option-values.ts";
import { addOutputOptions, type OutputFlags } from "./output-options.ts";

/** Flags of an open loop and of what prints its result. */
export interface OpenLoopFlags extends OutputFlags {
  readonly rate: number;
  readonly arrivals: string;
  readonly postShare: number;
  readonly path: string;
  readonly timeout?: number;
  readonly maxInFlight: number;
  readonly backendHeader: string;
  readonly seed: number;
  readonly duration?: number;
  readonly threshold?: readonly string[];
  readonly abortOnFail?: true;
  readonly abortDelay?: number;
}

/** Adds the options of an open loop and of its output. */
export function addOpenLoopOptions(command: Command, durationText: string): void {
  const { ratePerSecond, postShare, maxInFlight, backendHeader } = failoverDefaults;
  command
    .addOption(
      new Option("--rate <rate>", "requests per second over the whole pool")
        .argParser(parseRateOption)
        .default(ratePerSecond, `${ratePerSecond}/s`),
    )
    .option("--arrivals <process>", "constant or poisson", "constant")
    .addOption(
      new Option("--post-share <percent>", "share of POST with a body; the others are GET")
        .argParser(parsePercentOption)
        .default(postShare, `${postShare * 100}%`),
    )
    .option("--path <path>", "what to ask for", "/")
    .option(
      "--timeout <time>",
      "longest wait (default: the balancer's own and 5s more)",
      parseDurationOption,
    )
    .option(
      "--max-in-flight <n>",
      "requests at a time; one beyond is dropped",
      parseCountOption,
      maxInFlight,
    )
    .option("--backend-header <name>", "response header that names the backend", backendHeader)
    .option("--seed <n>", "repeats arrivals and methods", parseCountOption, 1)
    .option("--duration <time>", durationText, parseDurationOption)
    .option("--threshold <limit>", "limit on a metric, repeatable; see below", collectOption)
    .option("--abort-on-fail", "end the run as soon as a threshold on the whole of it is missed")
    .option("--abort-delay <time>", "with --abort-on-fail: not before", parseDurationOption);
  addOutputOptions(command, "write a row for every request");
}

/** The load's part of the options. */
export function loadOptionsFrom(flags: OpenLoopFlags): FailoverOptions {
  return {
    ratePerSecond: flags.rate,
    arrivals: flags.arrivals,
    postShare: flags.postShare,
    path: flags.path,
    timeoutMs: flags.timeout,
    maxInFlight: flags.maxInFlight,
    backendHeader: flags.backendHeader,
    seed: flags.seed,
    durationMs: flags.duration,
    thresholds: flags.threshold,
    abortOnFail: flags.abortOnFail,
    abortDelayMs: flags.abortDelay,
  };
}
