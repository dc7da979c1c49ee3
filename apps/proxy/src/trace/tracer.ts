import type { AcquireRequest } from "@evenkeel/core";
import type { Exchange } from "../exchange.ts";
import { RequestTrace } from "./request-trace.ts";
import type { TraceRecord } from "./trace-record.ts";

export interface TracerDeps {
  /** Of all requests, above 0 to 1. */
  readonly share: number;
  readonly random: () => number;
  readonly clock: () => number;
  readonly wallClock: () => number;
  readonly send: (records: readonly TraceRecord[], dropped: number) => void;
}

/** Between two flushes, so that 100 % of much traffic is cut instead of filling the control plane. */
const mostWaiting = 100;

/**
 * Draws which of a thread's requests are traced, and collects what is noted of them. Only there where
 * traces are wanted: elsewhere a request costs two looks at a null.
 */
export class Tracer {
  readonly #deps: TracerDeps;
  #ended: TraceRecord[] = [];
  #dropped = 0;

  constructor(deps: TracerDeps) {
    this.#deps = deps;
  }

  /** A backend is about to be chosen for the exchange, which is drawn for when it is the first time. */
  attempting(exchange: Exchange, request: AcquireRequest = exchange): void {
    const { trace, pool } = exchange;
    if (trace === undefined) this.#draw(exchange);
    const { trace: drawn } = exchange;
    if (drawn === null || drawn === undefined || pool === null) return;
    drawn.attempting(this.#deps.clock(), pool.balancer.standings(request));
  }

  /** The exchange has ended; one that never got to a backend is drawn for now. */
  ended(exchange: Exchange, endedAt: number): void {
    if (exchange.trace === undefined) this.#draw(exchange);
    const { trace } = exchange;
    if (trace === null || trace === undefined) return;
    exchange.trace = null;
    if (this.#ended.length >= mostWaiting) this.#dropped++;
    else this.#ended.push(trace.record(exchange, endedAt, this.#time()));
  }

  /** The thread's timer calls this. */
  flush(): void {
    if (this.#ended.length === 0 && this.#dropped === 0) return;
    this.#deps.send(this.#ended, this.#dropped);
    this.#ended = [];
    this.#dropped = 0;
  }

  #draw(exchange: Exchange): void {
    exchange.trace = this.#deps.random() < this.#deps.share ? new RequestTrace() : null;
  }

  #time(): string {
    return new Date(this.#deps.wallClock()).toISOString();
  }
}
