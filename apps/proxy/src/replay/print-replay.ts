import type { Change, HashKeyReport, LimitReport, ReplayReport } from "./replay-report.ts";

const mostRows = 20;

/** A report as people read it: how much changes first, then what. */
export function printReplay(report: ReplayReport): string {
  const { lines, period, compared, moved, movedShare, undecided } = report;
  const undecidedCount = sum(undecided.map(({ count }) => count));
  const all = [
    `${lines.used} requests of ${lines.total} lines${period === null ? "" : `, ${period.from} to ${period.to}`}`,
    "",
    `=> ${percent(movedShare)} get another answer or pool: ${moved} of ${compared} that can be compared`,
    "",
    ...section("other pool or answer", report.byOutcome.flatMap(changeLines)),
    ...section("other route", report.byRoute.flatMap(changeLines)),
    ...section("hash keys", report.hashKeys.map(keyLine)),
    ...section("rate limits, by the times of the log", limitLines(report.limits)),
    ...section(
      "routes that no request of this log matches",
      report.neverMatch.map(({ route, asks, verdict }) => {
        const doubt = verdict === "unknown" ? "  (may be: it asks for what the log has not)" : "";
        return `${route}  ${asks}${doubt}`;
      }),
    ),
    ...section(
      undecidedCount === 0 ? "" : `${undecidedCount} requests cannot be compared`,
      undecided.map(({ missing, count }) => `${count}: the log does not have ${missing}`),
    ),
    ...section(
      "lines that are no requests",
      lines.unused.map(({ reason, count, firstLine }) => {
        return `${count}: ${reason} (first: line ${firstLine})`;
      }),
    ),
    ...section("what this log cannot answer", report.unanswered),
  ];
  return `${all.map(printable).join("\n").trimEnd()}\n`;
}

function section(title: string, lines: readonly string[]): string[] {
  if (title === "" || lines.length === 0) return [];
  const shown = lines.slice(0, mostRows * 4).map((line) => `  ${line}`);
  const rest = lines.length - shown.length;
  return [title, ...shown, ...(rest > 0 ? [`  … ${rest} more lines; --json has all`] : []), ""];
}

function changeLines({ from, to, count, share, examples }: Change): string[] {
  return [
    `${from} -> ${to}: ${count} (${percent(share)})`,
    ...examples.map((example) => `    ${example}`),
  ];
}

function keyLine({
  pool,
  requests,
  requestsMoved,
  keys,
  keysMovedShare,
  isEstimate,
}: HashKeyReport): string {
  const about = isEstimate ? "about " : "";
  return `pool ${pool}: ${about}${percent(keysMovedShare)} of ${about}${keys} keys get another server, ${requestsMoved} of ${requests} requests`;
}

/** Before and after of a limit stand beside each other when its route asks for the same. */
function limitLines(limits: readonly LimitReport[]): string[] {
  const before = limits.filter(({ configuration }) => configuration === "before");
  const after = limits.filter(({ configuration }) => configuration === "after");
  const isSame = (one: LimitReport) => (other: LimitReport) =>
    one.asks === other.asks && one.limit === other.limit;
  const kept = after.map((limit) => {
    const was = before.find(isSame(limit));
    return `${limit.asks}  ${limit.limit}: ${refusedText(limit)}${was === undefined ? " (new)" : `, before ${was.refused}`}`;
  });
  const gone = before
    .filter((limit) => !after.some(isSame(limit)))
    .map((limit) => `${limit.asks}  ${limit.limit}: gone, before ${refusedText(limit)}`);
  return [...kept, ...gone];
}

function refusedText({ refused, requests }: LimitReport): string {
  return `${refused} of ${requests} refused`;
}

function percent(share: number): string {
  const value = share * 100;
  if (value === 0 || value === 100) return `${value} %`;
  return value < 0.01 ? "less than 0.01 %" : `${value.toFixed(2)} %`;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** What came from a log must not drive the terminal. */
function printable(line: string): string {
  return line.replaceAll(/[\x00-\x1f\x7f-\x9f]/g, "?");
}
