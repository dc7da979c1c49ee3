/**
 * Holm's adjustment (1979) for several questions asked at once: with five, one of them says "unlikely" by
 * chance in every fifth comparison. Adjusted values below a level are called so with at most that chance of
 * a single false alarm, however the questions depend on each other. In the order of `ps`.
 */
export function holm(ps: readonly number[]): number[] {
  const order = ps.map((_, index) => index).toSorted((x, y) => (ps[x] ?? 0) - (ps[y] ?? 0));
  const adjusted = ps.map(() => 1);
  let highest = 0;
  order.forEach((index, rank) => {
    highest = Math.max(highest, Math.min(1, (ps[index] ?? 1) * (ps.length - rank)));
    adjusted[index] = highest;
  });
  return adjusted;
}
