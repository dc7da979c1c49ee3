/** How the requests of an open loop are spread in time. */
export const arrivalProcesses = ["constant", "poisson"] as const;

/** One of {@link arrivalProcesses}. */
export type ArrivalProcess = (typeof arrivalProcesses)[number];

/** What the arrivals are drawn from. */
export interface ArrivalOptions {
  readonly process: ArrivalProcess;
  /** Requests per second, above 0. */
  readonly ratePerSecond: number;
  /** Uniform from 0 to below 1; asked by `poisson` only. */
  readonly random: () => number;
}

/**
 * The moments at which requests are due, in milliseconds since the start, one per call and never
 * decreasing. Nothing that happens to a request moves them: that is what makes the loop open.
 */
export function createArrivals({ process, ratePerSecond, random }: ArrivalOptions): () => number {
  const meanGapMs = 1000 / ratePerSecond;
  let count = 0;
  let atMs = 0;
  // A product and not a sum: adding the gap a million times would drift.
  if (process === "constant") return () => count++ * meanGapMs;
  return () => (atMs -= Math.log(1 - random()) * meanGapMs);
}
