/*
 * What really happened around one fault, read from the ledgers after the run. Times are milliseconds after
 * the fault, or after the return where the name says so. Pure: no clock, no I/O.
 */
import { type ClientEntry, type ClientLedger, isSuccess } from "../../engine/client-ledger.ts";
import { indexOfId } from "../../engine/open-loop-plan.ts";
import type { Ledgers } from "../ledgers/reconcile.ts";

/** One fault in a run. Times are milliseconds since the start of the run. */
export interface FaultSpan {
  readonly faultAtMs: number;
  /** When the victims could serve again; undefined: they never could. */
  readonly returnAtMs: number | undefined;
  /** Names as in `X-Backend` and in the balancer's log. */
  readonly victims: readonly string[];
}

/** The balancer said that a backend's status changed. */
export interface BalancerEvent {
  /** Milliseconds since 1970. */
  readonly atMs: number;
  readonly backend: string;
  readonly from: string;
  readonly to: string;
}

/** Everything that was recorded. */
export interface RunRecords extends Ledgers {
  readonly client: ClientLedger;
  /** Milliseconds since 1970 at the start of the run. */
  readonly startedAtWallMs: number;
  /** undefined: the balancer tells nobody. */
  readonly events: readonly BalancerEvent[] | undefined;
  /** A pause of this length in the victims' traffic means that it ended. */
  readonly quietMs: number;
}

/** null: it did not happen, or nobody could see it. */
export interface FailoverMeasurement {
  /** Until the balancer's checks had called every victim unhealthy. */
  readonly unhealthyAfterMs: number | null;
  /** Until traffic had ejected every victim. */
  readonly ejectedAfterMs: number | null;
  /** Until the last request to a victim; 0 when there was none, null when it never ended. */
  readonly trafficEndedAfterMs: number | null;
  /** Requests to victims after that, before they returned: trials and the like. */
  readonly laterRequests: number;
  /** The last request due before the return that failed: when it was due, and when the client knew. */
  readonly lastFailure: { readonly dueAfterMs: number; readonly knownAfterMs: number } | null;
  readonly failedBefore: number;
  readonly failedDuring: number;
  readonly failedAfterReturn: number;
  /** Failed share of the requests due from one second after the fault to the end; 0 of none. */
  readonly lateFailedShare: number;
  /** From the return until every victim had served a request. */
  readonly readmittedAfterMs: number | null;
  /** From the return until the first success of any backend. */
  readonly firstSuccessAfterReturnMs: number | null;
  /** Changes of the victims' status, as the balancer told them; null where it tells nobody. */
  readonly statusChanges: number | null;
}

const settlingMs = 1000;

/** Reads off what happened around `span`. */
export function measureFailover(records: RunRecords, span: FaultSpan): FailoverMeasurement {
  const requests = victimRequests(records, span);
  const duringMs = requests.all.filter((atMs) => isDuring(atMs, span));
  const ended = endOfTraffic(duringMs, span, records);
  return {
    unhealthyAfterMs: lastOfFirstEvents(records, span, "unhealthy"),
    ejectedAfterMs: lastOfFirstEvents(records, span, "ejected"),
    trafficEndedAfterMs: ended === null ? null : Math.max(0, ended - span.faultAtMs),
    laterRequests: ended === null ? 0 : duringMs.filter((atMs) => atMs > ended).length,
    ...failuresAround(records.client, span),
    readmittedAfterMs: readmission(requests.served, span),
    firstSuccessAfterReturnMs: firstSuccess(records.client, span),
    statusChanges:
      records.events?.filter(({ backend }) => span.victims.includes(backend)).length ?? null,
  };
}

function isDuring(atMs: number, { faultAtMs, returnAtMs = Infinity }: FaultSpan): boolean {
  return atMs >= faultAtMs && atMs < returnAtMs;
}

interface VictimRequests {
  /** When requests reached a victim or were tried on one, in order. */
  readonly all: readonly number[];
  /** When each victim was seen to serve a request that was sent after its return. */
  readonly served: ReadonlyMap<string, readonly number[]>;
}

/**
 * Three traces of a request to a victim: the victim's own ledger, its name in the client's response, and, of
 * a dead victim, a request that the balancer needed more than one attempt for.
 */
function victimRequests(records: RunRecords, span: FaultSpan): VictimRequests {
  const all: number[] = [];
  const served = new Map<string, number[]>(span.victims.map((name) => [name, []]));
  const toRunTime = (wallMs: number): number => wallMs - records.startedAtWallMs;
  const see = (victim: string, atMs: number, sentAtMs: number): void => {
    if (!served.has(victim)) return;
    all.push(atMs);
    // A backend that hung still has what it was sent before, and works it off when it wakes up.
    if (sentAtMs >= (span.returnAtMs ?? Infinity)) served.get(victim)?.push(atMs);
  };
  for (const { id, backend, atMs } of records.backends ?? []) {
    const index = indexOfId(records.runId, id);
    if (index === undefined || index >= records.client.length) continue;
    see(backend, toRunTime(atMs), records.client.entry(index).sentAtMs);
  }
  for (const { outcome, sentAtMs } of records.client.entries()) {
    if (outcome.kind !== "response" || outcome.backend === undefined) continue;
    see(outcome.backend, sentAtMs, sentAtMs);
  }
  for (const record of records.balancer ?? []) {
    if (indexOfId(records.runId, record.id) === undefined) continue;
    const isOfVictim = record.backend !== undefined && served.has(record.backend);
    if (isOfVictim || (record.attempts ?? 0) > 1) all.push(toRunTime(record.startedAtMs));
  }
  return { all: all.toSorted((a, b) => a - b), served };
}

/** The last request before the first pause that is long enough; null when there is no such pause. */
function endOfTraffic(
  atMs: readonly number[],
  { faultAtMs, returnAtMs }: FaultSpan,
  { quietMs, client }: RunRecords,
): number | null {
  const windowEndsAtMs = returnAtMs ?? lastMoment(client);
  let last = faultAtMs;
  for (const next of [...atMs, windowEndsAtMs]) {
    if (next - last >= quietMs) return last;
    last = next;
  }
  return null;
}

function lastMoment(client: ClientLedger): number {
  return client.length === 0 ? 0 : client.entry(client.length - 1).intendedAtMs;
}

function failuresAround(client: ClientLedger, span: FaultSpan) {
  let lastFailure: FailoverMeasurement["lastFailure"] = null;
  const counts = { failedBefore: 0, failedDuring: 0, failedAfterReturn: 0 };
  let late = 0;
  let lateFailed = 0;
  for (const entry of client.entries()) {
    const isFailed = hasFailed(entry);
    if (entry.intendedAtMs >= span.faultAtMs + settlingMs && entry.outcome.kind !== "dropped") {
      late += 1;
      if (isFailed) lateFailed += 1;
    }
    if (!isFailed) continue;
    counts[phaseOf(entry, span)] += 1;
    if (phaseOf(entry, span) !== "failedDuring") continue;
    const knownAfterMs = entry.endedAtMs - span.faultAtMs;
    if (lastFailure !== null && lastFailure.knownAfterMs >= knownAfterMs) continue;
    lastFailure = { dueAfterMs: entry.intendedAtMs - span.faultAtMs, knownAfterMs };
  }
  return { ...counts, lastFailure, lateFailedShare: late === 0 ? 0 : lateFailed / late };
}

function hasFailed({ outcome }: ClientEntry): boolean {
  return outcome.kind === "error" || (outcome.kind === "response" && !isSuccess(outcome));
}

/** A request that was in flight when the fault struck belongs to the fault. */
function phaseOf(
  { intendedAtMs, endedAtMs }: ClientEntry,
  { faultAtMs, returnAtMs = Infinity }: FaultSpan,
): "failedBefore" | "failedDuring" | "failedAfterReturn" {
  if (endedAtMs < faultAtMs) return "failedBefore";
  return intendedAtMs < returnAtMs ? "failedDuring" : "failedAfterReturn";
}

function lastOfFirstEvents(
  { events, startedAtWallMs }: RunRecords,
  { victims, faultAtMs }: FaultSpan,
  status: string,
): number | null {
  const firsts = victims.map((victim) => {
    const event = events?.find(({ backend, to, atMs }) => {
      return backend === victim && to === status && atMs - startedAtWallMs >= faultAtMs;
    });
    return event === undefined ? null : event.atMs - startedAtWallMs - faultAtMs;
  });
  return lastOf(firsts);
}

function readmission(
  served: ReadonlyMap<string, readonly number[]>,
  { returnAtMs }: FaultSpan,
): number | null {
  if (returnAtMs === undefined) return null;
  const firsts = [...served.values()].map((times) => {
    // An arrival is stamped in whole milliseconds, and may seem to be before its sending.
    return times.length === 0 ? null : Math.max(0, Math.min(...times) - returnAtMs);
  });
  return lastOf(firsts);
}

function lastOf(times: readonly (number | null)[]): number | null {
  let last: number | null = null;
  for (const time of times) {
    if (time === null) return null;
    last = Math.max(last ?? 0, time);
  }
  return last;
}

function firstSuccess(client: ClientLedger, { returnAtMs }: FaultSpan): number | null {
  if (returnAtMs === undefined) return null;
  let first: number | null = null;
  for (const { outcome, endedAtMs, sentAtMs } of client.entries()) {
    if (!isSuccess(outcome) || sentAtMs < returnAtMs) continue;
    first = Math.min(first ?? Infinity, endedAtMs - returnAtMs);
  }
  return first;
}
