/* Remarks beside the verdict: what the numbers can and cannot say. They never change it. */
import type { DistributionExpectation, DistributionVerdict } from "./check-distribution.ts";

/** The remarks for a run, one sentence or two each. `strategy` is the balancer's, as far as known. */
export function distributionNotes(
  verdict: DistributionVerdict,
  expectation: DistributionExpectation,
  strategy: string | undefined,
): string[] {
  return [
    ...membershipNotes(verdict, expectation),
    // A strategy's oracle says itself how many requests it needs.
    ...(strategy === undefined ? granularityNotes(verdict, expectation) : []),
  ];
}

function membershipNotes(
  verdict: DistributionVerdict,
  { weights, expectBackends }: DistributionExpectation,
): string[] {
  const seen = verdict.backends.length;
  if (weights !== undefined || expectBackends !== undefined || seen === 0) return [];
  const who = seen === 1 ? "only 1 backend answered and is" : `${seen} backends answered and are`;
  return [`${who} taken for all there is; --expect-backends makes a missing one a failure`];
}

/** With few requests no whole number may lie inside the tolerance: then nobody could pass. */
function granularityNotes(
  { backends, attributed }: DistributionVerdict,
  { tolerance }: DistributionExpectation,
): string[] {
  const impossible = backends.find(({ expectedShare }) => {
    const target = expectedShare * attributed;
    const slack = tolerance * target + 1e-9 * attributed;
    return target > 0 && Math.floor(target + slack) < Math.ceil(target - slack);
  });
  if (impossible === undefined) return [];
  const target = round(impossible.expectedShare * attributed, 2);
  return [
    `too few requests to pass: ${impossible.name} should get ${target} of ${attributed}, and no whole number is within the tolerance`,
  ];
}

function round(value: number, digits: number): string {
  return String(Number(value.toFixed(digits)));
}
