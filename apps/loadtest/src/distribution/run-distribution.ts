import type { JudgedStrategy } from "@evenkeel/oracles";
import { runClosedLoop } from "../engine/closed-loop.ts";
import type { ClosedLoopPlan } from "../engine/plan.ts";
import type { Observation } from "../observation/observation.ts";
import {
  checkDistribution,
  type DistributionExpectation,
  type DistributionVerdict,
} from "./check-distribution.ts";
import { judgeByStrategy } from "./judge-by-strategy.ts";
import { distributionNotes } from "./notes.ts";
import { measurementWarnings } from "../observation/warnings.ts";
import {
  type DistributionOptions,
  type ResolvedDistribution,
  resolveDistribution,
} from "./options.ts";

/** Everything about one distribution check: what was asked, what happened, what it means. */
export interface DistributionResult {
  readonly plan: ClosedLoopPlan;
  readonly expectation: DistributionExpectation;
  readonly strategy: JudgedStrategy | undefined;
  /** Positions of the balancer that are not shared. */
  readonly workers: number;
  readonly observation: Observation;
  readonly verdict: DistributionVerdict;
  /** Remarks on what the numbers can say. */
  readonly notes: readonly string[];
  /** Doubts about the measurement itself. */
  readonly warnings: readonly string[];
  /** The run was interrupted: counts are right as far as they go, and the verdict is not final. */
  readonly isPartial: boolean;
}

/**
 * Sends requests to `url`, counts who answered, and checks every backend's share. A bad distribution or
 * failed requests are a result; see `verdict.pass`.
 *
 * @throws LoadtestError `BAD_OPTION` or `TARGET_UNREACHABLE`.
 */
export async function runDistribution(options: DistributionOptions): Promise<DistributionResult> {
  const resolved = resolveDistribution(options);
  const { plan, expectation, strategy, workers } = resolved;
  const observation = await runClosedLoop(plan, options);
  const verdict = verdictOn(observation, resolved);
  return {
    plan,
    expectation,
    strategy,
    workers,
    observation,
    verdict,
    notes: distributionNotes(verdict, expectation, strategy),
    warnings: measurementWarnings(plan, observation),
    isPartial: options.signal?.aborted === true && !isComplete(plan, observation),
  };
}

/** By the strategy's promise where it is known, by the tolerance around equal or weighted shares otherwise. */
export function verdictOn(
  observation: Observation,
  { plan, expectation, strategy, workers }: ResolvedDistribution,
): DistributionVerdict {
  if (strategy === undefined) return checkDistribution(observation, expectation);
  const { connections } = plan;
  return judgeByStrategy(observation, expectation, {
    strategy,
    workers,
    connections,
    sent: observation.sent,
  });
}

/** An abort that arrives after the last response changes nothing. */
function isComplete(plan: ClosedLoopPlan, observation: Observation): boolean {
  return observation.sent === plan.requests && observation.aborted === 0;
}
