/*
 * Where full-scan least-connections keeps its requests in flight.
 *
 * It adds each request to a least (a + 1) / w. Call a fill valid when a_i / w_i <= (a_j + 1) / w_j for
 * all i, j: then no request would rather be elsewhere. A request that ends on k and the one that
 * follows it keep a fill valid: either it goes back to k, or its m has (a_m + 1) / w_m = a_k / w_k, which
 * was the largest of all. So with c requests in flight the fill is always one of those that filling up
 * from empty can give: one level per c, and ties.
 */

/** A fraction of the requests. */
export interface ShareRange {
  readonly least: number;
  readonly most: number;
}

/** Two loads k / w and m / v are one load when rounding alone tells them apart. */
const rounding = 1e-9;

/**
 * Each backend's share with 1 to `connections` requests in flight, when all requests take equally long
 * on average. How many of a client's connections are in flight at the balancer is not known from outside,
 * so the range is over all of them. Ties are broken by chance, which is why backends of equal weight
 * get the same.
 */
export function fillShares(weights: readonly number[], connections: number): ShareRange[] {
  const filled = weights.map(() => 0);
  const ranges = weights.map(() => ({ least: 1, most: 0 }));
  for (let inFlight = 0; inFlight < connections;) {
    const level = Math.min(...weights.map((weight, i) => (at(filled, i) + 1) / weight));
    const tied = weights.map((weight, i) => (at(filled, i) + 1) / weight <= level * (1 + rounding));
    const ties = tied.filter(Boolean).length;
    for (let taken = 1; taken <= ties && inFlight < connections; taken++) {
      inFlight++;
      widen(ranges, { weights, filled, tied, taken, inFlight });
    }
    tied.forEach((isTied, i) => (filled[i] = at(filled, i) + (isTied ? 1 : 0)));
  }
  return ranges;
}

interface Fill {
  readonly weights: readonly number[];
  readonly filled: readonly number[];
  readonly tied: readonly boolean[];
  /** Requests above `filled`, on as many of the tied backends. */
  readonly taken: number;
  readonly inFlight: number;
}

function widen(ranges: { least: number; most: number }[], fill: Fill): void {
  ranges.forEach((range, i) => {
    const { least, most } = averageOfEquals(fill, i);
    range.least = Math.min(range.least, least / fill.inFlight);
    range.most = Math.max(range.most, most / fill.inFlight);
  });
}

/** Backends of equal weight are all tied or none: of them as many are taken as the others leave over. */
function averageOfEquals({ weights, filled, tied, taken }: Fill, i: number): ShareRange {
  const base = at(filled, i);
  if (tied[i] !== true) return { least: base, most: base };
  const equals = weights.filter((weight) => weight === weights[i]).length;
  const others = tied.filter((isTied) => isTied).length - equals;
  return {
    least: base + Math.max(0, taken - others) / equals,
    most: base + Math.min(equals, taken) / equals,
  };
}

function at(numbers: readonly number[], index: number): number {
  return numbers[index] as number;
}
