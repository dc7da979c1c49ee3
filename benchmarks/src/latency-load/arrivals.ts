/**
 * Moments of a Poisson process, in ms from 0: gaps that know nothing of each other, so that each
 * request meets the proxy in the state it is in at a random moment (PASTA). Never ends.
 */
export function* poissonArrivals(
  ratePerSecond: number,
  random: () => number,
): Generator<number, never, undefined> {
  for (let dueMs = 0; ;) {
    dueMs += (-1000 / ratePerSecond) * Math.log(1 - random());
    yield dueMs;
  }
}
