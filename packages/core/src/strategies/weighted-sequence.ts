import type { Backend } from "../backend.ts";

/*
 * Smooth weighted round robin (nginx, commit 52327e062): before each pick every backend gains its
 * weight, the richest is picked (the first of equals) and pays the sum W of all weights. After t picks
 * of which n were its own a backend holds `weight * t - W * n`, so the picks of one period of
 * W / gcd(weights) can be listed beforehand, and a position in a shared sequence says the pick without
 * a lock.
 *
 * Backends of equal weight take turns among themselves in list order, whatever the others do, because
 * only the number of own picks tells them apart. So a step compares one candidate per distinct weight.
 */
interface Group {
  readonly weight: number;
  readonly members: number[];
  picks: number;
}

/** Indexes into `backends`, one per position of a whole period; empty for no backends. */
export function weightedSequence(backends: readonly Backend[]): Uint16Array | Uint32Array {
  const divisor = backends.reduce((sum, { weight }) => greatestCommonDivisor(sum, weight), 0);
  const total = backends.reduce((sum, { weight }) => sum + weight, 0);
  const period = divisor === 0 ? 0 : total / divisor;
  const groups = groupByWeight(backends);
  const Cells = backends.length <= 2 ** 16 ? Uint16Array : Uint32Array;
  const sequence = new Cells(period);
  for (let position = 0; position < period; position++) {
    sequence[position] = pick(groups, position + 1, total);
  }
  return sequence;
}

function groupByWeight(backends: readonly Backend[]): readonly Group[] {
  const groups = new Map<number, Group>();
  backends.forEach(({ weight }, index) => {
    const group = groups.get(weight);
    if (group === undefined) groups.set(weight, { weight, members: [index], picks: 0 });
    else group.members.push(index);
  });
  return [...groups.values()];
}

function pick(groups: readonly Group[], step: number, total: number): number {
  let richest: Group | undefined;
  let most = -Infinity;
  for (const group of groups) {
    const ownPicks = Math.floor(group.picks / group.members.length);
    const credit = group.weight * step - total * ownPicks;
    const isFirstOfEquals =
      credit === most && richest !== undefined && candidateOf(group) < candidateOf(richest);
    if (credit > most || isFirstOfEquals) {
      richest = group;
      most = credit;
    }
  }
  if (richest === undefined) return 0;
  const picked = candidateOf(richest);
  richest.picks++;
  return picked;
}

function candidateOf({ members, picks }: Group): number {
  return members[picks % members.length] as number;
}

function greatestCommonDivisor(one: number, other: number): number {
  return other === 0 ? one : greatestCommonDivisor(other, one % other);
}
