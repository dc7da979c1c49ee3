import { type Lease, type Outcome, isFailureStatus } from "@evenkeel/core";
import type { Exchange } from "./exchange.ts";
import type { UpstreamConnection } from "./upstream/upstream-connection.ts";

/** One of two attempts that run at the same time. */
interface Copy {
  readonly lease: Lease;
  readonly upstream: UpstreamConnection;
}

/**
 * What a pool with `hedge` does for a request that may be repeated: when the answer takes longer than
 * most, a second copy goes to another backend, and the first useful answer is the client's. While both are
 * on their way the exchange's own lease and connection are those of one of them, `#other` is the other one.
 */
export class Race {
  readonly #exchange: Exchange;
  #timer: NodeJS.Timeout | null;
  #other: Copy | null = null;

  /** `delayMs` is how long the first copy runs alone; Infinity: to its end. */
  constructor(exchange: Exchange, delayMs: number) {
    this.#exchange = exchange;
    // At the end of a turn, as every attempt begins.
    const { queue } = exchange.client.listener.thread;
    this.#timer = delayMs === Infinity ? null : setTimeout(queue, delayMs, exchange);
  }

  /** The delay is over. Where the pool is not as it should be, its trouble is the cause, and load no cure. */
  sendCopy(): void {
    const exchange = this.#exchange;
    const { pool, lease, upstream, hashKey, client } = exchange;
    if (this.#timer === null || pool === null || lease === null || upstream === null) return;
    this.#timer = null;
    const { balancer, hedge } = pool;
    const tried = [lease.backend];
    if (!balancer.isWhole || !balancer.hasUntried(tried)) return;
    // What others wait for is not to be spent on a second copy.
    if (pool.waitingRoom?.isOccupied === true) return;
    if (hedge?.tryWithdraw(client.listener.thread.turns.now) !== true) return;
    const { tracer } = client.listener.thread.recorder;
    tracer?.attempting(exchange, { hashKey, tried });
    const acquired = balancer.acquire({ hashKey, tried });
    if (typeof acquired === "string") return;
    exchange.trace?.acquired(acquired);
    this.#other = { lease, upstream };
    exchange.lease = acquired;
    exchange.attempts++;
    pool.connections.get(acquired.backend)?.attempt(exchange);
  }

  /**
   * A final head arrived on `from`: whether the client gets it. A failure does not win while the other copy
   * may still bring an answer: backends that fail are often fast.
   */
  admits(status: number, from: UpstreamConnection): boolean {
    const exchange = this.#exchange;
    this.#stopTimer();
    const now = exchange.client.listener.thread.clock();
    if (this.#other !== null && isFailureStatus(status)) {
      this.#bringForward(from);
      exchange.lease?.answered(status);
      from.discard(exchange);
      const latencyMs = now - (exchange.lease?.startedAt ?? now);
      this.#goOnWithOther({ kind: "response", status, latencyMs });
      return false;
    }
    if (exchange.tried.length === 0 && !isFailureStatus(status)) {
      exchange.pool?.hedge?.answered(now - exchange.startedAt);
    }
    this.#bringForward(from);
    this.#cancelOther();
    return true;
  }

  /** The attempt on `from` ended without an answer: whether the other copy goes on. */
  survives(outcome: Outcome, from: UpstreamConnection): boolean {
    this.#stopTimer();
    if (this.#other === null) return false;
    this.#bringForward(from);
    this.#goOnWithOther(outcome);
    return true;
  }

  /** Nobody waits any more. */
  cancel(): void {
    this.#stopTimer();
    this.#cancelOther();
  }

  /** Makes the copy on `from` the exchange's own. */
  #bringForward(from: UpstreamConnection): void {
    const exchange = this.#exchange;
    const { lease, upstream } = exchange;
    if (this.#other?.upstream !== from || lease === null || upstream === null) return;
    exchange.lease = this.#other.lease;
    exchange.upstream = from;
    this.#other = { lease, upstream };
  }

  #goOnWithOther(outcome: Outcome): void {
    const exchange = this.#exchange;
    const { lease } = exchange;
    if (lease === null || this.#other === null) return;
    lease.release(outcome);
    exchange.tried = [...exchange.tried, lease.backend];
    exchange.lease = this.#other.lease;
    exchange.upstream = this.#other.upstream;
    this.#other = null;
  }

  /** Its time so far is noted with the lease: a backend that always loses must not look fast. */
  #cancelOther(): void {
    if (this.#other === null) return;
    const { lease, upstream } = this.#other;
    this.#other = null;
    lease.release({ kind: "canceled" });
    upstream.abandon(this.#exchange);
  }

  #stopTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}

/** Called with the first attempt of a request whose pool hedges. */
export function beginRace(exchange: Exchange): void {
  const delayMs = exchange.pool?.hedge?.delayMs ?? Infinity;
  // Also while there is no delay yet: it comes of the answers that are noted.
  if (exchange.isRepeatable) exchange.race = new Race(exchange, delayMs);
}
