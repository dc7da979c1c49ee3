import { parseArgs } from "node:util";
import { type MixupResult, hunt } from "./mixups/campaign.ts";

/*
 * node apps/proxy/test/conformance/mixups.ts --requests 100000 [--workers 2] [--pipelining]
 *
 * Correlates every response with its request while a fifth of the backends' connections misbehave
 * (security.md 5.2). `--stalls poll` stalls the proxy's loop in the middle of its poll phase.
 */

const { values } = parseArgs({
  options: {
    requests: { type: "string", default: "100000" },
    seed: { type: "string", default: "1" },
    workers: { type: "string", default: "0" },
    pipelining: { type: "boolean", default: false },
    stalls: { type: "string", default: "timers" },
  },
});
const startedAt = performance.now();

const result = await hunt({
  requests: Number(values.requests),
  seed: Number(values.seed),
  workers: Number(values.workers),
  pipelining: values.pipelining,
  stallPhase: values.stalls === "poll" ? "poll" : "timers",
  onProgress: ({ asked, violations }) =>
    console.log(`${counted(asked)} requests, ${violations.length} violations`),
});

console.log(summaryOf(result));
process.exitCode = result.tally.violations.length > 0 ? 1 : 0;

function summaryOf({ tally, backends, stalls }: MixupResult): string {
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(0);
  const { pipelining, workers, seed } = values;
  const share = ((backends.misbehaving * 100) / backends.connections).toFixed(1);
  const sorted = [...tally.outcomes].toSorted(([one], [other]) => one.localeCompare(other));
  return [
    `seed ${seed}, workers ${workers}, connections.pipelining ${pipelining ? "on" : "off"}`,
    `${counted(tally.asked)} requests in ${seconds} s, ${stalls} stalls of the loop (${values.stalls})`,
    `${counted(backends.connections)} backend connections, ${share} % misbehaving:`,
    ...Object.entries(backends.planned)
      .toSorted(([one], [other]) => one.localeCompare(other))
      .map(([name, times]) => `  ${counted(times).padStart(6)} ${name}`),
    `bytes on idle connections during stalls: ${backends.strayedWhileStalled}`,
    `requests in batches: ${counted(backends.batched)} of ${counted(backends.requests)}`,
    "outcomes:",
    ...sorted.map(([outcome, times]) => `  ${counted(times).padStart(6)} ${outcome}`),
    `violations ${tally.violations.length}`,
    ...tally.violations.slice(0, 30),
  ].join("\n");
}

function counted(value: number): string {
  return value.toLocaleString("en");
}
