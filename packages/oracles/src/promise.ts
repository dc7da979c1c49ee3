/** The strategies that have an oracle, by the names that configuration uses. */
export const judgedStrategies = [
  "round-robin",
  "weighted-round-robin",
  "random",
  "weighted-random",
  "least-connections",
  "power-of-two",
  "least-response-time",
  "peak-ewma",
  "prequal",
  "ip-hash",
  "consistent-hash",
  "maglev",
  "rendezvous",
  "first",
] as const;

export type JudgedStrategy = (typeof judgedStrategies)[number];

/** What happened, and under which conditions. */
export interface DistributionFacts {
  readonly strategy: JudgedStrategy;
  /** Every backend and its weight, 0 for one that must get nothing. All 1 where weights are not used. */
  readonly weights: ReadonlyMap<string, number>;
  /** Requests that each backend answered. */
  readonly counts: ReadonlyMap<string, number>;
  /**
   * Requests that the balancer was given, at least the sum of `counts`. The ones nobody is known to have
   * answered widen exact bounds by their number; tests of chance judge the known ones.
   */
  readonly requests: number;
  /** Requests in flight at once, at most: the connections of a closed loop. */
  readonly connections: number;
  /**
   * Workers or instances of the balancer that do not share their state. Evenkeel's workers share it: 1,
   * whatever `workers` says.
   */
  readonly workers: number;
  /**
   * The skew that the run must be able to show, relative to a backend's share: 0.05 is 5 % more or less.
   * Where a promise assumes equally fast backends, it is also how much their speed may differ. 0 to 1.
   */
  readonly tolerance: number;
  /** The chance of a wrong alarm where chance plays a part. Default 0.0001. */
  readonly falseAlarmRate?: number;
  /** The chance of an alarm about a skew of `tolerance`. Default 0.99. */
  readonly power?: number;
}

/** Facts about the backends that are promised requests, in the order of `weights`. */
export interface Promised {
  readonly names: readonly string[];
  readonly weights: readonly number[];
  /** Fractions of 1, in proportion to the weights. */
  readonly shares: readonly number[];
  readonly counts: readonly number[];
  /** The sum of `counts`. */
  readonly total: number;
  /** Requests of which nobody knows who answered. */
  readonly lost: number;
  readonly connections: number;
  readonly workers: number;
  readonly tolerance: number;
  readonly falseAlarmRate: number;
  readonly power: number;
}

/** How many requests a backend may have got, ends included. */
export interface Range {
  readonly least: number;
  readonly most: number;
}

/** What one strategy promises about `Promised`, and whether it was kept. */
export interface Finding {
  /** One sentence: what is promised, with the numbers of this run. */
  readonly promise: string;
  readonly ranges: readonly Range[];
  /**
   * How the promise was broken, one sentence each. `undefined`: it is broken where a count is outside its
   * range; otherwise the ranges only show where to look.
   */
  readonly breaches: readonly string[] | undefined;
  /** The fewest requests that could show the skew asked for; Infinity when no number can. */
  readonly requestsNeeded: number;
  readonly pValue?: number;
  /** The chance that this run shows the skew asked for. */
  readonly achievedPower?: number;
}

/** Judges one kind of promise. */
export type Oracle = (promised: Promised) => Finding;
