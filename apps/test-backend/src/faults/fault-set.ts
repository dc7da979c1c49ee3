import type { Socket } from "node:net";
import type { Exchange } from "../exchange.ts";
import type { Port } from "../port.ts";
import type { RequestTally } from "../request-tally.ts";
import { type Random, seededRandom } from "../seeded-random.ts";
import { type FaultMoment, type FaultStage, faultStages, type FaultVerdict } from "./fault.ts";
import type { FaultSpec } from "./fault-spec.ts";
import { type FaultState, InstalledFault } from "./installed-fault.ts";
import type { ReadFault } from "./read-fault.ts";

/** A fault that strikes one request. */
export interface Strike {
  readonly name: string;
  readonly stage: FaultStage;
  apply(exchange: Exchange): FaultVerdict | Promise<FaultVerdict>;
}

/** One line of `GET /__faults`: the fault as it was written, and how it stands. */
export type FaultStatus = FaultSpec & {
  readonly id: number;
  readonly state: FaultState;
  readonly applied: number;
};

/** What the faults of one backend act on. */
export interface FaultSetOptions {
  readonly backend: string;
  /** For faults that have none of their own. */
  readonly seed: number;
  readonly port: Port;
  readonly tally: RequestTally;
}

// Beyond this setTimeout would fire after one millisecond instead.
const maxTimerMs = 2 ** 31 - 1;

const byStage = (a: Strike, b: Strike): number =>
  faultStages.indexOf(a.stage) - faultStages.indexOf(b.stage);

/** The faults in force on one backend. */
export class FaultSet {
  readonly #options: FaultSetOptions;
  /** For faults that come with a request: they have no stream of their own. */
  readonly #requestDraws: Random;
  readonly #timers = new Map<InstalledFault, NodeJS.Timeout[]>();
  #faults: readonly InstalledFault[] = [];
  #begun = new Set<InstalledFault>();
  #lastId = 0;

  constructor(options: FaultSetOptions) {
    this.#options = options;
    this.#requestDraws = seededRandom(`request/${options.seed}/${options.backend}`);
  }

  /** True when a request need not ask. */
  get isEmpty(): boolean {
    return this.#faults.length === 0;
  }

  list(): FaultStatus[] {
    const now = performance.now();
    return this.#faults.map((fault) => ({
      ...fault.spec,
      id: fault.id,
      state: fault.state(now),
      applied: fault.applied,
    }));
  }

  /** Ends what was there and installs these; the same list decides as it did the first time. */
  replace(faults: readonly ReadFault[]): void {
    this.end();
    this.add(faults);
  }

  /** Installs more; those that are over are forgotten. */
  add(faults: readonly ReadFault[]): void {
    const now = performance.now();
    const kept = this.#faults.filter((fault) => fault.state(now) !== "over");
    const added = faults.map((fault, index) => {
      const place = kept.length + index;
      this.#lastId += 1;
      const { backend, seed } = this.#options;
      return new InstalledFault(fault, { id: this.#lastId, place, backend, seed, now });
    });
    this.#faults = [...kept, ...added];
    for (const fault of added) this.#schedule(fault);
  }

  /** False when there is no such fault. */
  remove(id: number): boolean {
    const found = this.#faults.find((fault) => fault.id === id);
    if (found === undefined) return false;
    this.#faults = this.#faults.filter((fault) => fault !== found);
    this.#endOne(found);
    return true;
  }

  /** Ends all of them. What they did to a request in flight is not taken back. */
  end(): void {
    const ended = this.#faults;
    this.#faults = [];
    for (const fault of ended) this.#endOne(fault);
  }

  /** The faults that strike this request, in the order in which they act. */
  strikes(exchange: Exchange, ownFaults: readonly ReadFault[]): Strike[] {
    const now = performance.now();
    const strikes: Strike[] = [];
    for (const fault of this.#faults) {
      if (fault.action.scope === "port" || !fault.strikesRequest(exchange, now)) continue;
      strikes.push(strikeOf(fault, fault.moment(now)));
    }
    for (const fault of ownFaults) {
      const strike = this.#ownStrike(fault);
      if (strike !== undefined) strikes.push(strike);
    }
    return strikes.toSorted(byStage);
  }

  /** The name of the fault that took the connection; `serve` is called when it lets go of it. */
  takeConnection(socket: Socket, serve: () => void): string | undefined {
    const now = performance.now();
    for (const fault of this.#faults) {
      const { action, name } = fault;
      if (action.scope !== "connection" || !fault.strikesConnection(now)) continue;
      this.#options.tally.recordFault(name);
      action.take(socket, serve);
      return name;
    }
    return undefined;
  }

  #ownStrike(fault: ReadFault): Strike | undefined {
    const { name, conditions } = fault;
    const action = fault.createAction();
    if (action.scope !== "request") return undefined;
    if (conditions.backend !== undefined && conditions.backend !== this.#options.backend) {
      return undefined;
    }
    const random = this.#requestDraws;
    if (conditions.probability < 1 && random() >= conditions.probability) return undefined;
    const moment = { random, elapsedMs: 0 };
    return { name, stage: action.stage, apply: (exchange) => action.apply(exchange, moment) };
  }

  /** What is not decided request by request begins and ends by the clock. */
  #schedule(fault: InstalledFault): void {
    if (fault.action.scope === "request") return;
    const begin = (): void => this.#beginOne(fault);
    // Also for a start of 0: the answer to the PUT that asked for it should be out before the port shuts.
    const timers = [callAt(fault.startsAt, begin)];
    if (fault.endsAt < Infinity) timers.push(callAt(fault.endsAt, () => this.#endOne(fault)));
    this.#timers.set(fault, timers);
  }

  #beginOne(fault: InstalledFault): void {
    const { action } = fault;
    if (action.scope !== "port" || !fault.strikePort()) return;
    this.#begun.add(fault);
    this.#options.tally.recordFault(fault.name);
    action.begin(this.#options.port);
  }

  #endOne(fault: InstalledFault): void {
    for (const timer of this.#timers.get(fault) ?? []) clearTimeout(timer);
    this.#timers.delete(fault);
    const { action } = fault;
    if (action.scope === "connection") action.end();
    if (action.scope === "port" && this.#begun.delete(fault)) action.end(this.#options.port);
  }
}

function strikeOf({ name, action }: InstalledFault, moment: FaultMoment): Strike {
  if (action.scope === "request") {
    return { name, stage: action.stage, apply: (exchange) => action.apply(exchange, moment) };
  }
  if (action.scope === "connection") {
    return { name, stage: "early", apply: (exchange) => action.apply(exchange) };
  }
  throw new TypeError(`${name} strikes no requests`);
}

function callAt(time: number, call: () => void): NodeJS.Timeout {
  return setTimeout(call, Math.min(Math.max(0, time - performance.now()), maxTimerMs));
}
