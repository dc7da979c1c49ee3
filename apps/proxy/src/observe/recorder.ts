import type { Exchange } from "../exchange.ts";
import type { AccessLog } from "./access-log.ts";
import type { Tracer } from "../trace/tracer.ts";
import type { TrafficCounters } from "./traffic-counters.ts";

/** Where every request ends: it is counted and written down, once. */
export class Recorder {
  readonly #counters: TrafficCounters;
  readonly #accessLog: AccessLog;
  /** null: nothing is traced. */
  tracer: Tracer | null = null;

  constructor(counters: TrafficCounters, accessLog: AccessLog) {
    this.#counters = counters;
    this.#accessLog = accessLog;
  }

  /** `endedAt` is on the monotonic clock of `exchange.startedAt`. */
  record(exchange: Exchange, endedAt: number): void {
    this.#counters.requestEnded(exchange.pool?.index ?? null, exchange, endedAt);
    this.#accessLog.record(exchange, endedAt);
    if (this.tracer !== null) this.tracer.ended(exchange, endedAt);
  }
}
