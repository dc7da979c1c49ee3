import { parseArgs } from "node:util";
import { type FuzzResult, fuzz, wrongIn } from "./fuzz/campaign.ts";
import { describeViolation } from "./fuzz/report.ts";

/*
 * node apps/proxy/test/conformance/fuzz.ts --runs 1000000 --seed 1 [--workers 2] [--pipelining]
 *
 * Mutated requests against the whole proxy, judged by I1 to I6 (security.md 2.3).
 */

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "100000" },
    seed: { type: "string", default: "1" },
    workers: { type: "string", default: "0" },
    connections: { type: "string", default: "100" },
    pipelining: { type: "boolean", default: false },
  },
});
const { pipelining } = values;
const startedAt = performance.now();
let toldAt = startedAt;

const result = await fuzz({
  runs: Number(values.runs),
  seed: Number(values.seed),
  connections: Number(values.connections),
  proxy: { workers: Number(values.workers), pool: { connections: { pipelining } } },
  onProgress: (sofar) => {
    if (performance.now() - toldAt < 10_000) return;
    toldAt = performance.now();
    console.log(`${counted(sofar.runs)} runs, ${rateOf(sofar)}/s, ${wrongIn(sofar)} violations`);
  },
  onViolation: (violation) => console.log(describeViolation(violation).join("\n")),
});

console.log(summaryOf(result));
process.exitCode = wrongIn(result) > 0 ? 1 : 0;

function summaryOf(all: FuzzResult): string {
  const refused = [...all.refused].toSorted(([one], [other]) => one.localeCompare(other));
  const seconds = (performance.now() - startedAt) / 1_000;
  return [
    `seed ${values.seed}, workers ${values.workers}, pipelining ${pipelining ? "on" : "off"}`,
    `${counted(all.runs)} runs in ${seconds.toFixed(0)} s (${rateOf(all)}/s), ${all.shapes.size} different outcomes`,
    `accepted   ${counted(all.accepted)}`,
    ...refused.map(([status, times]) => `refused    ${counted(times)} with ${status}`),
    `incomplete ${counted(all.waiting)}`,
    `violations ${wrongIn(all)}`,
    ...all.violations.flatMap((violation) => ["", ...describeViolation(violation)]),
    ...all.failures.flatMap((failure) => ["", failure]),
    `max RSS ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MB`,
  ].join("\n");
}

function counted(value: number): string {
  return value.toLocaleString("en");
}

function rateOf({ runs }: FuzzResult): string {
  return ((runs * 1_000) / (performance.now() - startedAt)).toFixed(0);
}
