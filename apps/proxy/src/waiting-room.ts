import type { PoolConfig } from "@evenkeel/config";
import { type Balancer, type Place, type Pool, WaitingQueue, WorkerTurns } from "@evenkeel/core";
import type { Scoreboard } from "@evenkeel/core";
import type { Exchange } from "./exchange.ts";
import { refuse, tryAttempt } from "./handle-request.ts";
import type { ThreadContext } from "./thread-context.ts";

/** Room that another worker leaves is found after this long at the latest, and so is who waited too long. */
const lookEveryMs = 5;
/** Answers of our own in one turn: a thousand at once would stop everything else for too long. */
const mostTurnedAway = 64;
/** Retries that no other backend has room for, per turn; others may have more luck. */
const mostPassed = 8;

/** How many requests of one pool wait in one thread, over all generations that still have any. */
export interface WaitingCount {
  size: number;
}

export interface WaitingRoomDeps {
  readonly config: PoolConfig;
  readonly count: WaitingCount;
  readonly pool: Pool;
  readonly balancer: Balancer;
  readonly scoreboard: Scoreboard;
  readonly worker: number;
  readonly thread: ThreadContext;
}

/** The requests of one pool that wait in this thread until a backend has room for them. */
export class WaitingRoom {
  readonly #deps: WaitingRoomDeps;
  readonly #queue: WaitingQueue<Exchange>;
  readonly #workerTurns: WorkerTurns;
  /** Other workers could use the room that we leave; adaptive limits are each worker's own. */
  readonly #isShared: boolean;
  #timer: NodeJS.Timeout | null = null;
  /** What of the count is ours. */
  #counted = 0;
  #willServe = false;
  /** Another worker left us room, or it is time to look whether one did. */
  #isCalled = false;
  #isListening = false;

  constructor(deps: WaitingRoomDeps) {
    const { queue: limit, queueTimeoutMs: timeoutMs } = deps.config.limits;
    this.#deps = deps;
    this.#queue = new WaitingQueue({ limit, timeoutMs });
    this.#workerTurns = new WorkerTurns(deps.scoreboard, deps.thread.random);
    this.#isShared = deps.scoreboard.shape.workers > 1 && !deps.config.limits.adaptive;
  }

  /** Then who comes now has to wait, too. */
  get isOccupied(): boolean {
    return this.#queue.size > 0;
  }

  enter(exchange: Exchange): void {
    const { thread } = this.#deps;
    const { address } = exchange.client;
    const { now } = thread.turns;
    // A retry may have to wait although there is room for others; they shall not stand behind it.
    const client = exchange.tried.length === 0 ? address : `${address} again`;
    const place = this.#queue.add(exchange, client, now);
    exchange.place = place;
    const surplus = this.#queue.surplus(place, now);
    if (surplus !== undefined) this.#turnAway(surplus, "too many requests wait for a backend");
    this.#resized();
    this.#serveSoon();
  }

  /** Its client is gone, or it was answered. */
  leave(exchange: Exchange): void {
    if (exchange.place === null) return;
    this.#queue.remove(exchange.place, this.#deps.thread.turns.now);
    exchange.place = null;
    this.#resized();
  }

  /** An attempt of this worker ended. */
  readonly roomMade = (): void => {
    if (this.isOccupied) this.#serveSoon();
  };

  close(): void {
    clearInterval(this.#timer ?? undefined);
    this.#timer = null;
  }

  #serveSoon(): void {
    if (this.#willServe) return;
    this.#willServe = true;
    this.#deps.thread.turns.runLast(this.#serve);
  }

  readonly #call = (): void => {
    this.#isCalled = true;
    this.#serveSoon();
  };

  readonly #serve = (): void => {
    this.#willServe = false;
    const { now } = this.#deps.thread.turns;
    for (let count = 0; count < mostTurnedAway; count++) {
      const expired = this.#queue.expired(now);
      if (expired === undefined) break;
      this.#turnAway(expired, "no backend had room for the request in time");
    }
    let passed = 0;
    while (passed < mostPassed) {
      const place = this.#queue.next(now);
      if (place === undefined || !this.#mayServe(place.item)) break;
      if (!this.#start(place)) passed++;
    }
    this.#isCalled = false;
    this.#resized();
  };

  #mayServe({ tried }: Exchange): boolean {
    const { worker, scoreboard, pool, balancer } = this.#deps;
    // Where a retry may go, there may be room although there is none for others.
    if (tried.length === 0 && !balancer.hasRoom) return false;
    if (!this.#isShared) return true;
    this.#publish();
    const isCalled = this.#isCalled;
    this.#isCalled = false;
    const next = this.#workerTurns.next(pool);
    if (isCalled || next === worker || next === -1) return true;
    scoreboard.wake(next, pool.index);
    return false;
  }

  #start(place: Place<Exchange>): boolean {
    const exchange = place.item;
    if (!tryAttempt(exchange)) {
      this.#queue.pass(place);
      return false;
    }
    this.#queue.serve(place, this.#deps.thread.turns.now);
    // Unless it was refused and its connection has gone on to the next request.
    if (exchange.place === place) exchange.place = null;
    return true;
  }

  #turnAway(place: Place<Exchange>, detail: string): void {
    const { thread, config } = this.#deps;
    const message = `pool ${config.name}: ${detail}`;
    thread.notices.add("requests-shed", message, thread.turns.now);
    place.item.place = null;
    // At random, or all who are turned away now would come back together.
    const retryAfterSeconds = 1 + Math.floor(thread.random() * 3);
    refuse(place.item, {
      status: 503,
      error: "connection_limit_reached",
      detail,
      retryAfterSeconds,
    });
  }

  #publish(): void {
    const { worker, scoreboard, pool, count } = this.#deps;
    count.size += this.#queue.size - this.#counted;
    this.#counted = this.#queue.size;
    scoreboard.setWaiting(worker, pool.index, count.size);
  }

  #resized(): void {
    this.#publish();
    if (!this.isOccupied) this.close();
    else this.#timer ??= setInterval(this.#call, lookEveryMs);
    if (this.isOccupied && this.#isShared) void this.#listen();
  }

  /** For the other workers, which know when it is our turn. */
  async #listen(): Promise<void> {
    if (this.#isListening) return;
    this.#isListening = true;
    const { worker, scoreboard, pool } = this.#deps;
    await scoreboard.untilWoken(worker, pool.index);
    this.#isListening = false;
    if (!this.isOccupied) return;
    this.#call();
    void this.#listen();
  }
}
