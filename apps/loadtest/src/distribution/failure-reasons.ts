/* What is wrong with a run whatever the shares are. */
import { total } from "../observation/observation.ts";
import type { DistributionCounts, DistributionExpectation } from "./check-distribution.ts";

/** Responses that name no backend, and how to make them. */
export function unattributedReasons(
  counts: DistributionCounts,
  attributed: number,
  { backendHeader }: DistributionExpectation,
): string[] {
  const unattributed = total(counts.unattributed.values());
  if (unattributed === 0)
    return attributed === 0 ? ["no response at all, so nothing to judge"] : [];
  const statuses = [...counts.unattributed].map(([status, count]) => `${count} × ${status}`);
  const who = attributed === 0 ? "no response has" : `${unattributed} responses lack`;
  const help = "have each backend send its name, or name the header with --backend-header";
  return [
    `${who} the ${backendHeader} header (${statuses.join(", ")}), so nobody knows who answered: ${help}`,
  ];
}

/** Requests without a complete response, and responses that say they failed. */
export function failureReasons({ errors, statuses }: DistributionCounts): string[] {
  const reasons: string[] = [];
  const lost = total(Object.values(errors));
  if (lost > 0)
    reasons.push(`${lost} ${lost === 1 ? "request" : "requests"} got no complete response`);
  const failed = [...statuses].filter(([status]) => status < 200 || status >= 400);
  const count = total(failed.map(([, n]) => n));
  if (count > 0)
    reasons.push(`${count} ${count === 1 ? "response was" : "responses were"} not 2xx or 3xx`);
  return reasons;
}
