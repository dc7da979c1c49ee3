import { withoutPassword } from "../engine/plan.ts";
import { LatencyHistogram } from "../observation/latency-histogram.ts";
import {
  formatAmount,
  formatCount,
  formatLatency,
  formatSeconds,
  formatShare,
  formatTime,
  printable,
} from "../print/format.ts";
import {
  failLines,
  indent,
  invalidLines,
  labelled,
  partialLines,
  thresholdMark,
} from "../print/layout.ts";
import type { Paint } from "../print/paint.ts";
import { type Column, renderTable } from "../print/table.ts";
import type { ComparedTime } from "./judge/compare-with-prediction.ts";
import { formatMetric, type ThresholdVerdict } from "./judge/thresholds.ts";
import type { Reconciliation } from "./ledgers/reconcile.ts";
import { disagreements, ledgerText, retryText } from "./ledger-lines.ts";
import { variantName } from "./failover-plan.ts";
import { earlyEndReasons } from "./early-end.ts";
import type { FailoverRun } from "./run-failover.ts";

const comparedColumns: readonly Column[] = [
  { heading: "after the fault", align: "left" },
  { heading: "predicted", align: "right" },
  { heading: "measured", align: "right" },
  { heading: "verdict", align: "left" },
];

const summaryColumns: readonly Column[] = [
  { heading: "fault", align: "left" },
  { heading: "balancer", align: "left" },
  { heading: "sent", align: "right" },
  { heading: "failed", align: "right" },
  { heading: "lost", align: "right" },
  { heading: "doubled", align: "right" },
  { heading: "retries", align: "right" },
  { heading: "traffic ends", align: "right" },
  { heading: "last failure", align: "right" },
  { heading: "back in", align: "right" },
  { heading: "verdict", align: "left" },
];

/** One run for a person to read, without a final newline. */
export function renderFailover(run: FailoverRun, paint: Paint): string {
  return [
    paint("strong", heading(run)),
    "",
    ...indent(
      renderTable(
        comparedColumns,
        run.compared.map((row) => comparedRow(row, paint)),
      ),
    ),
    "",
    ...indent(facts(run)),
    ...indent(thresholdLines(run, paint)),
    "",
    ...failoverVerdictLines(run, paint),
  ].join("\n");
}

/** What is left of a run whose times are the generator's own. */
const ledgersOnly = "nothing else is wrong, but the times prove nothing; the ledgers do";

/** All runs in one table. */
export function renderSummary(runs: readonly FailoverRun[], paint: Paint): string {
  return renderTable(
    summaryColumns,
    runs.map((run) => summaryRow(run, verdictWord(run, paint))),
  ).join("\n");
}

/** The verdict alone: one line, and one more for each further reason. */
export function failoverVerdictLines(run: FailoverRun, paint: Paint): string[] {
  const { fault } = run.plan;
  const reasons = failureReasons(run);
  const lines = [...partialLines(run.isPartial, paint), ...invalidLines(run.invalid, paint)];
  if (reasons.length === 0) {
    if (run.plan.without.length > 0) {
      return [...lines, `· NOT JUDGED  ${fault.name}, ${variantName(run.plan)}: for comparison`];
    }
    if (run.invalid.length > 0) return [...lines, `        ${fault.name}: ${ledgersOnly}`];
    const what = "every bound, promise and threshold is kept";
    return [...lines, `${paint("good", "✓ PASS")}  ${fault.name}: ${what}`];
  }
  const [first = "", ...rest] = reasons;
  return [...lines, ...failLines([`${fault.name}: ${first}`, ...rest], paint)];
}

/** Why a run does not pass, one sentence each. */
export function failureReasons(run: FailoverRun): string[] {
  const { compared, promises, thresholds, abortedBy } = run;
  const late = compared
    .filter(({ verdict }) => verdict === "fail")
    .map(({ what, predicted, measuredMs, note }) => {
      const measured = measuredMs === null ? note : formatTime(measuredMs);
      return `${what}: ${measured}, predicted at most ${formatTime(predicted?.ms ?? 0)}`;
    });
  const broken = [
    ...promises.filter(({ verdict }) => verdict === "not-met"),
    ...thresholds.filter(({ verdict }) => verdict !== "met"),
  ].map(({ threshold, value }) => `${threshold.text}: ${formatMetric(threshold.metric, value)}`);
  return [...earlyEndReasons(abortedBy), ...late, ...broken];
}

function heading({ plan, span, load, url, counts }: FailoverRun): string {
  const { fault, load: wanted } = plan;
  const back =
    span.returnAtMs === undefined ? "not back" : `back at ${formatSeconds(span.returnAtMs)}`;
  const who = span.victims.map(printable).join(", ");
  const rate = `${Number(wanted.ratePerSecond.toPrecision(6))} requests/s ${wanted.arrivals}`;
  const variant = plan.without.length === 0 ? "" : `, ${variantName(plan)}`;
  return (
    `Failover${variant}: ${fault.name} of ${who} at ${formatSeconds(span.faultAtMs)}, ${back}  ` +
    `(${printable(withoutPassword(url))}, ${rate}, ${formatCount(counts.sent)} in ${formatSeconds(load.durationMs)})`
  );
}

function comparedRow({ what, predicted, measuredMs, verdict, note }: ComparedTime, paint: Paint) {
  const bound = predicted === null ? "–" : `≤ ${formatTime(predicted.ms)}`;
  const measured = measuredMs === null ? "–" : formatTime(measuredMs);
  const because = predicted === null ? "" : paint("quiet", predicted.because);
  if (verdict === "pass") {
    const how = note === "" ? "" : ` ${note}`;
    return [what, bound, measured, `${paint("good", `✓ within${how}`)}  ${because}`];
  }
  if (verdict === "fail") {
    const why = note === "" ? "later" : note;
    return [what, bound, measured, `${paint("bad", `✗ ${why}`)}  ${because}`];
  }
  return [what, bound, measured, paint("quiet", `· ${note}`)];
}

function facts(run: FailoverRun): string[] {
  const { counts, load, times } = run;
  const rows: [string, string][] = [
    ["requests", accounting(counts)],
    ["failures", failureText(counts)],
    ["by phase", phaseText(run)],
    ["retries", retryText(counts)],
    ["victims", victimText(run)],
    ["ledgers", ledgerText(counts)],
    ...disagreements(counts),
    ["latency", latencyText(load.latencyUs, "from due")],
    ["", latencyText(load.serviceUs, "from sent")],
    ["schedule", scheduleText(run)],
  ];
  if (times.statusChanges !== null) rows.push(["changes", `${times.statusChanges} of status`]);
  return labelled(rows, 11);
}

/** Every request is in exactly one of the summands; the equation is there to be checked. */
function accounting(counts: Reconciliation): string {
  const { sent, succeeded, errorResponses, lost, aborted, dropped } = counts;
  const parts = [
    `${formatCount(succeeded)} succeeded`,
    formatAmount(errorResponses, "error response"),
    `${formatCount(lost.length)} lost`,
    ...(aborted === 0 ? [] : [`${formatCount(aborted)} aborted`]),
  ];
  const sign = succeeded + errorResponses + lost.length + aborted === sent ? "=" : "≠";
  const left = dropped === 0 ? "" : `; ${formatCount(dropped)} dropped, never sent`;
  return `${formatCount(sent)} sent ${sign} ${parts.join(" + ")}${left}`;
}

function failureText({ kinds, unsuccessful }: Reconciliation): string {
  if (kinds.size === 0) return "none";
  const text = [...kinds].map(([kind, count]) => `${kind} × ${formatCount(count)}`).join(", ");
  return `${text}  (GET ${formatCount(unsuccessful.GET)}, POST ${formatCount(unsuccessful.POST)})`;
}

function phaseText({ times }: FailoverRun): string {
  const { failedBefore, failedDuring, failedAfterReturn, lateFailedShare } = times;
  const late = `${formatShare(lateFailedShare)} of those due 1 s after it or later`;
  return `${failedBefore} failed before the fault, ${failedDuring} during, ${failedAfterReturn} after the return; ${late}`;
}

function victimText({ times }: FailoverRun): string {
  const { trafficEndedAfterMs, laterRequests, firstSuccessAfterReturnMs } = times;
  const end =
    trafficEndedAfterMs === null
      ? "their traffic never ended"
      : `quiet after ${formatTime(trafficEndedAfterMs)}, then ${laterRequests} requests until the return`;
  if (firstSuccessAfterReturnMs === null) return end;
  return `${end}; first success after it ${formatTime(firstSuccessAfterReturnMs)}`;
}

function latencyText(snapshot: FailoverRun["load"]["latencyUs"], since: string): string {
  const histogram = new LatencyHistogram(snapshot);
  if (histogram.count === 0) return "no response to measure";
  const at = (percentile: number): string => formatLatency(histogram.percentile(percentile));
  return `p50 ${at(50)}   p90 ${at(90)}   p99 ${at(99)}   max ${formatLatency(histogram.max)}   ${since}`;
}

function scheduleText({ load }: FailoverRun): string {
  const lag = new LatencyHistogram(load.lagUs);
  const busy = formatShare(load.generatorUtilization);
  return `sent ${formatLatency(lag.percentile(99))} after due at p99, generator ${busy} busy`;
}

function thresholdLines({ promises, thresholds }: FailoverRun, paint: Paint): string[] {
  const line = (name: string, { threshold, value, verdict }: ThresholdVerdict): string => {
    return `${name.padEnd(11)}${thresholdMark(verdict, paint)} ${threshold.text}  (${formatMetric(threshold.metric, value)})`;
  };
  return [
    ...promises.map((verdict) => line("promise", verdict)),
    ...thresholds.map((verdict) => line("threshold", verdict)),
  ];
}

function summaryRow({ plan, counts, times }: FailoverRun, verdict: string): string[] {
  const { GET, POST } = counts.unsuccessful;
  const time = (ms: number | null): string => (ms === null ? "–" : formatTime(ms));
  return [
    plan.fault.name,
    variantName(plan),
    formatCount(counts.sent),
    formatCount(GET + POST),
    formatCount(counts.lost.length),
    counts.doubled === null ? "?" : formatCount(counts.doubled.length),
    counts.retries === null ? "?" : formatCount(counts.retries),
    times.trafficEndedAfterMs === null ? "never" : time(times.trafficEndedAfterMs),
    times.lastFailure === null ? "none" : time(times.lastFailure.knownAfterMs),
    time(times.readmittedAfterMs),
    verdict,
  ];
}

function verdictWord({ plan, pass, invalid, isPartial }: FailoverRun, paint: Paint): string {
  if (plan.without.length > 0) return paint("quiet", "· not judged");
  if (isPartial) return paint("warning", "interrupted");
  if (invalid.length > 0) return paint("bad", "✗ run invalid");
  return pass ? paint("good", "✓ pass") : paint("bad", "✗ fail");
}
