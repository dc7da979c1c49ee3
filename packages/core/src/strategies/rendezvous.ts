import type { Backend } from "../backend.ts";
import type { HashKey, StrategyDefinition } from "./definition.ts";
import { hashName, mixName } from "./hash.ts";
import { createKeyAffinity, type KeyTable } from "./key-affinity.ts";
import type { PickFacts } from "./strategy.ts";

/** Scores every backend anew for each key; what is kept is only the hash of each name. */
class NameHashes implements KeyTable {
  #first = new Int32Array(0);
  #second = new Int32Array(0);

  rebuild(members: readonly Backend[]): void {
    const names = members.map(({ id }) => hashName(id));
    this.#first = Int32Array.from(names, ({ first }) => first);
    this.#second = Int32Array.from(names, ({ second }) => second);
  }

  /**
   * The largest `-weight / ln(u)`, looked for as the least `-ln(u) / weight`. As `-ln(u) > 1 - u`, most
   * backends are out without the logarithm, which would be most of the cost.
   */
  find(keyHash: number, places: Int32Array, ready: readonly Backend[]): number {
    let best = -1;
    let least = Infinity;
    for (let index = 0; index < places.length; index++) {
      const place = places[index] as number;
      if (place < 0) continue;
      const hash = mixName(this.#first[index] as number, this.#second[index] as number, keyHash);
      const rest = ((hash >>> 0) + 0.5) / 2 ** 32;
      const { weight } = ready[place] as Backend;
      if (rest >= least * weight) continue;
      const cost = -Math.log(1 - rest) / weight;
      if (cost >= least) continue;
      least = cost;
      best = place;
    }
    return best;
  }

  nearness(keyHash: number, member: number, { weight }: Backend): PickFacts {
    const hash = mixName(this.#first[member] as number, this.#second[member] as number, keyHash);
    return { score: weight / -Math.log(1 - ((hash >>> 0) + 0.5) / 2 ** 32) };
  }
}

/**
 * The backend with the highest score `-weight / ln(u)`, where u in (0, 1) is the hash of key and backend
 * together (Thaler and Ravishankar 1998; weights as in Envoy and Traefik): exact shares by weight, and
 * when a backend joins, leaves or changes weight only keys to or from it move. Scores all backends for
 * each request.
 */
export const rendezvous: StrategyDefinition<{ readonly key: HashKey }> = {
  honoursWeights: true,
  options: {
    key: {
      kind: "hash-key",
      default: { from: "client-ip" },
      meaning: "The part of a request that says which backend it belongs to.",
    },
  },
  create: (deps) => createKeyAffinity(deps, new NameHashes()),
};
