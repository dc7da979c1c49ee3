import type { PoolConfig } from "@evenkeel/config";
import { type Backend, isIdempotent } from "@evenkeel/core";
import type { Exchange } from "../exchange.ts";
import type { ThreadContext } from "../thread-context.ts";
import { OwnedConnections } from "./owned-connections.ts";
import { UpstreamConnection } from "./upstream-connection.ts";

/** An idle connection beyond `poolSize` is closed once it was not needed for this long. */
const surplusMs = 1_000;
/** How long a backend that broke a batch is spared another one. */
const aloneMs = 10_000;

/**
 * This thread's kept connections to one backend, most recently used first, so that the cold ones
 * expire. `poolSize` bounds what stays idle; a burst may hold more for a second, because closing and
 * reopening them between two turns of a busy loop costs more than keeping them.
 */
export class BackendConnections {
  readonly backend: Backend;
  readonly config: PoolConfig;
  readonly thread: ThreadContext;
  /** Coldest first. */
  readonly #idle: UpstreamConnection[] = [];
  /** Instead of `#idle` where connections begin with a PROXY header. */
  readonly #owned: OwnedConnections | null;
  /** Released in turn `#freshTurn`; see Turns for why they must wait until it is over. */
  readonly #fresh: UpstreamConnection[] = [];
  #freshTurn = -1;
  #open = 0;
  #batch: UpstreamConnection | null = null;
  #batchTurn = -1;
  #aloneUntil = -Infinity;
  /** Where connections go that are not needed here any more: to a later generation, or nowhere. */
  #successor: BackendConnections | "nobody" | null = null;

  constructor(backend: Backend, config: PoolConfig, thread: ThreadContext) {
    this.backend = backend;
    this.config = config;
    this.thread = thread;
    this.#owned = config.proxyProtocol === null ? null : new OwnedConnections();
  }

  /** Connections of any state. */
  get open(): number {
    return this.#open;
  }

  attempt(exchange: Exchange): void {
    if (this.config.connections.pipelining && this.#mayBatch(exchange)) {
      this.#joinBatch(exchange);
      return;
    }
    const kept = this.#takeIdle(exchange);
    if (kept !== undefined) {
      kept.send(exchange);
      return;
    }
    this.#dial(exchange);
  }

  /**
   * Requests that become ready in one turn go out in one write (node-performance.md 3.2). A batch
   * starts on a connection with nothing in flight, so a slow response holds up its own batch at most.
   */
  #joinBatch(exchange: Exchange): void {
    const { turns } = this.thread;
    if (this.#batchTurn === turns.current && this.#batch?.canJoin === true) {
      this.#batch.join(exchange);
      return;
    }
    this.#batchTurn = turns.current;
    const kept = this.#takeIdle(exchange);
    this.#batch = kept ?? this.#dial(exchange);
    if (kept === undefined) return;
    kept.beginBatch(exchange);
    turns.flushAtEnd(kept);
  }

  /** A backend that ends a batch half-way gets single requests for a while. */
  batchBroke(): void {
    this.#aloneUntil = this.thread.clock() + aloneMs;
  }

  #mayBatch(exchange: Exchange): boolean {
    // Who shares a connection must be able to leave it, which takes another attempt.
    const { maxRetries } = this.config.retry;
    return maxRetries > 0 && isBatchable(exchange) && this.thread.turns.now >= this.#aloneUntil;
  }

  #dial(exchange: Exchange): UpstreamConnection {
    this.#open++;
    const connection = new UpstreamConnection(this);
    connection.connect(exchange);
    return connection;
  }

  /**
   * A new generation is in force. What is idle is the successor's at once; requests of this generation
   * finish by its settings, and may still begin an attempt. `nobody`: the backend is gone.
   */
  handOver(successor: BackendConnections | "nobody"): void {
    this.#successor = successor;
    const idle = [...this.#idle, ...this.#fresh, ...(this.#owned?.takeAll() ?? [])];
    this.#idle.length = this.#fresh.length = 0;
    for (const connection of idle) this.#pass(connection, successor);
    if (successor !== "nobody") successor.#aloneUntil = this.#aloneUntil;
  }

  #pass(connection: UpstreamConnection, successor: BackendConnections | "nobody"): void {
    if (successor === "nobody" || !this.#beginsAlike(successor)) {
      connection.destroy();
      return;
    }
    this.#open--;
    successor.#open++;
    connection.follow(successor);
    successor.release(connection);
  }

  /** Whether a connection that began as they do here may go on there. */
  #beginsAlike({ config }: BackendConnections): boolean {
    return config.proxyProtocol === this.config.proxyProtocol;
  }

  release(connection: UpstreamConnection): void {
    if (this.#successor !== null) {
      this.#pass(connection, this.#successor);
      return;
    }
    const turn = this.thread.turns.mark();
    this.#settle(turn);
    this.#freshTurn = turn;
    this.#fresh.push(connection);
  }

  closed(connection: UpstreamConnection): void {
    this.#open--;
    this.#owned?.remove(connection);
    remove(this.#idle, connection);
    remove(this.#fresh, connection);
  }

  /** Closes what was idle for too long; the thread calls it about every half second. */
  sweep(now: number): void {
    this.#settle(this.thread.turns.current);
    this.#owned?.sweep(now, this.config.connections, surplusMs);
    const { poolSize, idleTimeoutMs } = this.config.connections;
    while (this.#idle.length > 0) {
      const coldest = this.#idle[0] as UpstreamConnection;
      const idleMs = now - coldest.idleSince;
      const isSurplus = this.#idle.length > poolSize && idleMs >= surplusMs;
      if (!isSurplus && idleMs < idleTimeoutMs) return;
      this.#idle.shift();
      coldest.destroy();
    }
  }

  #takeIdle({ client }: Exchange): UpstreamConnection | undefined {
    this.#settle(this.thread.turns.current);
    return this.#owned === null ? this.#idle.pop() : this.#owned.take(client);
  }

  #settle(turn: number): void {
    if (this.#freshTurn === turn || this.#fresh.length === 0) return;
    if (this.#owned === null) {
      for (const connection of this.#fresh) this.#idle.push(connection);
      this.#fresh.length = 0;
    } else for (const connection of this.#fresh.splice(0)) this.#owned.keep(connection);
  }
}

/**
 * Only what may be sent twice and is sent whole: no body, no expectation, no other protocol. A second
 * attempt goes alone.
 */
function isBatchable(exchange: Exchange): boolean {
  return (
    exchange.attempts === 1 &&
    exchange.isRequestComplete &&
    exchange.requestBodyKind === "none" &&
    exchange.upgrade === "" &&
    isIdempotent(exchange.method)
  );
}

function remove(list: UpstreamConnection[], connection: UpstreamConnection): void {
  const index = list.lastIndexOf(connection);
  if (index !== -1) list.splice(index, 1);
}
