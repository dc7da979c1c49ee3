import { type Backend, type Lease, type Outcome, isResponseTimeout } from "@evenkeel/core";
import type { ResponseParser } from "@evenkeel/http1";
import type { Exchange } from "./exchange.ts";
import type { PoolRuntime } from "./pool-runtime.ts";

/** What is known of a failed attempt besides its cause. */
export interface AttemptFacts {
  /** A request byte may have left for the backend. */
  readonly sent: boolean;
  /** A response byte arrived, if only of a 1xx. */
  readonly answered: boolean;
  readonly reused: boolean;
}

/** After a failed attempt: whether there will be another one, which is then under way. */
export function tryAgain(exchange: Exchange, outcome: Outcome, facts: AttemptFacts): boolean {
  return isGranted(exchange, outcome, facts, 0);
}

/**
 * Whether another backend is asked instead of passing on this answer, whose head just arrived. The
 * attempt is over then, and the connection throws the rest of the answer away.
 */
export function replaceAnswer(exchange: Exchange, response: ResponseParser): boolean {
  const { pool, lease, upstream, isInterimSent } = exchange;
  const { status } = response;
  if (pool === null || lease === null) return false;
  if (!pool.config.retry.statuses.includes(status)) return false;
  const now = exchange.client.listener.thread.clock();
  const outcome = { kind: "response", status, latencyMs: now - lease.startedAt } as const;
  const facts = { sent: true, answered: isInterimSent, reused: false };
  if (!isGranted(exchange, outcome, facts, askedPauseMs(exchange, response))) return false;
  lease.release(outcome);
  exchange.upstream = null;
  upstream?.discard(exchange);
  return true;
}

/** A request of a batch lost its place: whether it may have another one. A grant is charged. */
export function mayMove({ pool, attempts, client }: Exchange): boolean {
  return pool?.retry.mayMove(attempts, client.listener.thread.clock()) === true;
}

function isGranted(
  exchange: Exchange,
  outcome: Outcome,
  { answered, reused }: AttemptFacts,
  retryAfterMs: number,
): boolean {
  const { pool, lease, client } = exchange;
  if (pool === null || lease === null) return false;
  const now = client.listener.thread.clock();
  const decision = pool.retry.decide(
    {
      outcome,
      attempt: exchange.attempts,
      idempotent: exchange.isIdempotent,
      bodyReplayable: !exchange.isBodyLost,
      responseStarted: answered,
      reusedConnection: reused,
      responseTimeouts: exchange.responseTimeouts,
      hasUntried: !isResponseTimeout(outcome) || hasUntried(pool, exchange.tried, lease),
      remainingMs: client.remainingMs(now),
      retryAfterMs,
    },
    now,
  );
  exchange.trace?.decided(lease, decision, now);
  if (decision.retry) begin(exchange, lease.backend, decision.delayMs);
  return decision.retry;
}

/** The end of the exchange, whatever brings it, calls a delayed attempt off. */
function begin(exchange: Exchange, failed: Backend, delayMs: number): void {
  const { client } = exchange;
  exchange.tried = [...exchange.tried, failed];
  exchange.rewind();
  // Nobody takes the body meanwhile, and that is not the client's fault.
  if (!exchange.isRequestComplete) client.pauseBody();
  if (delayMs === 0) client.listener.thread.queue(exchange);
  else exchange.retryTimer = setTimeout(queueAgain, delayMs, exchange);
}

function queueAgain(exchange: Exchange): void {
  exchange.retryTimer = null;
  exchange.client.listener.thread.queue(exchange);
}

/**
 * Retry-After binds those who would ask the same backend again; another one has not asked for anything.
 * A date is taken for longer than any retry waits, which it nearly always is: it counts in seconds.
 */
function askedPauseMs({ pool, lease, tried }: Exchange, response: ResponseParser): number {
  const value = response.valueNamed("retry-after");
  if (value === null || pool === null || lease === null) return 0;
  if (hasUntried(pool, tried, lease)) return 0;
  return /^\d{1,9}$/.test(value) ? Number(value) * 1000 : Infinity;
}

/** Whether a ready backend is left besides those before and the one whose attempt ends. */
function hasUntried(
  { balancer }: PoolRuntime,
  tried: readonly Backend[],
  { backend }: Lease,
): boolean {
  return balancer.hasUntried([...tried, backend]);
}
