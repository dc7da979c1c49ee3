/** Who should get how much: `weightOf(name) / totalWeight` of the attributed responses. */
export interface ExpectedShares {
  /** Every backend to judge: the expected ones and the ones seen. */
  readonly names: readonly string[];
  readonly totalWeight: number;
  /** Zero for a backend that should get nothing. */
  weightOf(name: string): number;
  /** How many more backends answered than were expected, where only their number is known. */
  readonly surplus: number;
}

/** Shares in proportion to `weights`; a backend that is not among them should get nothing. */
export function sharesByWeight(
  weights: ReadonlyMap<string, number>,
  seen: readonly string[],
): ExpectedShares {
  let totalWeight = 0;
  for (const weight of weights.values()) totalWeight += weight;
  return {
    names: [...new Set([...weights.keys(), ...seen])],
    totalWeight,
    weightOf: (name) => weights.get(name) ?? 0,
    surplus: 0,
  };
}

/**
 * The same share for everyone: for `expectBackends` of them, or for as many as were seen.
 * Backends that never answered have no name; they are listed as `(missing 1)`, `(missing 2)`, ...
 */
export function equalShares(
  seen: readonly string[],
  expectBackends: number | undefined,
): ExpectedShares {
  const count = expectBackends ?? seen.length;
  const missing = Array.from(
    { length: Math.max(0, count - seen.length) },
    (_, i) => `(missing ${i + 1})`,
  );
  return {
    names: [...seen, ...missing],
    totalWeight: count,
    weightOf: () => 1,
    surplus: Math.max(0, seen.length - count),
  };
}
