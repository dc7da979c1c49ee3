import { type CountsDocument, countsDocument } from "../failover/document.ts";
import { disagreements, ledgerText, retryText } from "../failover/ledger-lines.ts";
import { formatCount, printable } from "../print/format.ts";
import { failLines, partialLines } from "../print/layout.ts";
import type { Paint } from "../print/paint.ts";
import type { StickyRun } from "./run-sticky.ts";

/** The result as JSON; the schema of `--json`. */
export interface StickyDocument {
  readonly kind: "sticky";
  readonly version: 1;
  readonly pass: boolean;
  readonly partial: boolean;
  readonly reasons: readonly string[];
  readonly victim: string | null;
  readonly counts: Readonly<Record<string, number>>;
  /** Sessions by the backend of their first visit. */
  readonly homes: Readonly<Record<string, number>>;
  /** What client, balancer and backends wrote down about every visit. */
  readonly ledgers: CountsDocument;
}

export function stickyDocument(run: StickyRun): StickyDocument {
  const { verdict, victim, partial } = run;
  const { homes, ...counts } = verdict.counts;
  const { pass, reasons } = verdict;
  const byName = Object.fromEntries(homes);
  const common = { pass, partial, reasons, victim, counts, homes: byName };
  return { kind: "sticky", version: 1, ...common, ledgers: countsDocument(run.counts) };
}

/** For a person to read, without a final newline. */
export function renderSticky(run: StickyRun, paint: Paint): string {
  const { plan, victim, verdict } = run;
  const { counts } = verdict;
  const homes = [...counts.homes]
    .toSorted(([one], [other]) => one.localeCompare(other))
    .map(([name, count]) => `${printable(name)} ${formatCount(count)}`)
    .join(", ");
  const headline = `${formatCount(plan.sessions)} sessions × ${plan.visits} requests, ${whatBroke(run)}`;
  return [
    paint("strong", headline),
    "",
    `  began at          ${homes}`,
    `  requests          ${formatCount(counts.requests)}, ${formatCount(counts.failed)} failed`,
    `  strayed           ${formatCount(counts.strayed)} sessions moved without need`,
    ...(victim === null
      ? []
      : [
          `  at the victim     ${formatCount(counts.victims)}: ${formatCount(counts.movedOnce)} moved once, ` +
            `${formatCount(counts.movedOften)} more often, ${formatCount(counts.notMoved)} not at all`,
        ]),
    `  without a cookie  ${formatCount(counts.withoutCookie)} sessions that began or moved`,
    `  ledgers           ${ledgerText(run.counts)}`,
    `  retries           ${retryText(run.counts)}`,
    ...disagreements(run.counts).map(([kind, ids]) => `  ${kind.padEnd(18)}${ids}`),
    "",
    ...stickyVerdictLines(run, paint),
  ].join("\n");
}

/** An interrupted run may have ended before the victim did. */
function whatBroke({ victim, killedAtMs, restartedAtMs }: StickyRun): string {
  if (victim === null || killedAtMs === null) return "nothing was broken";
  return `${printable(victim)} was killed${restartedAtMs === null ? "" : " and restarted"}`;
}

/** The verdict alone: one line, and one more for each further reason. */
export function stickyVerdictLines(
  { verdict, victim, partial }: StickyRun,
  paint: Paint,
): string[] {
  if (partial) return partialLines(partial, paint);
  const moved = victim === null ? "" : "; only the victim's moved, once, with a new cookie";
  if (verdict.pass) return [`${paint("good", "✓ PASS")}  every session stuck${moved}`];
  return failLines(verdict.reasons, paint);
}
