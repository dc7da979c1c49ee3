import { ClientLines, Place } from "./client-lines.ts";
import { LinkedList } from "./linked-list.ts";

/** Facebook's server variant of CoDel has 5 ms for 100 ms (algorithms.md section 9.2). */
const hurriedShare = 1 / 20;
/** A timer of a busy loop is not more exact than this. */
const leastHurriedMs = 5;

export interface WaitingQueueOptions {
  /** The most that may wait, 0 or more. */
  readonly limit: number;
  /** How long one may wait, in milliseconds. */
  readonly timeoutMs: number;
}

/**
 * Who waits for room at a backend. A queue is good for bursts: everybody waits up to `timeoutMs`, first
 * come first served. One that has not been empty for as long as that is no burst; whoever came to its
 * end would wait in vain for what his client no longer wants. Then (Facebook's "Fail at Scale", ACM Queue
 * 2015) the newest goes first and nobody waits longer than a twentieth of `timeoutMs`, but at least
 * 5 ms: most are served nearly at once, and the rest hear of it in time to do something else. The
 * newest is spared, so that there is always someone to take what becomes free. It is over when the queue
 * has been empty for as long as one may wait then: under lasting overload it is for a moment after every stall.
 *
 * Clients take turns: who has hundreds waiting is served no more often than who has one, and when the
 * queue is full it is the longest line that loses a place. Every call takes the same time however many wait.
 */
export class WaitingQueue<Item> {
  readonly #limit: number;
  readonly #timeoutMs: number;
  readonly #hurriedMs: number;
  readonly #lines: ClientLines<Item> = new ClientLines();
  /** Oldest first. */
  readonly #all: LinkedList<Place<Item>> = new LinkedList();
  /** Since when somebody has been waiting, but for moments. */
  #occupiedSince = Infinity;
  /** Until when an overload that is over for now may go on. */
  #relapseUntil = -Infinity;

  constructor({ limit, timeoutMs }: WaitingQueueOptions) {
    this.#limit = limit;
    this.#timeoutMs = timeoutMs;
    this.#hurriedMs = Math.min(timeoutMs, Math.max(leastHurriedMs, timeoutMs * hurriedShare));
  }

  get size(): number {
    return this.#all.length;
  }

  /** Whether the queue has stood for too long to be a burst. */
  isOverloaded(now: number): boolean {
    return now - this.#occupiedSince >= this.#timeoutMs;
  }

  /** Ask for `surplus` afterwards. */
  add(item: Item, client: string, now: number): Place<Item> {
    if (this.#all.length === 0 && now >= this.#relapseUntil) this.#occupiedSince = now;
    const place = new Place(item, now, this.#lines.lineOf(client, this.isOverloaded(now)));
    this.#lines.join(place);
    this.#all.append(place.inAll);
    return place;
  }

  /**
   * Takes out, when more wait than may after `newest` was added, the one of the longest line whose turn
   * would have been last, which may be `newest` itself.
   */
  surplus(newest: Place<Item>, now: number): Place<Item> | undefined {
    if (this.#all.length <= this.#limit) return undefined;
    const { places } = this.#lines.longest(newest.line);
    const victim = (this.isOverloaded(now) ? places.first : places.last) as Place<Item>;
    this.remove(victim, now);
    return victim;
  }

  /** Takes out the oldest if it has waited for too long. Ask until there is none. */
  expired(now: number): Place<Item> | undefined {
    const oldest = this.#all.first;
    if (oldest === undefined) return undefined;
    const waitedMs = now - oldest.since;
    const isHurried = this.#all.length > 1 && this.isOverloaded(now);
    if (waitedMs < (isHurried ? this.#hurriedMs : this.#timeoutMs)) return undefined;
    this.remove(oldest, now);
    return oldest;
  }

  /** Whose turn it is; he goes on waiting until `serve`, `pass` or `remove`. */
  next(now: number): Place<Item> | undefined {
    const places = this.#lines.first?.places;
    return this.isOverloaded(now) ? places?.last : places?.first;
  }

  /** He got what he waited for. */
  serve(place: Place<Item>, now: number): void {
    this.pass(place);
    this.remove(place, now);
  }

  /** There is nothing for him now, but perhaps for another client. */
  pass(place: Place<Item>): void {
    if (place.isWaiting) this.#lines.endTurn(place.line);
  }

  /** He no longer wants anything. Later calls do nothing. */
  remove(place: Place<Item>, now: number): void {
    if (!place.isWaiting) return;
    place.isWaiting = false;
    this.#lines.leave(place);
    this.#all.remove(place.inAll);
    if (this.#all.length === 0 && this.isOverloaded(now))
      this.#relapseUntil = now + this.#hurriedMs;
  }
}
