import type { BackendStanding, Lease, Outcome, RetryDecision } from "@evenkeel/core";
import type { Exchange } from "../exchange.ts";
import type { AttemptRecord, RetryRecord, TraceRecord } from "./trace-record.ts";

/** A trace of a pool of thousands is not for reading. */
const mostCandidates = 32;

interface Attempt {
  readonly startedAt: number;
  readonly standings: readonly BackendStanding[];
  readonly lease: Lease;
  endedAt: number | null;
  retry: RetryRecord | null;
}

/** What is noted of one sampled request while it is on its way. */
export class RequestTrace {
  readonly #attempts: Attempt[] = [];
  #begun: Pick<Attempt, "startedAt" | "standings"> | null = null;
  #waits = 0;

  /** A backend is about to be chosen; these are the pool's. */
  attempting(startedAt: number, standings: readonly BackendStanding[]): void {
    this.#begun = { startedAt, standings };
  }

  /** One was, or none had room. */
  acquired(lease: Lease | null): void {
    const begun = this.#begun;
    this.#begun = null;
    if (begun === null) return;
    if (lease === null) this.#waits++;
    else this.#attempts.push({ ...begun, lease, endedAt: null, retry: null });
  }

  /** The attempt on `lease` has failed, and this is what comes next. */
  decided(lease: Lease, decision: RetryDecision, now: number): void {
    const attempt = this.#attempts.find((one) => one.lease === lease);
    if (attempt === undefined) return;
    attempt.endedAt = now;
    attempt.retry = decision.retry
      ? { isGranted: true, delayMs: decision.delayMs, reason: null }
      : { isGranted: false, delayMs: 0, reason: decision.reason };
  }

  /** `time` is the date of `endedAt`. */
  record(exchange: Exchange, endedAt: number, time: string): TraceRecord {
    const { startedAt, lease, pool, route, binding } = exchange;
    const last = this.#attempts.find((one) => one.lease === lease);
    if (last !== undefined) last.endedAt ??= endedAt;
    return {
      time,
      requestId: exchange.requestId,
      clientIp: exchange.clientAddress,
      method: exchange.method,
      path: exchange.target,
      route: route === null ? null : route.number,
      pool: pool?.config.name ?? null,
      status: exchange.status,
      error: exchange.error,
      latencyMs: rounded(endedAt - startedAt),
      hashKey: pool === null || pool.hashKey === null ? null : exchange.hashKey,
      boundTo: binding?.backend.id ?? null,
      waits: this.#waits,
      attempts: this.#attempts.map((attempt) => shown(attempt, startedAt)),
    };
  }
}

function shown(
  { startedAt, endedAt, lease, retry, standings }: Attempt,
  from: number,
): AttemptRecord {
  return {
    startedMs: rounded(startedAt - from),
    ms: endedAt === null ? null : rounded(endedAt - startedAt),
    backend: lease.backend.id,
    outcome: outcomeText(lease.outcome),
    retry,
    candidates: standings
      .slice(0, mostCandidates)
      .map(({ backend, standing, inFlight, share, facts }) => {
        return { backend: backend.id, standing, inFlight, share, score: facts };
      }),
    others: Math.max(0, standings.length - mostCandidates),
  };
}

function outcomeText(outcome: Outcome | undefined): string {
  if (outcome === undefined) return "running";
  if (outcome.kind === "canceled") return "canceled";
  if (outcome.kind === "response") return `status ${outcome.status}`;
  return `${outcome.cause} failure${outcome.sent ? " after sending" : ", nothing sent"}`;
}

function rounded(milliseconds: number): number {
  return Math.round(milliseconds * 1_000) / 1_000;
}
