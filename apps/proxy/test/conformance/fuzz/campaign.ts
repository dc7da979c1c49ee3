import { Bench } from "../bench/bench.ts";
import { descriptorBaseline, descriptorsFallTo } from "../bench/descriptors.ts";
import type { ProxyOptions } from "../bench/proxy-under-test.ts";
import type { Observation } from "../bench/run-request.ts";
import { brokenInvariants, outcomeOf, stillAlive } from "../invariants.ts";
import { maxParallel, runBatch } from "./batch.ts";
import { type FuzzCase, FuzzCases } from "./cases.ts";
import { LogCheck } from "./log-check.ts";
import { type Violation, reproduce } from "./reproduction.ts";

export interface FuzzOptions {
  readonly runs: number;
  readonly seed: number;
  readonly connections: number;
  readonly proxy: Pick<ProxyOptions, "workers" | "pool">;
  readonly onProgress: (result: FuzzResult) => void;
  /** At once: a long run may be cut off before it ends. */
  readonly onViolation: (violation: Violation) => void;
}

export interface FuzzResult {
  runs: number;
  accepted: number;
  /** Nothing came back: the request was not whole. */
  waiting: number;
  /** By the status of the error, or "closed" where the connection ended without one. */
  readonly refused: Map<string, number>;
  /** Different pairs of (what the input is, what became of it). */
  readonly shapes: Set<string>;
  readonly violations: Violation[];
  /** What belongs to no single case. */
  readonly failures: string[];
}

const maxViolations = 20;

/** Mutated requests until there were `runs` of them, or too much is wrong. */
export async function fuzz(options: FuzzOptions): Promise<FuzzResult> {
  const result = emptyResult();
  const descriptors = await descriptorBaseline();
  const bench = await Bench.start(options.proxy);
  const cases = new FuzzCases(options.seed);
  const log = new LogCheck(bench.proxy);
  while (result.runs < options.runs && wrongIn(result) < maxViolations) {
    const size = Math.min(options.connections, maxParallel, options.runs - result.runs);
    const reported = result.violations.length;
    await runOnce(bench, cases, size, log, result);
    for (const violation of result.violations.slice(reported)) options.onViolation(violation);
    options.onProgress(result);
  }
  await bench.stop();
  result.failures.push(...log.finish(), ...stillAlive(bench.proxy));
  const left = await descriptorsFallTo(descriptors);
  if (left !== descriptors) result.failures.push(`I6 ${left} descriptors, ${descriptors} before`);
  return result;
}

function emptyResult(): FuzzResult {
  return {
    runs: 0,
    accepted: 0,
    waiting: 0,
    refused: new Map(),
    shapes: new Set(),
    violations: [],
    failures: [],
  };
}

export function wrongIn({ violations, failures }: FuzzResult): number {
  return violations.length + failures.length;
}

async function runOnce(
  bench: Bench,
  cases: FuzzCases,
  size: number,
  log: LogCheck,
  result: FuzzResult,
): Promise<void> {
  const batch = cases.next(size);
  const { observations, failures } = await runBatch(bench, batch);
  const suspects: [FuzzCase, string[]][] = [];
  for (const [index, observation] of observations.entries()) {
    const own = batch[index] as FuzzCase;
    count(result, observation, () => cases.keep(own));
    const problems = brokenInvariants(observation, { faults: [] });
    if (problems.length > 0) suspects.push([own, problems]);
  }
  result.failures.push(...log.check(observations.flatMap(({ requests }) => requests)));
  const general = [...failures, ...stillAlive(bench.proxy)];
  bench.proxy.faults.length = 0;
  for (const [own, problems] of suspects) {
    result.violations.push(await reproduce(bench, own, problems));
  }
  if (general.length > 0) await blame(bench, batch, general, result);
}

/** Something happened that names no case: each is tried alone. */
async function blame(
  bench: Bench,
  batch: readonly FuzzCase[],
  general: readonly string[],
  result: FuzzResult,
): Promise<void> {
  const found: Violation[] = [];
  for (const own of batch) {
    const violation = await reproduce(bench, own, general);
    if (violation.minimal !== null) found.push(violation);
  }
  result.violations.push(...found);
  if (found.length > 0) return;
  const inputs = batch.map(({ origin, input }) => `${origin}: ${input.toString("base64")}`);
  result.failures.push(
    `${general.join("; ")}; not by any of the batch alone:\n  ${inputs.join("\n  ")}`,
  );
}

function count(result: FuzzResult, observation: Observation, isNew: () => void): void {
  result.runs++;
  const { answered, asked, ending, requests } = observation;
  const error = answered.responses.find(({ status }) => status >= 400)?.status;
  const outcome = outcomeOf(observation);
  if (outcome === "accepted") result.accepted++;
  else if (outcome === "silent") result.waiting++;
  else {
    const key = String(error ?? "closed");
    result.refused.set(key, (result.refused.get(key) ?? 0) + 1);
  }
  const statuses = answered.responses.map(({ status }) => status).join();
  const bodies = requests.map(({ method, body }) => `${method}${Math.min(body.length, 2)}`).join();
  const shape = `${asked.requests.length} ${asked.rest} ${asked.reason.slice(0, 12)} ${statuses} ${ending} ${bodies}`;
  if (result.shapes.has(shape)) return;
  result.shapes.add(shape);
  isNew();
}
