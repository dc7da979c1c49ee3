import type { Random } from "../runtime.ts";

/** A whole number from 0 to `count` - 1, each as likely. Of one there is nothing to draw. */
export function drawBelow(count: number, random: Random): number {
  return count === 1 ? 0 : Math.floor(random() * count);
}
