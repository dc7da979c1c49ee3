/** A sequence that an implementation must reproduce pick by pick. */
export interface GoldenSequence {
  readonly algorithm: string;
  readonly source: string;
  readonly weights: Readonly<Record<string, number>>;
  /** One whole period or more, from the start. */
  readonly picks: string;
}

export const goldenSequences: Readonly<Record<"smooth" | "staticStride", GoldenSequence>> = {
  smooth: {
    algorithm: "smooth weighted round robin",
    source: "nginx commit 52327e062, message",
    weights: { a: 5, b: 1, c: 1 },
    picks: "aabacaa",
  },
  staticStride: {
    algorithm: "static stride, from sequence number 0",
    source: "algorithms.md section 1.4 (gRPC)",
    weights: { a: 5, b: 1, c: 1 },
    picks: "acaabaa",
  },
};

/**
 * The worked example of the Maglev paper (NSDI'16, tables 1 and 2): three backends, seven entries, the
 * permutation of each, and who owns each entry with all three and without B1.
 */
export const goldenMaglev: {
  readonly permutations: Readonly<Record<"B0" | "B1" | "B2", readonly number[]>>;
  readonly table: readonly string[];
  readonly withoutB1: readonly string[];
} = {
  permutations: {
    B0: [3, 0, 4, 1, 5, 2, 6],
    B1: [0, 2, 4, 6, 1, 3, 5],
    B2: [3, 4, 5, 6, 0, 1, 2],
  },
  table: ["B1", "B0", "B1", "B0", "B2", "B2", "B0"],
  withoutB1: ["B0", "B0", "B0", "B0", "B2", "B2", "B2"],
};
