/** What the load has to do; one JSON argument on its command line. */
export interface LatencyLoadPlan {
  readonly directPort: number;
  readonly throughPort: number;
  readonly target: string;
  /** Requests per second through the proxy. */
  readonly throughRate: number;
  /** Requests per second to the backend itself, beside those. */
  readonly directRate: number;
  /** Open on the way through the proxy before the first request. */
  readonly connections: number;
  /** Of the proxy's threads; what they wait for their core is noticed. */
  readonly schedstatFiles: readonly string[];
  /** Requests in this time are sent and not counted. */
  readonly warmupMs: number;
  readonly durationMs: number;
  /** How long the last answers are waited for. */
  readonly drainMs: number;
  readonly seed: number;
}

/** The answers of one way, in the order in which they came. */
export interface LatencyAnswers {
  /** When each request was due, from the end of the warm-up. */
  readonly dueAtMs: readonly number[];
  /** What it took from the moment at which it was sent, or would have been with an idle connection. */
  readonly latenciesMs: readonly number[];
}

/** A time in which the proxy or the load waited for its core, from the end of the warm-up. */
export interface Stall {
  readonly of: "proxy" | "load";
  readonly fromMs: number;
  readonly toMs: number;
}

/** What came of it and how well it was sent; one line of JSON on the load's standard output. */
export interface LatencyLoadResult {
  readonly direct: LatencyAnswers;
  readonly through: LatencyAnswers;
  /** Connections that failed or were closed under a request, and answers that never came. */
  readonly errors: number;
  readonly stalls: readonly Stall[];
  /** How late requests were sent, of both ways. */
  readonly lagP99Ms: number;
}
