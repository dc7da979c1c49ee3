import type { Backend } from "../backend.ts";
import { hashKeyText } from "./hash.ts";
import { ReadyPlaces } from "./ready-places.ts";
import type { PickFacts, Strategy, StrategyDeps } from "./strategy.ts";
import { weightedRandom } from "./weighted-random.ts";

/** Says which member a key belongs to. */
export interface KeyTable {
  /** Made of all members, ready or not, so that a backend's absence moves no key but its own. */
  rebuild(members: readonly Backend[]): void;
  /**
   * The index in `ready` of the backend for a key's hash; -1 when no member is in `ready`. `places` has,
   * per member in the order of `rebuild`, its index in `ready` or -1.
   */
  find(keyHash: number, places: Int32Array, ready: readonly Backend[]): number;
  /** How near the member of this index is to a key: what `find` compares. For people. */
  nearness(keyHash: number, member: number, backend: Backend): PickFacts;
}

/**
 * The frame of every strategy that hashes: a request goes where its key belongs. One without a key
 * belongs nowhere and goes to any ready backend, as often as that one's weight says.
 */
export function createKeyAffinity(deps: StrategyDeps, table: KeyTable): Strategy {
  const places = new ReadyPlaces();
  const keyless = weightedRandom.create(deps, {});
  return {
    rebuild(members) {
      places.rebuild(members);
      table.rebuild(members);
    },
    pick(ready, context) {
      if (ready.length === 0) return undefined;
      const { hashKey } = context;
      if (hashKey === "") return keyless.pick(ready, context);
      const place = table.find(hashKeyText(hashKey), places.of(ready, context.isRetry), ready);
      return place < 0 ? keyless.pick(ready, context) : ready[place];
    },
    explain(backend, { hashKey }) {
      const member = places.memberOf(backend);
      if (hashKey === "" || member === -1) return {};
      return table.nearness(hashKeyText(hashKey), member, backend);
    },
  };
}
