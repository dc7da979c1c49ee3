import type { Backend, Lease, Outcome } from "@evenkeel/core";
import type { Server } from "./server.ts";

/** One request of a client. Records are used again; a version tells old events from new ones. */
export class RequestRecord {
  readonly id: number;
  version = 0;
  arrivedAt = 0;
  workMs = 0;
  /** Uniform in [0, 1). */
  chance = 0;
  balancer = 0;
  key = 0;
  isCounted = false;
  /** 0 before the first attempt. */
  attempts = 0;
  readonly tried: Backend[] = [];
  current: AttemptRecord | null = null;

  constructor(id: number) {
    this.id = id;
  }
}

/** One attempt on one backend, from the pick until nothing of it is left at the backend. */
export class AttemptRecord {
  readonly id: number;
  version = 0;
  request: RequestRecord | null = null;
  lease: Lease | null = null;
  server: Server | null = null;
  /** Of its request, whose record may have moved on when an abandoned attempt is served. */
  workMs = 0;
  /** Whether a fault hits it: another chance for each attempt of a request. */
  chance = 0;
  startedAt = 0;
  reachedAt = 0;
  /** Time that it waited for a slot. */
  queuedMs = 0;
  /** Nobody waits for its answer any longer. */
  isAbandoned = false;
  /** Of the answer that its server will give. */
  status = 200;
  /** Set when the server has answered or failed, and the news is on its way. */
  outcome: Outcome | null = null;

  constructor(id: number) {
    this.id = id;
  }
}

/** Hands out records, used ones first. */
export class Records<Item extends { readonly id: number; version: number }> {
  readonly #create: (id: number) => Item;
  readonly #all: Item[] = [];
  readonly #free: Item[] = [];

  constructor(create: (id: number) => Item) {
    this.#create = create;
  }

  take(): Item {
    const used = this.#free.pop();
    if (used !== undefined) return used;
    const item = this.#create(this.#all.length);
    this.#all.push(item);
    return item;
  }

  /** Events that name the item's present version are void from now on. */
  giveBack(item: Item): void {
    item.version++;
    this.#free.push(item);
  }

  /** undefined when the event is void. */
  find(id: number, version: number): Item | undefined {
    const item = this.#all[id];
    return item?.version === version ? item : undefined;
  }
}
