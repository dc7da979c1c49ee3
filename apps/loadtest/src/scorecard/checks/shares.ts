import { runDistribution } from "../../distribution/run-distribution.ts";
import type { DistributionResult } from "../../distribution/run-distribution.ts";
import { formatShare } from "../../print/format.ts";
import { type FleetSetup, NotApplicable, type Scene, weights } from "../scene/scene.ts";
import { type Finding, passIf } from "./check.ts";

const tolerance = 0.05;
const requests = 1800;
const connections = 20;

/** Sends requests and compares each backend's share with what it should get. */
export async function judgeShares(scene: Scene, setup: FleetSetup): Promise<Finding> {
  const system = await scene.fleet(setup);
  const names = system.backends.map(({ name }) => name);
  const expected = setup === "weighted" ? weights : names.map(() => 1);
  const result = await runDistribution({
    url: system.url,
    requests,
    connections,
    // What connects first is where some balancers begin to differ from what they do later.
    warmupRequests: connections,
    tolerance,
    ...(names.length === 0
      ? {}
      : { weights: new Map(names.map((name, index) => [name, expected[index] ?? 1])) }),
    signal: scene.signal,
  });
  const { pass, reasons, attributed, unattributed } = result.verdict;
  if (!scene.isConfiguredByUs && attributed === 0 && unattributed > 0) {
    throw new NotApplicable("no response names its backend in X-Backend");
  }
  if (!scene.isConfiguredByUs && result.verdict.backends.length === 1) {
    throw new NotApplicable("only one backend answers");
  }
  return passIf(
    pass,
    `±${worstDeviation(result)}`,
    reasons.length > 0 ? reasons.join("; ") : undefined,
  );
}

function worstDeviation({ verdict }: DistributionResult): string {
  const deviations = verdict.backends.map(({ deviation }) => Math.abs(deviation ?? 1));
  return formatShare(Math.max(0, ...deviations));
}
