import type { Exchange } from "../exchange.ts";
import { type Random, seededRandom } from "../seeded-random.ts";
import { matchesRequest } from "./conditions.ts";
import type { FaultAction, FaultMoment } from "./fault.ts";
import type { FaultSpec } from "./fault-spec.ts";
import type { ReadFault } from "./read-fault.ts";

/** Where and when a fault was put on a backend. */
export interface Installation {
  /** Unique during the life of the backend. */
  readonly id: number;
  /** Position in its list: two equal faults decide differently, the same list decides the same. */
  readonly place: number;
  readonly backend: string;
  /** For faults that have no seed of their own. */
  readonly seed: number;
  /** Milliseconds of the caller's clock, as every `now` here. */
  readonly now: number;
}

/** `waiting`: its start has not come. `over`: its time or its count is used up. */
export type FaultState = "waiting" | "active" | "over";

/** One fault in force on one backend, with its memory. */
export class InstalledFault {
  readonly id: number;
  readonly name: string;
  readonly spec: FaultSpec;
  readonly action: FaultAction;
  readonly startsAt: number;
  /** Infinity: until it is removed. */
  readonly endsAt: number;
  readonly #fault: ReadFault;
  readonly #decide: Random;
  readonly #random: Random;
  readonly #isElsewhere: boolean;
  #applied = 0;

  constructor(fault: ReadFault, { id, place, backend, now, ...defaults }: Installation) {
    const { conditions } = fault;
    this.id = id;
    this.name = fault.name;
    this.spec = fault.spec;
    this.action = fault.createAction();
    this.startsAt = now + conditions.start;
    this.endsAt = this.startsAt + (conditions.for ?? Infinity);
    this.#fault = fault;
    // The name parts backends that were given the same fault: or all would fail the same ordinals.
    const seed = `${conditions.seed ?? defaults.seed}/${backend}/${place}/${fault.name}`;
    this.#decide = seededRandom(`decide/${seed}`);
    this.#random = seededRandom(`draw/${seed}`);
    this.#isElsewhere = conditions.backend !== undefined && conditions.backend !== backend;
  }

  /** How often it struck. */
  get applied(): number {
    return this.#applied;
  }

  state(now: number): FaultState {
    if (now < this.startsAt) return "waiting";
    return now >= this.endsAt || this.#isSpent() ? "over" : "active";
  }

  /** Decides for one request; a request that does not match draws no number. */
  strikesRequest(exchange: Exchange, now: number): boolean {
    const { action } = this;
    if (!this.#mayStrike(now)) return false;
    if (!matchesRequest(this.#fault.conditions, exchange.request, exchange.path)) return false;
    if (!exchange.isFaultable(this.#fault.conditions.path)) return false;
    if (action.scope === "request" && action.strikesAt?.(now - this.startsAt) === false) {
      return false;
    }
    return this.#draw();
  }

  /** Decides for one connection that was just accepted. */
  strikesConnection(now: number): boolean {
    return this.#mayStrike(now) && this.#draw();
  }

  /** Counts an application without a decision: of a port there is only one. */
  strikePort(): boolean {
    if (this.#isElsewhere) return false;
    this.#applied += 1;
    return true;
  }

  moment(now: number): FaultMoment {
    return { random: this.#random, elapsedMs: now - this.startsAt };
  }

  #mayStrike(now: number): boolean {
    return !this.#isElsewhere && this.state(now) === "active";
  }

  #draw(): boolean {
    const { probability } = this.#fault.conditions;
    if (probability < 1 && this.#decide() >= probability) return false;
    this.#applied += 1;
    return true;
  }

  #isSpent(): boolean {
    return this.#applied >= (this.#fault.conditions.count ?? Infinity);
  }
}
