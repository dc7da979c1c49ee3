import type { Backend } from "../backend.ts";
import type { Random } from "../runtime.ts";

/** One at random, each as likely as its share of the weights; `undefined` from an empty list. O(N). */
export function drawByWeight(backends: readonly Backend[], random: Random): Backend | undefined {
  let total = 0;
  for (let index = 0; index < backends.length; index++)
    total += (backends[index] as Backend).weight;
  let left = random() * total;
  for (let index = 0; index < backends.length; index++) {
    const backend = backends[index] as Backend;
    left -= backend.weight;
    if (left < 0) return backend;
  }
  return backends[backends.length - 1];
}
