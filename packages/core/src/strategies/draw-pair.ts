import type { Backend } from "../backend.ts";
import type { Random } from "../runtime.ts";

interface Pair {
  first: Backend;
  second: Backend;
}

const pair: Partial<Pair> = {};

/**
 * Two distinct elements of `ready`, which has two or more; every ordered pair is equally likely. The
 * second index skips the first instead of being drawn again (Finagle P2CPick). The answer is one
 * object, filled anew by the next call.
 */
export function drawPair(ready: readonly Backend[], random: Random): Readonly<Pair> {
  const first = Math.floor(random() * ready.length);
  const second = Math.floor(random() * (ready.length - 1));
  pair.first = ready[first] as Backend;
  pair.second = ready[second < first ? second : second + 1] as Backend;
  return pair as Pair;
}
