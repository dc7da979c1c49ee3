/** One access record in the json format: what the log says of a request that has ended. */
export interface AccessRecord {
  /** When it ended, in ISO 8601. */
  readonly time: string;
  /** The peer, or the client that a trusted peer names. */
  readonly client_ip: string;
  readonly method: string;
  /** Path and query as the client sent them. */
  readonly path: string;
  /** 0 when the client left before a response began. */
  readonly status: number;
  readonly latency_ms: number;
  readonly pool: string | null;
  readonly backend: string | null;
  /** Times that a backend was tried. */
  readonly attempts: number;
  /** Of the request's body. */
  readonly bytes_in: number;
  /** Of the response's body. */
  readonly bytes_out: number;
  readonly request_id: string;
  /** A token of RFC 9209, as in the Proxy-Status field, or `client_aborted`. */
  readonly error: string | null;
  /** As the client asked for it, with its port; null when it named none, or no valid one. */
  readonly host: string | null;
}
