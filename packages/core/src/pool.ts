import type { Backend } from "./backend.ts";
import { EvenkeelError } from "./errors.ts";
import type { Scoreboard } from "./scoreboard.ts";

/** The backends behind a route. Membership never changes: a reload builds another Pool. */
export class Pool {
  readonly name: string;
  /** Row of this pool's sequence in the Scoreboard, from 0. */
  readonly index: number;
  readonly members: readonly Backend[];
  #ready: readonly Backend[] = [];
  #scoreboard: Scoreboard | undefined;
  #readyVersion = 0;

  constructor(name: string, index: number, members: readonly Backend[]) {
    requireDistinct(name, members);
    this.name = name;
    this.index = index;
    this.members = [...members];
  }

  /**
   * The members that may take traffic, in the members' order, which makes it the same list in every
   * worker. The same array until `readyVersion` changes; do not keep it over an await.
   */
  ready(scoreboard: Scoreboard): readonly Backend[] {
    const version = scoreboard.readyVersion;
    if (version === this.#readyVersion && scoreboard === this.#scoreboard) return this.#ready;
    // The version was read before the bits: a bit that flips meanwhile is found by the next call.
    this.#ready = this.members.filter((backend) => scoreboard.isReady(backend.slot));
    this.#scoreboard = scoreboard;
    this.#readyVersion = version;
    return this.#ready;
  }
}

function requireDistinct(pool: string, members: readonly Backend[]): void {
  const ids = new Set<string>();
  const slots = new Set<number>();
  for (const { id, slot } of members) {
    if (ids.has(id) || slots.has(slot)) {
      const detail = `pool ${pool}, id ${id}, slot ${slot}`;
      throw new EvenkeelError("EVENKEEL_DUPLICATE_BACKEND", detail);
    }
    ids.add(id);
    slots.add(slot);
  }
}
