/** What the probe has to do; one JSON argument on its command line. */
export interface ProbePlan {
  readonly directPort: number;
  readonly throughPort: number;
  readonly target: string;
  /** Of both ways together. */
  readonly ratePerSecond: number;
  /** Requests in this time are sent and not counted. */
  readonly warmupMs: number;
  readonly durationMs: number;
  readonly seed: number;
}

/** The answers of one way, in the order in which they came. */
export interface ProbeAnswers {
  /** When each request was due, from the end of the warm-up. */
  readonly dueAtMs: readonly number[];
  /** What it took from the moment at which it was really sent. */
  readonly latenciesMs: readonly number[];
}

/** What the probe found out and how well it did; one line of JSON on its standard output. */
export interface ProbeResult {
  readonly direct: ProbeAnswers;
  readonly through: ProbeAnswers;
  /** Connections that failed or were closed under a request, and answers that never came. */
  readonly errors: number;
  /** How late requests were sent, of both ways. */
  readonly lagP99Ms: number;
  /** The longest pause of the probe's own garbage collector; 0 when there was none. */
  readonly longestGcMs: number;
}
