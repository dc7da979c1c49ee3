/*
 * Kneedle (Satopää, Albrecht, Irwin and Raghavan 2011) for a curve that rises and steepens, such as latency
 * over load: both axes scaled to 0…1, the knee is the point furthest below the straight line from the first
 * to the last. Pure.
 */

/** One point of a curve; `x` rises from point to point. */
export interface CurvePoint {
  readonly x: number;
  readonly y: number;
}

/** What makes a bend a knee. */
export const kneeLimits: {
  /** The curve must rise to so many times its first value… */
  readonly leastRise: number;
  /** …and pass so far below the line, as a share of its rise. */
  readonly leastDepth: number;
} = { leastRise: 2, leastDepth: 0.2 };

/** Index of the knee; undefined for a curve that has none. */
export function kneeOf(points: readonly CurvePoint[]): number | undefined {
  const first = points[0];
  const last = points.at(-1);
  if (first === undefined || last === undefined || points.length < 3) return undefined;
  if (!(last.y >= first.y * kneeLimits.leastRise && last.y > first.y)) return undefined;
  const depths = points.map(({ x, y }) => {
    const along = (x - first.x) / (last.x - first.x);
    return along - (y - first.y) / (last.y - first.y);
  });
  const deepest = Math.max(...depths);
  return deepest >= kneeLimits.leastDepth ? depths.indexOf(deepest) : undefined;
}
