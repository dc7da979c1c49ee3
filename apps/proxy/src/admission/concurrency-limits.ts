import type { ConcurrencyLimitConfig } from "@evenkeel/config";
import { ConcurrencyTable } from "@evenkeel/core";
import type { RequestParser } from "@evenkeel/http1";
import type { Refusal } from "../refusal.ts";
import { keyOf, retryAfterSeconds } from "./rate-limits.ts";
import type { GatedExchange } from "./route-gate.ts";

/** Nobody knows when a request will end; soon, and not all at the same moment. */
const shortestWaitMs = 1_000;

/** The places of one request in the tables of its route's limits; released once, when it has ended. */
export class HeldRoom {
  readonly #table: ConcurrencyTable;
  readonly #place: number;
  readonly #other: HeldRoom | null;

  constructor(table: ConcurrencyTable, place: number, other: HeldRoom | null) {
    this.#table = table;
    this.#place = place;
    this.#other = other;
  }

  release(): void {
    this.#table.release(this.#place);
    this.#other?.release();
  }
}

/** The concurrency limits of one route, all of which must have room for a request. */
export class ConcurrencyLimits {
  readonly #limits: readonly {
    readonly config: ConcurrencyLimitConfig;
    readonly table: ConcurrencyTable;
  }[];
  readonly #random: () => number;

  /** `tables` in the order of `configs`. */
  constructor(
    configs: readonly ConcurrencyLimitConfig[],
    tables: readonly ConcurrencyTable[],
    random: () => number,
  ) {
    this.#limits = configs.map((config, index) => {
      const table = tables[index];
      if (table === undefined) throw new Error(`no table for concurrency limit ${index}`);
      return { config, table };
    });
    this.#random = random;
  }

  /** Takes room of every limit until the exchange ends or, when one of them has none, of none. */
  take(exchange: GatedExchange, request: RequestParser): Refusal | null {
    let room: HeldRoom | null = null;
    for (const { config, table } of this.#limits) {
      const place = table.acquire(keyOf(config.key, exchange, request));
      if (place === ConcurrencyTable.full) {
        room?.release();
        return this.#tooMany(config);
      }
      room = new HeldRoom(table, place, room);
    }
    exchange.room = room;
    return null;
  }

  /** 429, as Traefik's inFlightReq: it is this client that asks for too much. nginx's default is 503. */
  #tooMany({ requests }: ConcurrencyLimitConfig): Refusal {
    const noun = requests === 1 ? "request" : "requests";
    return {
      status: 429,
      error: "concurrency_limited",
      detail: `more than ${requests} ${noun} at a time`,
      retryAfterSeconds: retryAfterSeconds(shortestWaitMs, this.#random),
    };
  }
}
