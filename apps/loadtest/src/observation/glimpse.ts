/** How a run stands, for who watches it: counts since its start, latencies of the last second. */
export interface Glimpse {
  /** Requests due, dropped ones included; in a closed loop, sent. */
  readonly offered: number;
  /** Complete responses. */
  readonly achieved: number;
  /** Without a complete response of 2xx or 3xx. */
  readonly failed: number;
  readonly dropped: number;
  readonly inFlight: number;
  /** Responses by backend. */
  readonly backends: ReadonlyMap<string, number>;
  /** `null` where no response came. */
  readonly p50Us: number | null;
  readonly p99Us: number | null;
}
