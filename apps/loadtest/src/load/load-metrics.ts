/* What thresholds of `run` may name, and where the numbers are. */
import type { Reconciliation } from "../failover/ledgers/reconcile.ts";
import type { MetricReading } from "../thresholds/judge-threshold.ts";
import type { Threshold } from "../thresholds/parse-threshold.ts";
import type { Vocabulary } from "../thresholds/vocabulary.ts";
import type { LoadTotals } from "./load-totals.ts";

/** What there is to read. */
export interface LoadFacts {
  readonly totals: LoadTotals;
  readonly durationMs: number;
  /** In which so many responses came at the rate at which they came; see `throughputOf`. */
  readonly answeringMs: number;
  /** The reconciled ledgers; undefined where there are none, or not yet. */
  readonly counts?: Reconciliation | undefined;
  /** Of the plan's requests. */
  readonly names: readonly string[];
}

/** What thresholds of `run` may name. */
export const loadVocabulary: Vocabulary = {
  scopes: [],
  metrics: {
    latency: {
      kind: "trend",
      meaning: "from when a request was due to its last byte",
      tag: "request",
    },
    service: { kind: "trend", meaning: "from when it was really sent" },
    lag: { kind: "trend", meaning: "from due to sent: the generator's own delay" },
    requests: { kind: "throughput", meaning: "sent" },
    throughput: { kind: "throughput", meaning: "complete responses" },
    failed: { kind: "requests", meaning: "no complete response of 2xx or 3xx", tag: "request" },
    errors: { kind: "requests", meaning: "no complete response at all", tag: "kind" },
    dropped: { kind: "requests", meaning: "due, and not sent: --max-in-flight was reached" },
    status: { kind: "requests", meaning: "complete responses with a status", tag: "code" },
    backend: { kind: "requests", meaning: "responses of one backend", tag: "name" },
    checks: { kind: "share", meaning: "checks that held" },
    lost: { kind: "requests", meaning: "with --ledger: sent, and never a complete response" },
    doubled: {
      kind: "requests",
      meaning: "with --ledger: carried out more often than they should be",
    },
    unexplained: {
      kind: "requests",
      meaning: "with --ledger: answered well, and no backend saw them",
    },
    unlogged: {
      kind: "requests",
      meaning: "with --ledger: answered, and not in the balancer's log",
    },
    retries: { kind: "requests", meaning: "with --ledger: attempts beyond the first" },
  },
};

type Reader = (facts: LoadFacts, tag: string | undefined) => MetricReading | null;

const readers: Readonly<Record<string, Reader>> = {
  latency: latencyReading,
  service: ({ totals }) => ({ kind: "trend", latency: totals.serviceUs }),
  lag: ({ totals }) => ({ kind: "trend", latency: totals.lagUs }),
  requests: ({ totals, durationMs }) => ({ kind: "throughput", count: totals.sent, durationMs }),
  throughput: ({ totals, answeringMs: durationMs }) => ({
    kind: "throughput",
    count: totals.counts.responses,
    durationMs,
  }),
  failed: failedReading,
  errors: ({ totals: { errors, counts, sent } }, tag) =>
    requests(tag === undefined ? counts.errors : valueIn(errors, tag), sent),
  dropped: ({ totals: { counts } }) => requests(counts.dropped, counts.due),
  status: ({ totals: { statuses, counts } }, tag) =>
    requests(tag === undefined ? counts.responses : valueIn(statuses, tag), counts.responses),
  backend: ({ totals }, tag) => backendReading(totals, tag),
  checks: ({ totals }) => ({ kind: "share", share: checkShare(totals) }),
  lost: ({ counts, totals }) => requests(counts?.lost.length ?? null, totals.sent),
  doubled: ({ counts, totals }) => requests(counts?.doubled?.length ?? null, totals.sent),
  unexplained: ({ counts, totals }) => requests(counts?.unexplained?.length ?? null, totals.sent),
  unlogged: ({ counts, totals }) => requests(counts?.unlogged?.length ?? null, totals.sent),
  retries: ({ counts, totals }) => requests(counts?.retries ?? null, totals.sent),
};

/** Reads what a threshold asks for; null where there is no such thing. */
export function readLoadMetric(
  { metric, tag }: Pick<Threshold, "metric" | "tag">,
  facts: LoadFacts,
): MetricReading | null {
  return readers[metric]?.(facts, tag) ?? null;
}

function requests(count: number | null, of: number): MetricReading {
  return { kind: "requests", count, of };
}

function latencyReading(
  { totals, names }: LoadFacts,
  tag: string | undefined,
): MetricReading | null {
  if (tag === undefined) return { kind: "trend", latency: totals.latencyUs };
  const kind = totals.kinds[names.indexOf(tag)];
  return kind === undefined ? null : { kind: "trend", latency: kind.latencyUs };
}

/** Of one kind: of its own requests. */
function failedReading(
  { totals, names }: LoadFacts,
  tag: string | undefined,
): MetricReading | null {
  if (tag === undefined) return requests(totals.failed, totals.sent);
  const kind = totals.kinds[names.indexOf(tag)];
  return kind === undefined ? null : requests(kind.failed, kind.sent);
}

function backendReading({ backends }: LoadTotals, tag: string | undefined): MetricReading {
  const named = [...backends.values()].reduce((sum, count) => sum + count, 0);
  return { kind: "requests", count: tag === undefined ? named : valueIn(backends, tag), of: named };
}

/** Names may be numbers, such as statuses, and tags are always text. */
function valueIn(counts: ReadonlyMap<string | number, number>, tag: string): number {
  for (const [name, count] of counts) if (String(name) === tag) return count;
  return 0;
}

/** Checks that held, of all that were made; null where none were. */
export function checkShare({ kinds }: LoadTotals): number | null {
  const sum = (counts: readonly number[]): number => counts.reduce((all, count) => all + count, 0);
  const passed = kinds.reduce((all, kind) => all + sum(kind.passed), 0);
  const missed = kinds.reduce((all, kind) => all + sum(kind.missed), 0);
  return passed + missed === 0 ? null : passed / (passed + missed);
}
