/*
 * What became of every request, as the client saw it. Columns and not objects: an entry costs 32 bytes, and
 * the whole ledger crosses from the worker thread without a copy per request.
 */
import { type ErrorKind, errorKinds } from "./outcome.ts";

/** The methods that a ledger knows: all that we send. */
export const openLoopMethods = [
  "GET",
  "POST",
  "HEAD",
  "PUT",
  "PATCH",
  "DELETE",
  "OPTIONS",
  "TRACE",
] as const;

/** One of {@link openLoopMethods}. */
export type OpenLoopMethod = (typeof openLoopMethods)[number];

/**
 * How a request ended. `dropped`: it was due and never sent, because as many as allowed were in flight.
 * `aborted`: the run was interrupted. `pending`: it still waits.
 */
export type ClientOutcome =
  | { readonly kind: "response"; readonly status: number; readonly backend: string | undefined }
  | { readonly kind: "error"; readonly error: ErrorKind }
  | { readonly kind: "dropped" | "aborted" | "pending" };

/** One request. Times are milliseconds since the start of the run; NaN for what did not happen. */
export interface ClientEntry {
  readonly index: number;
  readonly method: OpenLoopMethod;
  readonly intendedAtMs: number;
  readonly sentAtMs: number;
  readonly endedAtMs: number;
  readonly outcome: ClientOutcome;
}

/** The ledger as plain data. */
export interface ClientLedgerColumns {
  readonly length: number;
  readonly intendedAtMs: Float64Array<ArrayBuffer>;
  readonly sentAtMs: Float64Array<ArrayBuffer>;
  readonly endedAtMs: Float64Array<ArrayBuffer>;
  /** Index into `codes`. */
  readonly code: Uint8Array<ArrayBuffer>;
  readonly status: Uint16Array<ArrayBuffer>;
  /** Index into `backends` plus one; 0 for none. */
  readonly backend: Uint16Array<ArrayBuffer>;
  readonly method: Uint8Array<ArrayBuffer>;
  readonly backends: readonly string[];
}

const codes = ["pending", "response", "dropped", "aborted", ...errorKinds] as const;
type Code = (typeof codes)[number];
const errorCodes: ReadonlySet<string> = new Set(errorKinds);
const mostBackends = 65_534;

/** Grows by one entry per request that became due. */
export class ClientLedger {
  #columns: ClientLedgerColumns;
  #length: number;
  readonly #backends: string[];
  readonly #backendNumbers: Map<string, number> = new Map();

  constructor(columns: ClientLedgerColumns = emptyColumns(1024)) {
    this.#columns = columns;
    this.#length = columns.length;
    this.#backends = [...columns.backends];
    this.#backends.forEach((name, index) => this.#backendNumbers.set(name, index + 1));
  }

  /** Requests that became due. */
  get length(): number {
    return this.#length;
  }

  /** A request is due; returns its number. */
  add(method: OpenLoopMethod, intendedAtMs: number): number {
    const index = this.#length++;
    if (index === this.#columns.code.length) this.#columns = grown(this.#columns);
    const { method: methods, intendedAtMs: intended, sentAtMs, endedAtMs } = this.#columns;
    methods[index] = openLoopMethods.indexOf(method);
    intended[index] = intendedAtMs;
    sentAtMs[index] = Number.NaN;
    endedAtMs[index] = Number.NaN;
    return index;
  }

  /** It was handed to a connection. */
  sent(index: number, atMs: number): void {
    this.#columns.sentAtMs[index] = atMs;
  }

  /** It has its one outcome; later ones are for the caller to keep away. */
  settle(index: number, outcome: ClientOutcome, atMs: number): void {
    const { code, endedAtMs, status, backend } = this.#columns;
    code[index] = codes.indexOf(outcome.kind === "error" ? outcome.error : outcome.kind);
    endedAtMs[index] = atMs;
    if (outcome.kind !== "response") return;
    status[index] = outcome.status;
    backend[index] = outcome.backend === undefined ? 0 : this.#backendNumber(outcome.backend);
  }

  /** The request with this number, 0 to `length - 1`. */
  entry(index: number): ClientEntry {
    const columns = this.#columns;
    return {
      index,
      method: openLoopMethods[columns.method[index] ?? 0] ?? "GET",
      intendedAtMs: columns.intendedAtMs[index] ?? Number.NaN,
      sentAtMs: columns.sentAtMs[index] ?? Number.NaN,
      endedAtMs: columns.endedAtMs[index] ?? Number.NaN,
      outcome: this.#outcome(index),
    };
  }

  /** All requests in the order in which they became due. */
  *entries(): Generator<ClientEntry, void> {
    for (let index = 0; index < this.#length; index++) yield this.entry(index);
  }

  /** Plain data from which the constructor makes the same ledger. */
  columns(): ClientLedgerColumns {
    return { ...this.#columns, length: this.#length, backends: this.#backends };
  }

  #outcome(index: number): ClientOutcome {
    const code = codes[this.#columns.code[index] ?? 0] ?? "pending";
    if (isErrorKind(code)) return { kind: "error", error: code };
    if (code !== "response") return { kind: code };
    const backend = this.#backends[(this.#columns.backend[index] ?? 0) - 1];
    return { kind: "response", status: this.#columns.status[index] ?? 0, backend };
  }

  /** Beyond 65,534 names, which nobody balances over, they become one. */
  #backendNumber(name: string): number {
    const known = this.#backendNumbers.get(name);
    if (known !== undefined) return known;
    if (this.#backends.length === mostBackends) return mostBackends;
    this.#backends.push(name);
    this.#backendNumbers.set(name, this.#backends.length);
    return this.#backends.length;
  }
}

/** Carrying it out twice is the same as once (RFC 9110 section 9.2.2), so a balancer may try again. */
export function isIdempotent(method: OpenLoopMethod): boolean {
  return method !== "POST" && method !== "PATCH";
}

/** A response with a status of 2xx or 3xx. */
export function isSuccess(outcome: ClientOutcome): boolean {
  return outcome.kind === "response" && outcome.status >= 200 && outcome.status < 400;
}

function isErrorKind(code: Code): code is ErrorKind {
  return errorCodes.has(code);
}

function emptyColumns(capacity: number): ClientLedgerColumns {
  return {
    length: 0,
    intendedAtMs: new Float64Array(capacity),
    sentAtMs: new Float64Array(capacity),
    endedAtMs: new Float64Array(capacity),
    code: new Uint8Array(capacity),
    status: new Uint16Array(capacity),
    backend: new Uint16Array(capacity),
    method: new Uint8Array(capacity),
    backends: [],
  };
}

function grown(old: ClientLedgerColumns): ClientLedgerColumns {
  const columns = emptyColumns(old.code.length * 2);
  columns.intendedAtMs.set(old.intendedAtMs);
  columns.sentAtMs.set(old.sentAtMs);
  columns.endedAtMs.set(old.endedAtMs);
  columns.code.set(old.code);
  columns.status.set(old.status);
  columns.backend.set(old.backend);
  columns.method.set(old.method);
  return columns;
}
