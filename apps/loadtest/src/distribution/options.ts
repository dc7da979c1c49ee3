import { nearestName } from "@evenkeel/config/nearest-name";
import { judgedStrategies, type JudgedStrategy, usesWeights } from "@evenkeel/oracles";
import { type ClosedLoopPlan, sendableMethods } from "../engine/plan.ts";
import type { RunHooks } from "../engine/closed-loop.ts";
import { combineFields, isFieldName } from "../engine/request-fields.ts";
import { LoadtestError } from "../errors.ts";
import type { DistributionExpectation } from "./check-distribution.ts";

/** Options of a distribution check; everything but `url` has a default, named at its place. */
export interface DistributionOptions extends RunHooks {
  readonly url: string;
  /** Default 1000, or unlimited when `durationMs` is given. */
  readonly requests?: number | undefined;
  /** Stop sending after this time; with `requests`, whichever comes first. */
  readonly durationMs?: number | undefined;
  /** Default 50; never more than `requests`. */
  readonly connections?: number | undefined;
  /** Sent first and counted nowhere. Default 0. */
  readonly warmupRequests?: number | undefined;
  /** Default GET, or POST when there is a body. */
  readonly method?: string | undefined;
  /** Name and value; a repeated name is combined with commas. */
  readonly headers?: readonly (readonly [name: string, value: string])[] | undefined;
  readonly body?: string | undefined;
  /** A response with another body is an error. */
  readonly expectBody?: string | undefined;
  /** Default 10,000. */
  readonly timeoutMs?: number | undefined;
  /** Default `X-Backend`. */
  readonly backendHeader?: string | undefined;
  /** Default 0.05: ±5 % of the expected share. */
  readonly tolerance?: number | undefined;
  /** Backend name to weight. */
  readonly weights?: ReadonlyMap<string, number> | undefined;
  readonly expectBackends?: number | undefined;
  /** The balancer's strategy; the verdict is then on what that strategy promises. */
  readonly strategy?: string | undefined;
  /** Workers of the balancer that do not share their state. Default 1: Evenkeel's do. Needs `strategy`. */
  readonly workers?: number | undefined;
  /** A CSV file that gets a row for every request while they come. */
  readonly requestCsv?: string | undefined;
}

/** The defaults, as the command's help prints them. */
export const distributionDefaults: {
  /** Divides by 1, 2, 4, 5, 8, 10; enough for ±5 % on an exact strategy with up to 50 backends. */
  readonly requests: number;
  readonly connections: number;
  readonly timeoutMs: number;
  readonly backendHeader: string;
  readonly tolerance: number;
} = {
  requests: 1000,
  connections: 50,
  timeoutMs: 10_000,
  backendHeader: "X-Backend",
  tolerance: 0.05,
};

/** Options with every default filled in, split into what is sent and what is expected. */
export interface ResolvedDistribution {
  readonly plan: ClosedLoopPlan;
  readonly expectation: DistributionExpectation;
  readonly strategy: JudgedStrategy | undefined;
  /** Positions of the balancer that are not shared. */
  readonly workers: number;
}

/** @throws LoadtestError `BAD_OPTION` with a message that names the value. */
export function resolveDistribution(options: DistributionOptions): ResolvedDistribution {
  checkCounts(options);
  const requests =
    options.requests ??
    (options.durationMs === undefined ? distributionDefaults.requests : undefined);
  const connections = options.connections ?? distributionDefaults.connections;
  const method = resolveMethod(options);
  const backendHeader = options.backendHeader ?? distributionDefaults.backendHeader;
  if (!isFieldName(backendHeader))
    throw bad(`backend header ${quote(backendHeader)} is not a field name`);
  return {
    plan: {
      url: resolveUrl(options.url),
      method,
      headers: resolveHeaders(options, method),
      body: options.body,
      requests,
      durationMs: options.durationMs,
      warmupRequests: options.warmupRequests ?? 0,
      connections: Math.min(connections, requests ?? connections),
      timeoutMs: options.timeoutMs ?? distributionDefaults.timeoutMs,
      backendHeader,
      expectBody: options.expectBody,
      ...(options.requestCsv === undefined ? {} : { requestCsv: options.requestCsv }),
    },
    expectation: resolveExpectation(options, backendHeader),
    ...resolveStrategy(options),
  };
}

function checkCounts(options: DistributionOptions): void {
  atLeast(1, "requests", options.requests);
  atLeast(1, "connections", options.connections);
  atLeast(0, "warm-up requests", options.warmupRequests);
  atLeast(1, "expected backends", options.expectBackends);
  atLeast(1, "workers", options.workers);
  for (const [name, value] of [
    ["duration", options.durationMs],
    ["timeout", options.timeoutMs],
  ] as const) {
    if (value === undefined) continue;
    if (!(value > 0 && value < 2 ** 31))
      throw bad(`${name} must be above 0 and below 24 days, not ${value} ms`);
  }
}

function atLeast(least: number, name: string, value: number | undefined): void {
  if (value === undefined || (Number.isSafeInteger(value) && value >= least)) return;
  throw bad(`${name} must be a whole number of at least ${least}, not ${value}`);
}

function resolveUrl(url: string): string {
  const parsed = URL.parse(url.includes("://") ? url : `http://${url}`);
  if (parsed === null || !/^https?:$/.test(parsed.protocol)) {
    throw bad(`${quote(url)} is not an http or https URL`);
  }
  return parsed.href;
}

function resolveMethod({ method, body }: DistributionOptions): string {
  const name = method ?? (body === undefined ? "GET" : "POST");
  if (!sendableMethods.includes(name)) {
    throw bad(`method ${quote(name)} is not one of ${sendableMethods.join(", ")}`);
  }
  return name;
}

function resolveHeaders(options: DistributionOptions, method: string): Record<string, string> {
  const hasBody = options.body !== undefined && options.body !== "";
  const announcesNoBody = !hasBody && ["POST", "PUT", "PATCH"].includes(method);
  return {
    ...combineFields(options.headers ?? []),
    // RFC 9110 section 8.6; autocannon leaves it out, and strict servers answer 411.
    ...(announcesNoBody ? { "Content-Length": "0" } : {}),
  };
}

function resolveExpectation(
  options: DistributionOptions,
  backendHeader: string,
): DistributionExpectation {
  const { weights, expectBackends, tolerance = distributionDefaults.tolerance } = options;
  if (!(tolerance >= 0 && tolerance < 1)) {
    throw bad(`tolerance must be at least 0 % and below 100 %, not ${tolerance * 100} %`);
  }
  if (weights !== undefined) checkWeights(weights, expectBackends);
  return { tolerance, weights, expectBackends, backendHeader };
}

function checkWeights(
  weights: ReadonlyMap<string, number>,
  expectBackends: number | undefined,
): void {
  let total = 0;
  for (const [name, weight] of weights) {
    if (!(Number.isFinite(weight) && weight >= 0))
      throw bad(`weight of ${name} must be 0 or more, not ${weight}`);
    total += weight;
  }
  if (total === 0) throw bad("weights must not all be 0");
  if (expectBackends !== undefined && expectBackends !== weights.size) {
    throw bad(`weights name ${weights.size} backends, but ${expectBackends} are expected`);
  }
}

function resolveStrategy({
  strategy: name,
  weights,
  workers,
}: DistributionOptions): Pick<ResolvedDistribution, "strategy" | "workers"> {
  if (name === undefined) {
    if (workers !== undefined) throw bad("workers say nothing without a strategy");
    return { strategy: undefined, workers: 1 };
  }
  const strategy = judgedStrategies.find((known) => known === name);
  if (strategy === undefined) throw bad(unknownStrategy(name));
  const positive = [...(weights?.values() ?? [])].filter((weight) => weight > 0);
  if (!usesWeights(strategy) && new Set(positive).size > 1) {
    const weighted = judgedStrategies.find((known) => known === `weighted-${strategy}`);
    const advice = weighted === undefined ? "" : `; did you mean ${weighted}?`;
    throw bad(`${strategy} ignores weights, so unequal ones promise nothing${advice}`);
  }
  return { strategy, workers: workers ?? 1 };
}

function unknownStrategy(name: string): string {
  const nearest = nearestName(name, judgedStrategies);
  if (nearest !== null) return `strategy ${quote(name)} is not known; did you mean ${nearest}?`;
  return `strategy ${quote(name)} is not one of ${judgedStrategies.join(", ")}`;
}

function bad(message: string): LoadtestError {
  return new LoadtestError("BAD_OPTION", message);
}

function quote(text: string): string {
  return JSON.stringify(text);
}
