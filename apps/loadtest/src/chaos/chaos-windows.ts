/*
 * The run cut into windows wherever a fault struck or was over, and the counts of each. Pure. A request
 * belongs to the window in which it was due.
 */
import { type ClientEntry, type ClientLedger, isSuccess } from "../engine/client-ledger.ts";
import { requestId } from "../engine/open-loop-plan.ts";
import type { Reconciliation } from "../failover/ledgers/reconcile.ts";
import { LatencyHistogram } from "../observation/latency-histogram.ts";

/** One fault as it really was. Milliseconds since the start of the run. */
export interface ChaosSpan {
  /** `kill of Server-1` */
  readonly label: string;
  readonly fromMs: number;
  /** The end of the run, where nobody took it back. */
  readonly toMs: number;
}

/** The same, with its parts by name. */
export interface StruckFault extends ChaosSpan {
  readonly fault: string;
  readonly backends: readonly string[];
}

/** Part of a run during which the same things were broken. */
export interface ChaosWindow {
  readonly fromMs: number;
  readonly toMs: number;
  /** Labels of the faults that were active; empty: calm. */
  readonly broken: readonly string[];
  readonly counts: WindowTally;
}

/** Counts of a window. `sent = succeeded + failed`, plus those in flight at an interruption. */
export interface WindowTally {
  readonly sent: number;
  readonly dropped: number;
  readonly succeeded: number;
  /** Errors of any kind: responses other than 2xx and 3xx, and none at all. */
  readonly failed: number;
  readonly failedGet: number;
  readonly failedPost: number;
  readonly lost: number;
  /** null: nobody can tell. */
  readonly doubled: number | null;
  readonly latency: LatencyHistogram;
}

/** Cuts the run at every beginning and end of a fault. */
export function chaosWindows(
  spans: readonly ChaosSpan[],
  run: {
    readonly client: ClientLedger;
    readonly reconciliation: Reconciliation;
    readonly runId: string;
    readonly endMs: number;
  },
): ChaosWindow[] {
  const edges = edgesOf(spans, run.endMs);
  const doubled = run.reconciliation.doubled?.map(({ id }) => id);
  const doubledIds = doubled === undefined ? undefined : new Set(doubled);
  const entries = [...run.client.entries()];
  return edges.slice(0, -1).map((fromMs, index) => {
    const isLast = index === edges.length - 2;
    const toMs = edges[index + 1] as number;
    const due = entries.filter(({ intendedAtMs: at }) => at >= fromMs && (at < toMs || isLast));
    return {
      fromMs,
      toMs,
      broken: spans.filter((span) => span.fromMs <= fromMs && span.toMs > fromMs).map(labelOf),
      counts: tally(due, (entry) => doubledIds?.has(requestId(run.runId, entry.index))),
    };
  });
}

/** Counts `entries`; `isDoubled` answers undefined where nobody can tell. */
export function tally(
  entries: readonly ClientEntry[],
  isDoubled: (entry: ClientEntry) => boolean | undefined,
): WindowTally {
  const counts = { sent: 0, dropped: 0, succeeded: 0, failedGet: 0, failedPost: 0, lost: 0 };
  const latency = new LatencyHistogram();
  let doubled: number | null = 0;
  for (const entry of entries) {
    const { outcome, method } = entry;
    counts[outcome.kind === "dropped" ? "dropped" : "sent"] += 1;
    if (outcome.kind === "response") {
      latency.record((entry.endedAtMs - entry.intendedAtMs) * 1000);
    }
    if (outcome.kind === "error") counts.lost += 1;
    if (isSuccess(outcome)) counts.succeeded += 1;
    else if (outcome.kind === "response" || outcome.kind === "error") {
      counts[method === "GET" ? "failedGet" : "failedPost"] += 1;
    }
    const twice = isDoubled(entry);
    if (twice === undefined) doubled = null;
    else if (twice && doubled !== null) doubled += 1;
  }
  return { ...counts, failed: counts.failedGet + counts.failedPost, doubled, latency };
}

function edgesOf(spans: readonly ChaosSpan[], endMs: number): number[] {
  const inside = spans
    .flatMap(({ fromMs, toMs }) => [fromMs, toMs])
    .filter((atMs) => atMs > 0 && atMs < endMs);
  return [...new Set([0, ...inside, endMs])].toSorted((a, b) => a - b);
}

function labelOf({ label }: ChaosSpan): string {
  return label;
}
