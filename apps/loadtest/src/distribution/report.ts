import { withoutPassword } from "../engine/plan.ts";
import {
  errorCount,
  failedResponseCount,
  type Observation,
  total,
} from "../observation/observation.ts";
import {
  formatAmount,
  formatCount,
  formatDeviation,
  formatLatency,
  formatSeconds,
  formatShare,
  formatTolerance,
  printable,
} from "../print/format.ts";
import { failLines, indent, labelled, partialLines } from "../print/layout.ts";
import type { Paint } from "../print/paint.ts";
import { type Column, renderTable } from "../print/table.ts";
import type { BackendVerdict, DistributionVerdict } from "./check-distribution.ts";
import type { DistributionResult } from "./run-distribution.ts";

const columns: readonly Column[] = [
  { heading: "backend", align: "left" },
  { heading: "requests", align: "right" },
  { heading: "share", align: "right" },
  { heading: "expected", align: "right" },
  { heading: "deviation", align: "right" },
  { heading: "verdict", align: "left" },
];

/** The whole result for a person to read, without a final newline. */
export function renderDistribution(result: DistributionResult, paint: Paint): string {
  const table = renderTable(columns, backendRows(result, paint));
  return [
    paint("strong", heading(result)),
    "",
    ...(result.verdict.backends.length === 0 ? [] : [...indent(table), ""]),
    ...indent(facts(result)),
    "",
    ...result.notes.map((note) => paint("quiet", `note: ${printable(note)}`)),
    ...result.warnings.map((warning) => paint("warning", `warning: ${warning}`)),
    ...verdictLines(result, paint),
  ].join("\n");
}

/** The verdict alone: one line, and one more for each further reason. */
export function verdictLines(result: DistributionResult, paint: Paint): string[] {
  const { verdict, isPartial } = result;
  const partial = partialLines(isPartial, paint);
  if (verdict.pass) {
    const so = isPartial ? " so far" : "";
    return [...partial, `${paint("good", "✓ PASS")}  ${successText(result)}${so}`];
  }
  const short = isOnlyShort(verdict) ? paint("warning", "✗ TOO FEW REQUESTS") : undefined;
  return [...partial, ...failLines(verdict.reasons.map(printable), paint, short)];
}

/** What a pass means, in a sentence. */
export function successText({ verdict, strategy, expectation }: DistributionResult): string {
  const band = formatTolerance(expectation.tolerance);
  if (strategy === undefined)
    return `every backend is within ${band} of its expected share, and nothing failed`;
  const power = verdict.judgement?.power;
  const seen =
    power === undefined ? "" : `; a skew of ${band} is seen with a chance of ${power.toFixed(3)}`;
  return `${strategy} keeps its promise${seen}, and nothing failed`;
}

/** Nothing is wrong but the length of the run. */
function isOnlyShort({ judgement, reasons }: DistributionVerdict): boolean {
  return judgement?.verdict === "too-few-requests" && reasons.length === judgement.reasons.length;
}

function heading({ plan, strategy }: DistributionResult): string {
  const extent = [
    plan.requests === undefined ? "" : `${formatCount(plan.requests)} requests`,
    plan.durationMs === undefined ? "" : `at most ${formatSeconds(plan.durationMs)}`,
    `${plan.connections} connections`,
    strategy ?? "",
  ].filter((part) => part !== "");
  return `Distribution of ${plan.method} ${withoutPassword(plan.url)}  (${extent.join(", ")})`;
}

function backendRows({ verdict, expectation }: DistributionResult, paint: Paint): string[][] {
  return verdict.backends.map((backend) => [
    printable(backend.name),
    formatCount(backend.requests),
    formatShare(backend.share),
    formatShare(backend.expectedShare),
    formatDeviation(backend.deviation),
    verdictCell(backend, bandOf(backend, expectation.tolerance), paint),
  ]);
}

function bandOf({ range }: BackendVerdict, tolerance: number): string {
  if (range === undefined) return formatTolerance(tolerance);
  const { least, most } = range;
  return least === most ? formatCount(least) : `${formatCount(least)} to ${formatCount(most)}`;
}

function verdictCell({ verdict }: BackendVerdict, band: string, paint: Paint): string {
  if (verdict === "within") return paint("good", `✓ within ${band}`);
  if (verdict === "outside") return paint("bad", `✗ outside ${band}`);
  return paint("bad", `✗ ${verdict}`);
}

function facts(result: DistributionResult): string[] {
  const { observation, verdict, plan } = result;
  const { spread } = verdict;
  const rate = observation.responses / (observation.durationMs / 1000 || 1);
  const busy = formatShare(observation.generatorUtilization);
  const rows: [string, string][] = [
    ...judgementRows(verdict),
    [
      "spread",
      `max−min ${formatCount(spread.difference)} (${formatCount(spread.max)} − ${formatCount(spread.min)})`,
    ],
    ["requests", accounting(observation)],
    ["statuses", statusText(observation)],
    ["errors", errorText(observation)],
    ...latencyRows(observation),
    [
      "time",
      `${formatSeconds(observation.durationMs)}, ${formatCount(rate)} responses/s, generator ${busy} busy`,
    ],
  ];
  if (plan.warmupRequests > 0) {
    rows.push(["warm-up", `${formatCount(plan.warmupRequests)} requests before, counted nowhere`]);
  }
  return labelled(rows, 10);
}

function judgementRows({ judgement }: DistributionVerdict): [string, string][] {
  if (judgement === undefined) return [];
  const { promise, pValue } = judgement;
  const p: [string, string][] = pValue === undefined ? [] : [["", `p = ${pValue.toPrecision(3)}`]];
  return [["promise", printable(promise)], ...p];
}

/** Every request is in exactly one of the summands; the equation is there to be checked. */
function accounting(observation: Observation): string {
  const aborted = observation.aborted === 0 ? "" : ` + ${formatCount(observation.aborted)} aborted`;
  const errors = errorCount(observation);
  const parts = `${formatAmount(observation.responses, "response")} + ${formatAmount(errors, "error")}`;
  const accounted = observation.responses + errors + observation.aborted;
  const sign = accounted === observation.sent ? "=" : "≠";
  return `${formatCount(observation.sent)} sent ${sign} ${parts}${aborted}`;
}

function statusText(observation: Observation): string {
  const counts = [...observation.statuses].toSorted(([a], [b]) => a - b);
  if (counts.length === 0) return "none";
  const failed = failedResponseCount(observation);
  const text = counts.map(([status, count]) => `${status} × ${formatCount(count)}`).join(", ");
  return failed === 0 ? text : `${text}  (${formatCount(failed)} not 2xx or 3xx)`;
}

function errorText(observation: Observation): string {
  const kinds = Object.entries(observation.errors).filter(([, count]) => count > 0);
  if (kinds.length === 0) return "none";
  const text = kinds.map(([kind, count]) => `${kind} × ${formatCount(count)}`).join(", ");
  if (total(observation.errorCodes.values()) === 0) return text;
  const codes = [...observation.errorCodes].map(([code, n]) => `${code} × ${formatCount(n)}`);
  return `${text}  (${printable(codes.join(", "))})`;
}

function latencyRows({ latenciesUs, responses }: Observation): [string, string][] {
  if (responses === 0) return [["latency", "no response to measure"]];
  const at = (percentile: number): string => formatLatency(latenciesUs.percentile(percentile));
  return [
    [
      "latency",
      `p50 ${at(50)}   p90 ${at(90)}   p99 ${at(99)}   max ${formatLatency(latenciesUs.max)}`,
    ],
    ["", "closed loop: these are service times; a stall holds the next request back"],
    ["", "instead of showing here (coordinated omission)"],
  ];
}
