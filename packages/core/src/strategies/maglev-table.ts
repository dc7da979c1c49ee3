/** A backend's claim to slots: all of them, in the order `offset`, `offset + skip`, … modulo the size. */
export interface SlotPreference {
  /** 0 to size - 1. */
  readonly offset: number;
  /** 1 to size - 1. */
  readonly skip: number;
  /** Positive. */
  readonly weight: number;
}

const free = 0xffff_ffff;

/** How far a backend has come in its order. */
interface Claim {
  nextSlot: number;
  taken: number;
}

/**
 * Maglev's table (Eisenbud et al., NSDI 2016, section 3.4): in rounds, each backend takes the first free
 * slot of its own order, until none is free. A backend of half the heaviest weight takes part in every
 * second round, and so on; all do in the first (weights as in Envoy, maglev_lb.cc). Per slot, the index
 * of its backend.
 *
 * `size` is a prime, or the orders would miss slots.
 */
export function createMaglevTable(
  preferences: readonly SlotPreference[],
  size: number,
): Uint32Array {
  const table = new Uint32Array(preferences.length === 0 ? 0 : size).fill(free);
  const heaviest = preferences.reduce((most, { weight }) => Math.max(most, weight), 0);
  const claims = preferences.map(({ offset }): Claim => ({ nextSlot: offset, taken: 0 }));
  // Lists only whose turn it is: beside one of weight 1,000 most rounds are that one's alone.
  const turns = new Map([[1, [...preferences.keys()]]]);
  for (let left = table.length, round = 1; left > 0; round++) {
    const inTurn = (turns.get(round) ?? []).toSorted((one, other) => one - other);
    turns.delete(round);
    for (const index of inTurn.slice(0, left)) {
      const { skip, weight } = preferences[index] as SlotPreference;
      const claim = claims[index] as Claim;
      take(table, index, claim, skip);
      const due = Math.ceil((claim.taken * heaviest) / weight);
      addTurn(turns, Math.max(round + 1, due), index);
    }
    left -= inTurn.length;
  }
  return table;
}

function take(table: Uint32Array, index: number, claim: Claim, skip: number): void {
  while (table[claim.nextSlot] !== free) {
    claim.nextSlot += skip;
    if (claim.nextSlot >= table.length) claim.nextSlot -= table.length;
  }
  table[claim.nextSlot] = index;
  claim.taken++;
}

function addTurn(turns: Map<number, number[]>, round: number, index: number): void {
  const inTurn = turns.get(round);
  if (inTurn === undefined) turns.set(round, [index]);
  else inTurn.push(index);
}
