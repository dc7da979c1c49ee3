import { closeSync, openSync, writeSync } from "node:fs";
import { type Ending, endingOf } from "./ending.ts";
import type { Exchange } from "./exchange.ts";

/** One line of the ledger: a request that arrived, and how it ended. */
export interface LedgerEntry {
  readonly event: "ended";
  /** When its head arrived, ISO 8601 in UTC. */
  readonly time: string;
  /** From its head to its end, in milliseconds. */
  readonly durationMs: number;
  readonly backend: string;
  /** `X-Request-Id`; null when it had none, as for every field of this kind. */
  readonly requestId: string | null;
  /** `X-Req-Id`: a tester's own id survives here when a balancer sets the other field. */
  readonly reqId: string | null;
  /** Its connection's number, as in `/echo`. */
  readonly connection: number;
  readonly method: string;
  /** Byte for byte as it arrived. */
  readonly target: string;
  /** Request body bytes that were read, without chunk framing. */
  readonly bytesIn: number;
  /** The faults that struck it, in the order in which they acted, joined by `+`. */
  readonly fault: string | null;
  /** null when no response was begun. */
  readonly status: number | null;
  /** Bytes sent for it, head included. */
  readonly bytesOut: number;
  readonly ending: Ending;
}

/** The line that `logsArrivals` adds when a request's head has arrived. */
export type LedgerArrival = Pick<
  LedgerEntry,
  "time" | "backend" | "requestId" | "reqId" | "connection" | "method" | "target"
> & { readonly event: "arrived" };

export interface LedgerOptions {
  /** A file; what it held is replaced. */
  readonly path: string;
  /**
   * Also write a line when a request arrives, before anything is done with it: only so does a request
   * leave a trace that is in the works when the process is killed. Default false.
   */
  readonly logsArrivals?: boolean;
}

// Enough for a turn of the event loop under load; then the write is not put off any longer.
const maxPendingChars = 64 * 1024;

/**
 * Writes one NDJSON line per request. Nothing is kept: lines go to the system at the end of each turn
 * of the event loop, where they survive the end of the process, whatever kind it is.
 */
export class Ledger {
  readonly #file: number;
  readonly #logsArrivals: boolean;
  #pending = "";
  #isScheduled = false;
  #isClosed = false;

  /** Throws the system's error when the file cannot be opened. */
  constructor({ path, logsArrivals = false }: LedgerOptions) {
    this.#file = openSync(path, "w");
    this.#logsArrivals = logsArrivals;
  }

  /** Records that a request's head has arrived. */
  arrived(exchange: Exchange): void {
    if (!this.#logsArrivals) return;
    const arrival: LedgerArrival = { event: "arrived", ...identify(exchange) };
    this.#add(arrival);
    this.flush();
  }

  /** Records a request that is over. */
  ended(exchange: Exchange): void {
    const { request, response, connection, faults, bytesIn, rawStatus } = exchange;
    const { bytesWritten } = request.socket;
    const entry: LedgerEntry = {
      event: "ended",
      ...identify(exchange),
      durationMs: Math.max(0, Date.now() - exchange.arrivedAt),
      bytesIn,
      fault: faults.length === 0 ? null : faults.join("+"),
      status: response.headersSent ? response.statusCode : (rawStatus ?? null),
      bytesOut: bytesWritten - connection.bytesAccounted,
      ending: endingOf(exchange),
    };
    connection.bytesAccounted = bytesWritten;
    this.#add(entry);
  }

  /** Records a request that was answered past node:http and its exchanges. */
  refused(refused: Arrived, status: number): void {
    const { connection, request } = refused;
    this.#add({
      event: "ended",
      ...identify(refused),
      durationMs: 0,
      bytesIn: 0,
      fault: null,
      status,
      bytesOut: request.socket.bytesWritten - connection.bytesAccounted,
      ending: "answered",
    });
  }

  /** Hands what is pending to the system. */
  flush(): void {
    if (this.#pending === "" || this.#isClosed) return;
    const bytes = Buffer.from(this.#pending);
    this.#pending = "";
    for (let offset = 0; offset < bytes.length;) offset += writeSync(this.#file, bytes, offset);
  }

  /** Flushes; what comes later is dropped. */
  close(): void {
    this.flush();
    if (!this.#isClosed) closeSync(this.#file);
    this.#isClosed = true;
  }

  #add(line: LedgerEntry | LedgerArrival): void {
    this.#pending += `${JSON.stringify(line)}\n`;
    if (this.#pending.length > maxPendingChars) this.flush();
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.flush();
    });
  }
}

/** What a line says of a request's arrival. */
type Arrived = Pick<Exchange, "arrivedAt" | "backend" | "request" | "connection">;

function identify({ arrivedAt, backend, request, connection }: Arrived) {
  return {
    time: new Date(arrivedAt).toISOString(),
    backend: backend.name,
    requestId: fieldOf(request.headers["x-request-id"]),
    reqId: fieldOf(request.headers["x-req-id"]),
    connection: connection.id,
    method: request.method ?? "",
    target: request.url ?? "",
  };
}

function fieldOf(value: string | string[] | undefined): string | null {
  if (value === undefined) return null;
  return typeof value === "string" ? value : value.join(", ");
}
