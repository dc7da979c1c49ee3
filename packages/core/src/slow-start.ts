import type { Backend } from "./backend.ts";
import type { Scoreboard } from "./scoreboard.ts";
import { hashText } from "./strategies/hash.ts";

/** Requests for a backend in slow start that may be saved up. */
const mostCredit = 2;

/**
 * Keeps a backend that came back below its share while it warms up, whatever the strategy: a weight
 * alone would not stop a scan for the least load from sending everything to a backend that has
 * nothing to do (algorithms.md section 7.4).
 *
 * Every request that the balancer places earns a backend in slow start its fair part of one (its
 * weight over the weights of all that are ready) times the share that it may have by now; a request for
 * it costs one. No more than two can be saved, so there is no burst after a pause. Requests with a key go by
 * the key instead: a user who went to and fro for ten seconds would have no affinity.
 */
export class SlowStart {
  readonly #scoreboard: Scoreboard;
  /** By slot: earned and not spent. */
  readonly #credit: Map<number, number> = new Map();
  /** By slot: `#placed` when credit was last added. */
  readonly #seenAt: Map<number, number> = new Map();
  #placed = 0;

  constructor(scoreboard: Scoreboard, members: readonly Backend[]) {
    this.#scoreboard = scoreboard;
    this.rebuild(members);
  }

  /** Forgets who is no longer a member. */
  rebuild(members: readonly Backend[]): void {
    const slots = new Set(members.map(({ slot }) => slot));
    for (const map of [this.#credit, this.#seenAt]) {
      for (const slot of map.keys()) if (!slots.has(slot)) map.delete(slot);
    }
  }

  /** Goes on with what `former` had saved up for `members`. */
  takeOver(former: SlowStart, members: readonly Backend[]): void {
    this.#placed = former.#placed;
    for (const [slot, credit] of former.#credit) this.#credit.set(slot, credit);
    for (const [slot, placed] of former.#seenAt) this.#seenAt.set(slot, placed);
    this.rebuild(members);
  }

  /**
   * Whether a request that was meant for `picked`, one of `ready`, may go there; asked for each one.
   * `key` is what an affinity strategy hashed, or empty.
   */
  admits(picked: Backend, ready: readonly Backend[], key: string): boolean {
    this.#placed++;
    if (!this.#scoreboard.isHeldBack(picked.slot)) return true;
    return key === "" ? this.#spend(picked, ready) : this.#isBack(key, picked);
  }

  /** Its keys come back one by one as the share grows, and none of them changes sides twice. */
  #isBack(key: string, { slot }: Backend): boolean {
    return (hashText(key, slot) >>> 0) / 2 ** 32 < this.#scoreboard.share(slot);
  }

  #spend({ slot, weight }: Backend, ready: readonly Backend[]): boolean {
    const since = this.#placed - (this.#seenAt.get(slot) ?? this.#placed - 1);
    const weights = ready.reduce((sum, backend) => sum + backend.weight, 0);
    const earned = (since * this.#scoreboard.share(slot) * weight) / weights;
    const credit = Math.min(mostCredit, (this.#credit.get(slot) ?? 0) + earned);
    const isAdmitted = credit >= 1;
    this.#seenAt.set(slot, this.#placed);
    this.#credit.set(slot, isAdmitted ? credit - 1 : credit);
    return isAdmitted;
  }
}
