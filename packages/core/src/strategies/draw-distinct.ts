import type { Random } from "../runtime.ts";

/**
 * Fills `drawn` with distinct whole numbers below `count`; every set is equally likely, their order is
 * not (Floyd, CACM 30(9), 1987: no rejected draw, and no list of all to shuffle). With fewer than
 * `drawn` holds, all of them, in order and without a draw. Returns how many.
 */
export function drawDistinct(drawn: Uint32Array, count: number, random: Random): number {
  if (count <= drawn.length) {
    for (let index = 0; index < count; index++) drawn[index] = index;
    return count;
  }
  for (let filled = 0; filled < drawn.length; filled++) {
    const last = count - drawn.length + filled;
    const number = Math.floor(random() * (last + 1));
    drawn[filled] = isAmong(drawn, filled, number) ? last : number;
  }
  return drawn.length;
}

function isAmong(drawn: Uint32Array, filled: number, number: number): boolean {
  for (let index = 0; index < filled; index++) if (drawn[index] === number) return true;
  return false;
}
