/*
 * Three ledgers, one id per request: what the client sent and got, what the balancer logged, what every
 * backend saw. Each of them can lie alone; where they disagree something was lost or done twice. Pure
 * arithmetic, no I/O: a ledger that does not exist is `undefined` and whatever only it could prove is `null`.
 */
import { type ClientEntry, isIdempotent, isSuccess } from "../../engine/client-ledger.ts";
import { indexOfId, requestId } from "../../engine/open-loop-plan.ts";
import type { RequestLedger } from "../../engine/shared-ledger.ts";
import type { BackendSighting } from "./backend-ledger.ts";
import type { BalancerRecord } from "./balancer-log.ts";

/** The ledgers of one run. */
export interface Ledgers {
  readonly runId: string;
  readonly client: RequestLedger;
  /** The balancer's access log; undefined when there is none to read. */
  readonly balancer: readonly BalancerRecord[] | undefined;
  /** What all backends saw; undefined when none of them keeps a ledger. */
  readonly backends: readonly BackendSighting[] | undefined;
}

/** A request that was carried out more often than it was meant to be. */
export interface DoubledRequest {
  readonly id: string;
  readonly method: ClientEntry["method"];
  /** How often backends saw it. */
  readonly seen: number;
  /** How often the balancer says that it tried; null where it does not say. */
  readonly attempts: number | null;
  /** Answers that the balancer logged for the one request; null without a log. */
  readonly records: number | null;
}

/** The two that always are there, and others where they occur. */
type FailuresByMethod = { GET: number; POST: number } & Partial<
  Record<ClientEntry["method"], number>
>;

/** What the ledgers say together. `sent = succeeded + errorResponses + lost + aborted`, always. */
export interface Reconciliation {
  readonly due: number;
  /** Due and never sent, because as many as allowed were in flight. */
  readonly dropped: number;
  readonly sent: number;
  /** Complete responses of 2xx and 3xx. */
  readonly succeeded: number;
  /** Complete responses of any other status: honest errors. */
  readonly errorResponses: number;
  /** Ids of the requests that were sent and never got a complete response. */
  readonly lost: readonly string[];
  readonly aborted: number;
  /** Error responses and lost ones, by method. */
  readonly unsuccessful: Readonly<FailuresByMethod>;
  /** Error responses and lost ones by what the client saw: `502`, `reset`, … */
  readonly kinds: ReadonlyMap<string, number>;
  /** POSTs and PATCHes that backends saw twice, others that they saw more often than the log explains. */
  readonly doubled: readonly DoubledRequest[] | null;
  /** Ids of successes that no backend saw: nobody can have answered them. */
  readonly unexplained: readonly string[] | null;
  /** Ids of complete responses that the balancer did not log. */
  readonly unlogged: readonly string[] | null;
  /** Attempts beyond the first, over all requests; null where the log does not say. */
  readonly retries: number | null;
  /** Requests that took more than one attempt. */
  readonly retried: number | null;
  /** Entries in each ledger that belong to this run; null for a ledger that does not exist. */
  readonly entries: {
    readonly client: number;
    readonly balancer: number | null;
    readonly backends: number | null;
  };
}

/** Compares the ledgers entry by entry. */
export function reconcile(ledgers: Ledgers): Reconciliation {
  const balancer = tallyRecords(ledgers);
  const backends = tallySightings(ledgers);
  const client = tallyClient(ledgers);
  const answered = client.entries.filter((entry) => entry.outcome.kind === "response");
  const idOf = ({ index }: ClientEntry): string => requestId(ledgers.runId, index);
  return {
    ...client.counts,
    lost: client.entries.filter((entry) => entry.outcome.kind === "error").map(idOf),
    unsuccessful: client.unsuccessful,
    kinds: client.kinds,
    doubled: doubledRequests(ledgers, balancer, backends),
    unexplained:
      backends === undefined
        ? null
        : answered
            .filter(({ outcome, index }) => isSuccess(outcome) && backends.seen[index] === 0)
            .map(idOf),
    unlogged:
      balancer === undefined
        ? null
        : answered.filter(({ index }) => balancer.records[index] === 0).map(idOf),
    retries: balancer?.attemptsKnown === true ? balancer.retries : null,
    retried: balancer?.attemptsKnown === true ? balancer.retried : null,
    entries: {
      client: client.counts.sent,
      balancer: balancer?.entries ?? null,
      backends: backends?.entries ?? null,
    },
  };
}

function tallyClient({ client }: Ledgers) {
  const entries = [...client.entries()];
  const counts = {
    due: entries.length,
    dropped: 0,
    sent: 0,
    succeeded: 0,
    errorResponses: 0,
    aborted: 0,
  };
  const unsuccessful: FailuresByMethod = { GET: 0, POST: 0 };
  const kinds = new Map<string, number>();
  for (const { outcome, method } of entries) {
    if (outcome.kind === "dropped") counts.dropped += 1;
    else counts.sent += 1;
    // Nothing else can be in flight when a run is over.
    if (outcome.kind === "aborted" || outcome.kind === "pending") counts.aborted += 1;
    if (outcome.kind === "response")
      counts[isSuccess(outcome) ? "succeeded" : "errorResponses"] += 1;
    const kind = failureKind(outcome);
    if (kind === undefined) continue;
    unsuccessful[method] = (unsuccessful[method] ?? 0) + 1;
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  }
  return { entries, counts, unsuccessful, kinds };
}

/** `502`, `reset`, …; undefined for what did not fail. */
export function failureKind(outcome: ClientEntry["outcome"]): string | undefined {
  if (outcome.kind === "error") return outcome.error;
  return outcome.kind === "response" && !isSuccess(outcome) ? String(outcome.status) : undefined;
}

interface RecordTally {
  readonly entries: number;
  /** Per request. */
  readonly records: Uint32Array;
  readonly attempts: Uint32Array;
  /** Every record says how often the balancer tried. */
  readonly attemptsKnown: boolean;
  readonly retries: number;
  readonly retried: number;
}

function tallyRecords({ runId, client, balancer }: Ledgers): RecordTally | undefined {
  if (balancer === undefined) return undefined;
  const records = new Uint32Array(client.length);
  const attempts = new Uint32Array(client.length);
  let entries = 0;
  let unknown = 0;
  for (const record of balancer) {
    const index = indexOfId(runId, record.id);
    if (index === undefined || index >= client.length) continue;
    entries += 1;
    records[index] = (records[index] ?? 0) + 1;
    attempts[index] = (attempts[index] ?? 0) + (record.attempts ?? 0);
    if (record.attempts === undefined) unknown += 1;
  }
  const extra = [...attempts].map((count) => Math.max(0, count - 1));
  return {
    entries,
    records,
    attempts,
    attemptsKnown: unknown === 0,
    retries: extra.reduce((sum, count) => sum + count, 0),
    retried: extra.filter((count) => count > 0).length,
  };
}

interface SightingTally {
  readonly entries: number;
  /** Per request. */
  readonly seen: Uint32Array;
}

function tallySightings({ runId, client, backends }: Ledgers): SightingTally | undefined {
  if (backends === undefined) return undefined;
  const seen = new Uint32Array(client.length);
  let entries = 0;
  for (const sighting of backends) {
    const index = indexOfId(runId, sighting.id);
    if (index === undefined || index >= client.length) continue;
    entries += 1;
    seen[index] = (seen[index] ?? 0) + 1;
  }
  return { entries, seen };
}

function doubledRequests(
  { runId, client }: Ledgers,
  balancer: RecordTally | undefined,
  backends: SightingTally | undefined,
): DoubledRequest[] | null {
  if (balancer === undefined && backends === undefined) return null;
  const doubled: DoubledRequest[] = [];
  for (const { index, method } of client.entries()) {
    const records = balancer?.records[index] ?? null;
    const attempts = balancer?.attemptsKnown === true ? (balancer.attempts[index] ?? 0) : null;
    const seen = backends?.seen[index] ?? 0;
    if (!isDoubled({ method, seen, attempts, records })) continue;
    doubled.push({ id: requestId(runId, index), method, seen, attempts, records });
  }
  return doubled;
}

/** What is idempotent may be repeated, as often as the balancer owns up to; where it does not say, that is unlimited. */
function isDoubled({ method, seen, attempts, records }: Omit<DoubledRequest, "id">): boolean {
  if (records !== null && records > 1) return true;
  return isIdempotent(method) ? attempts !== null && seen > attempts : seen > 1;
}
