import type { Backend } from "../backend.ts";
import type { Pool } from "../pool.ts";
import type { Scoreboard } from "../scoreboard.ts";
import { AdaptiveLimit } from "./adaptive-limit.ts";

/** The ceiling of an adaptive limit where no other is set: Envoy's. */
const mostAdaptive = 1_000;

export interface ConcurrencySettings {
  /** Attempts at one backend at a time, over all workers; null = no limit. */
  readonly inFlightPerBackend: number | null;
  /** Attempts at all backends of the pool at a time, over all workers; null = no limit. */
  readonly inFlight: number | null;
  /** Besides, each worker finds out how many of its own attempts a backend can take at a time. */
  readonly adaptive: boolean;
}

/**
 * Says where there is room for another attempt, by the counts of all workers.
 *
 * A limit can be exceeded by at most the number of workers - 1, because a worker reads the counts and
 * adds its own without a lock. Of the workers whose attempts are in flight, look at the one that read
 * last: of each other one at most one addition came after that, and counts only fall without additions.
 * So all are no more than the limit - 1 that it saw, plus one per worker.
 */
export class ConcurrencyLimits {
  readonly #settings: ConcurrencySettings;
  readonly #scoreboard: Scoreboard;
  readonly #worker: number;
  /** By slot; empty unless adaptive. */
  readonly #adaptive: Map<number, AdaptiveLimit> = new Map();

  constructor(
    settings: ConcurrencySettings,
    scoreboard: Scoreboard,
    worker: number,
    members: readonly Backend[],
  ) {
    this.#settings = settings;
    this.#scoreboard = scoreboard;
    this.#worker = worker;
    this.rebuild(members);
  }

  /** What was found out about a slot stays as long as it has a member. */
  rebuild(members: readonly Backend[]): void {
    if (!this.#settings.adaptive) return;
    const slots = new Set(members.map(({ slot }) => slot));
    for (const slot of this.#adaptive.keys()) if (!slots.has(slot)) this.#adaptive.delete(slot);
    const most = this.#settings.inFlightPerBackend ?? mostAdaptive;
    for (const slot of slots) {
      if (!this.#adaptive.has(slot)) this.#adaptive.set(slot, new AdaptiveLimit(most));
    }
  }

  /** Goes on with what `former` found out, where that is bounded alike; attempts of both count there. */
  takeOver(former: ConcurrencyLimits): void {
    if (former.#settings.inFlightPerBackend !== this.#settings.inFlightPerBackend) return;
    for (const slot of this.#adaptive.keys()) {
      const known = former.#adaptive.get(slot);
      if (known !== undefined) this.#adaptive.set(slot, known);
    }
  }

  isFull({ members }: Pool): boolean {
    const { inFlight } = this.#settings;
    if (inFlight === null) return false;
    let sum = 0;
    for (let index = 0; index < members.length; index++) {
      sum += this.#scoreboard.inFlight((members[index] as Backend).slot);
    }
    return sum >= inFlight;
  }

  hasRoom({ slot }: Backend): boolean {
    return this.#hasRoom(
      slot,
      this.#scoreboard.isHeldBack(slot) ? this.#scoreboard.share(slot) : 1,
    );
  }

  /** For clients that it had before, a backend in slow start has all of its room. */
  hasRoomForBound({ slot }: Backend): boolean {
    return this.#hasRoom(slot, 1);
  }

  /** In slow start a backend gets its share of the limit only (HAProxy's maxconn does the same). */
  #hasRoom(slot: number, share: number): boolean {
    const { inFlightPerBackend } = this.#settings;
    if (inFlightPerBackend !== null) {
      if (this.#scoreboard.inFlight(slot) >= ramped(inFlightPerBackend, share)) return false;
    }
    if (!this.#settings.adaptive) return true;
    const { limit = Infinity } = this.#adaptive.get(slot) ?? {};
    return this.#scoreboard.inFlightOf(this.#worker, slot) < ramped(limit, share);
  }

  hasAnyRoom(backends: readonly Backend[]): boolean {
    for (let index = 0; index < backends.length; index++) {
      if (this.hasRoom(backends[index] as Backend)) return true;
    }
    return false;
  }

  /** An attempt of this worker was answered, and successfully; it is still counted. */
  answered({ slot }: Backend, startedAt: number, now: number): void {
    if (!this.#settings.adaptive) return;
    const inFlight = this.#scoreboard.inFlightOf(this.#worker, slot);
    this.#adaptive.get(slot)?.answered(startedAt, now, inFlight);
  }
}

function ramped(limit: number, share: number): number {
  return share === 1 ? limit : Math.max(1, Math.floor(limit * share));
}
