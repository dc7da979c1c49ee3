/*
 * The verdict on a distribution: pure arithmetic over counts, no clock, no I/O.
 *
 * The tolerance is relative to the expected share: 5 % around 33.3 % is 31.67 % to 35.0 %, not 28.3 % to
 * 38.3 %. Shares are compared as counts times weights, so that a count exactly on the boundary is within it.
 */
import type { DistributionJudgement } from "@evenkeel/oracles";
import { total } from "../observation/observation.ts";
import { equalShares, type ExpectedShares, sharesByWeight } from "./expected-shares.ts";
import { failureReasons, unattributedReasons } from "./failure-reasons.ts";

/** What is asked of the backends. */
export interface DistributionExpectation {
  /** Allowed deviation of a share, relative to the expected share: 0.05 is ±5 %. */
  readonly tolerance: number;
  /** Backend name to weight, all backends; without it all shares are equal. */
  readonly weights: ReadonlyMap<string, number> | undefined;
  /** How many backends there are; without it (and without weights) as many as answered. */
  readonly expectBackends: number | undefined;
  /** The header that names the backend, for messages. */
  readonly backendHeader: string;
}

/** What the check looks at; an observation has all of it. */
export interface DistributionCounts {
  readonly backends: ReadonlyMap<string, number>;
  readonly unattributed: ReadonlyMap<number, number>;
  readonly statuses: ReadonlyMap<number, number>;
  readonly errors: Readonly<Record<string, number>>;
}

/**
 * `within`: inside the tolerance; `outside`: beyond it; `missing`: expected and never seen;
 * `unexpected`: seen and not expected.
 */
export type BackendVerdictKind = "within" | "outside" | "missing" | "unexpected";

/** One backend's part. Shares are fractions of the responses that name a backend. */
export interface BackendVerdict {
  readonly name: string;
  readonly requests: number;
  readonly share: number;
  readonly expectedShare: number;
  /** Relative to the expected share: +0.02 is 2 % more than promised; `undefined` when none was. */
  readonly deviation: number | undefined;
  readonly verdict: BackendVerdictKind;
  /** The fewest and most requests that keep the strategy's promise, where the strategy is known. */
  readonly range?: { readonly least: number; readonly most: number };
}

/** The distribution check's answer. */
export interface DistributionVerdict {
  readonly pass: boolean;
  /** In natural order of their names. */
  readonly backends: readonly BackendVerdict[];
  /** Responses that name a backend. */
  readonly attributed: number;
  /** Responses that do not. */
  readonly unattributed: number;
  /** Most and fewest requests that one backend got, and the difference. */
  readonly spread: { readonly max: number; readonly min: number; readonly difference: number };
  /** Why it does not pass: one sentence each; empty when it does. */
  readonly reasons: readonly string[];
  /** What the strategy promised and whether this run shows it, where the strategy is known. */
  readonly judgement?: DistributionJudgement;
}

/** Rounding of `0.07 * 100` and its like must not push a count on the boundary out. */
const roundingSlack = 1e-9;

/** Judges `counts`. Nothing is thrown: a run without a single response is a verdict too. */
export function checkDistribution(
  counts: DistributionCounts,
  expectation: DistributionExpectation,
): DistributionVerdict {
  const attributed = total(counts.backends.values());
  const expected = expectedShares(counts, expectation);
  const backends = expected.names
    .map((name) => judge(name, counts.backends.get(name) ?? 0, attributed, expected, expectation))
    .toSorted((a, b) => naturalOrder.compare(a.name, b.name));
  const reasons = [
    ...distributionReasons(backends, expected, expectation),
    ...unattributedReasons(counts, attributed, expectation),
    ...failureReasons(counts),
  ];
  return {
    pass: reasons.length === 0,
    backends,
    attributed,
    unattributed: total(counts.unattributed.values()),
    spread: spreadOf(backends.map((backend) => backend.requests)),
    reasons,
  };
}

/** `s-2` before `s-10`. */
export const naturalOrder: Intl.Collator = new Intl.Collator("en", { numeric: true });

/** Who should get how much, by weights, by their number, or by who was seen. */
export function expectedShares(
  counts: DistributionCounts,
  expectation: DistributionExpectation,
): ExpectedShares {
  const seen = [...counts.backends.keys()];
  if (expectation.weights !== undefined) return sharesByWeight(expectation.weights, seen);
  return equalShares(seen, expectation.expectBackends);
}

function judge(
  name: string,
  requests: number,
  attributed: number,
  expected: ExpectedShares,
  expectation: DistributionExpectation,
): BackendVerdict {
  const weight = expected.weightOf(name);
  const share = attributed === 0 ? 0 : requests / attributed;
  const expectedShare = weight / expected.totalWeight;
  const deviation = expectedShare === 0 ? undefined : share / expectedShare - 1;
  const common = { name, requests, share, expectedShare, deviation };
  if (requests === 0 && weight > 0) return { ...common, verdict: "missing" };
  if (weight === 0) return { ...common, verdict: requests === 0 ? "within" : "unexpected" };
  // share = requests / attributed, expected = weight / totalWeight, both sides times the denominators.
  const target = weight * attributed;
  const distance = Math.abs(requests * expected.totalWeight - target);
  const isWithin = distance <= (expectation.tolerance + roundingSlack) * target;
  return { ...common, verdict: isWithin ? "within" : "outside" };
}

function distributionReasons(
  backends: readonly BackendVerdict[],
  expected: ExpectedShares,
  { tolerance, expectBackends }: DistributionExpectation,
): string[] {
  const named = (kind: BackendVerdictKind): string[] =>
    backends.filter((backend) => backend.verdict === kind).map((backend) => backend.name);
  const reasons: string[] = [];
  const outside = named("outside");
  const band = `±${percent(tolerance)} of its expected share`;
  if (outside.length > 0) reasons.push(`${list(outside)}: not within ${band}`);
  const missing = named("missing");
  if (missing.length > 0) reasons.push(`${list(missing)}: expected, and never answered`);
  const unexpected = named("unexpected");
  if (unexpected.length > 0) reasons.push(`${list(unexpected)}: answered, and should get nothing`);
  return [...reasons, ...surplusReasons(backends.length, expected, expectBackends)];
}

/** More backends than there should be. */
export function surplusReasons(
  seen: number,
  expected: ExpectedShares,
  expectBackends: number | undefined,
): string[] {
  if (expected.surplus === 0) return [];
  return [`${seen} backends answered where ${expectBackends} were expected`];
}

/** Of an empty list all zero. */
export function spreadOf(requests: readonly number[]): DistributionVerdict["spread"] {
  if (requests.length === 0) return { max: 0, min: 0, difference: 0 };
  const max = Math.max(...requests);
  const min = Math.min(...requests);
  return { max, min, difference: max - min };
}

function list(names: readonly string[]): string {
  return names.join(", ");
}

function percent(fraction: number): string {
  return `${Number((fraction * 100).toPrecision(6))} %`;
}
