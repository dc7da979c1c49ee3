import type { Backend } from "./backend.ts";
import { EvenkeelError } from "./errors.ts";
import type { Scoreboard } from "./scoreboard.ts";

const none: readonly Backend[] = [];

/** The backends behind a route. Membership never changes: a reload builds another Pool. */
export class Pool {
  readonly name: string;
  /** Row of this pool's sequence in the Scoreboard, from 0. */
  readonly index: number;
  readonly members: readonly Backend[];
  /** Members of each priority, the lowest number first. */
  readonly #tiers: readonly (readonly Backend[])[];
  #ready: readonly (readonly Backend[])[] = [];
  #onTrial: readonly Backend[] = none;
  #scoreboard: Scoreboard | undefined;
  #readyVersion = 0;

  constructor(name: string, index: number, members: readonly Backend[]) {
    requireDistinct(name, members);
    this.name = name;
    this.index = index;
    this.members = [...members];
    this.#tiers = tiersOf(members);
  }

  /**
   * The members that may take traffic: of the first priority that has a ready one, in the members'
   * order, which makes it the same list in every worker. The same array until `readyVersion` changes;
   * do not keep it over an await.
   */
  ready(scoreboard: Scoreboard): readonly Backend[] {
    return this.readyTiers(scoreboard)[0] ?? none;
  }

  /** Members that may get trial requests, in the members' order; nearly always none. */
  onTrial(scoreboard: Scoreboard): readonly Backend[] {
    this.readyTiers(scoreboard);
    return this.#onTrial;
  }

  /** The ready members of every priority that has any, the lowest number first. */
  readyTiers(scoreboard: Scoreboard): readonly (readonly Backend[])[] {
    const version = scoreboard.readyVersion;
    if (version === this.#readyVersion && scoreboard === this.#scoreboard) return this.#ready;
    // The version was read before the bits: a bit that flips meanwhile is found by the next call.
    this.#ready = this.#tiers
      .map((tier) => tier.filter((backend) => scoreboard.isReady(backend.slot)))
      .filter((tier) => tier.length > 0);
    this.#onTrial = this.members.filter((backend) => scoreboard.isOnTrial(backend.slot));
    this.#scoreboard = scoreboard;
    this.#readyVersion = version;
    return this.#ready;
  }
}

function tiersOf(members: readonly Backend[]): readonly (readonly Backend[])[] {
  const tiers = Map.groupBy(members, ({ priority }) => priority);
  return [...tiers].toSorted(([one], [other]) => one - other).map(([, tier]) => tier);
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
