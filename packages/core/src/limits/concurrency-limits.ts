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
 * Without a lock, and still exact: a worker reads the counts, adds its own attempt, and reads again; if all
 * together are beyond the limit now, another worker was faster, and it takes its own back before anything is
 * sent. Of the attempts that stay, the one that was read again last saw all others (Dekker: each writes before
 * it reads, in one order for all threads), so they are within the limit. Two that take the last place at the
 * same moment may both step back; each looks again.
 */
export class ConcurrencyLimits {
  readonly #settings: ConcurrencySettings;
  readonly #scoreboard: Scoreboard;
  readonly #worker: number;
  /** Other workers may take the room that this one has seen. */
  readonly #isContended: boolean;
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
    const { inFlight, inFlightPerBackend } = settings;
    const isLimited = inFlight !== null || inFlightPerBackend !== null;
    this.#isContended = isLimited && scoreboard.shape.workers > 1;
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

  /** After an attempt at `backend` was counted: others took the room meanwhile, so it must be taken back. */
  isExceeded({ members }: Pool, { slot }: Backend, isBound: boolean): boolean {
    if (!this.#isContended) return false;
    const { inFlight, inFlightPerBackend } = this.#settings;
    if (inFlightPerBackend !== null) {
      const most = ramped(inFlightPerBackend, isBound ? 1 : this.#shareOf(slot));
      if (this.#scoreboard.inFlightNow(slot) > most) return true;
    }
    if (inFlight === null) return false;
    let sum = 0;
    for (let index = 0; index < members.length; index++) {
      sum += this.#scoreboard.inFlightNow((members[index] as Backend).slot);
    }
    return sum > inFlight;
  }

  hasRoom({ slot }: Backend): boolean {
    return this.#hasRoom(slot, this.#shareOf(slot));
  }

  /** For clients that it had before, a backend in slow start has all of its room. */
  hasRoomForBound({ slot }: Backend): boolean {
    return this.#hasRoom(slot, 1);
  }

  #shareOf(slot: number): number {
    return this.#scoreboard.isHeldBack(slot) ? this.#scoreboard.share(slot) : 1;
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
