import type { Backend, Scoreboard } from "@evenkeel/core";

interface Counts {
  readonly successes: number;
  readonly failures: number;
}

/** How the attempts of the time since the last look ended, over all workers. */
export class OutcomeCounts {
  readonly #scoreboard: Scoreboard;
  #members: readonly Backend[];
  readonly #last: Map<number, Counts> = new Map();

  constructor(scoreboard: Scoreboard, members: readonly Backend[]) {
    this.#scoreboard = scoreboard;
    this.#members = members;
  }

  /** Members changed; those that stay are counted on. */
  follow(members: readonly Backend[]): void {
    this.#members = members;
    const slots = new Set(members.map(({ slot }) => slot));
    for (const slot of this.#last.keys()) if (!slots.has(slot)) this.#last.delete(slot);
  }

  /** By id. The first look begins the count. */
  sinceLast(): ReadonlyMap<string, Counts> {
    return new Map(
      this.#members.map(({ id, slot }) => {
        const now = this.#scoreboard.outcomes(slot);
        const last = this.#last.get(slot) ?? now;
        this.#last.set(slot, now);
        return [id, since(last, now)];
      }),
    );
  }
}

/** The scoreboard counts modulo 2^32. */
function since(last: Counts, now: Counts): Counts {
  return {
    successes: (now.successes - last.successes) >>> 0,
    failures: (now.failures - last.failures) >>> 0,
  };
}
