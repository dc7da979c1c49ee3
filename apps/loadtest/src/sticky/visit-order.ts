import { seededRandom } from "@evenkeel/oracles";

/**
 * The sessions in the order of turn `turn`, a different one for each and the same in every run. In a fixed
 * order a balancer that ignores cookies and takes turns would send everybody home by chance whenever there
 * are as many sessions as backends, or a multiple of that.
 */
export function visitOrder<T>(sessions: readonly T[], turn: number): readonly T[] {
  const random = seededRandom(turn);
  return sessions
    .map((session) => ({ session, rank: random() }))
    .toSorted((a, b) => a.rank - b.rank)
    .map(({ session }) => session);
}
