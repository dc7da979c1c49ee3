import type { EventEmitter } from "node:events";
import type { Socket } from "node:net";

/** The head of a response as http-parser-js reports it; `headers` is a flat name/value list. */
export interface ResponseHead {
  readonly statusCode: number;
  readonly headers: readonly string[];
  readonly versionMajor: number;
  readonly versionMinor: number;
  readonly shouldKeepAlive: boolean;
}

/** A request that was written and not yet answered. */
export interface PendingRequest {
  readonly bytes: number;
  readonly headers: Partial<ResponseHead>;
  /** Milliseconds; set by `terminateRequest`. */
  readonly duration?: number;
}

/** Index of the "head complete" callback in an http-parser-js parser. */
export const onHeadersComplete = 2;
/** Index of the "message complete" callback in an http-parser-js parser. */
export const onMessageComplete = 4;

/** The parts of http-parser-js 0.5 that the hardening reaches into. */
export interface ResponseParser {
  /** `RESPONSE_LINE`, `HEADER`, `BODY_SIZED`, `BODY_RAW`, ... */
  readonly state: string;
  /** The `Connection` field of the response being read, in lower case. */
  readonly connection: string;
  /** The bytes being parsed, up to `end`; parsed up to `offset`. */
  readonly chunk: Buffer | null;
  offset: number;
  readonly end: number;
  execute(chunk: Buffer): number | Error;
  reinitialize(type: "RESPONSE"): void;
  [onHeadersComplete]: (head: ResponseHead) => unknown;
  [onMessageComplete]: () => void;
}

/**
 * The private face of an autocannon 9.0.0 client: one connection, one request in flight.
 * None of this is promised by autocannon, hence the exact pin and one test per fault.
 */
export interface AutocannonClient extends EventEmitter {
  readonly conn: Socket | undefined;
  readonly destroyed: boolean;
  readonly parser: ResponseParser;
  readonly pipelinedRequests: {
    peek(): PendingRequest | undefined;
    terminateRequest(): PendingRequest | undefined;
    addBody(data: Buffer): void;
    size(): number;
    clear(): void;
  };
  /** Requests written so far. */
  readonly reqsMade: number;
  /** Requests this client may write. */
  responseMax: number;
  /** Milliseconds. */
  timeout: number;
  /** The bytes of the request that is about to be written; called once for each. */
  getRequestBuffer(): Buffer;
  _connect(): void;
  _doRequest(): void;
  _destroyConnection(): void;
  destroy(): void;
}
