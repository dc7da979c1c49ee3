import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { WaitingQueue, type Place } from "../index.ts";

const timeoutMs = 1_000;
/** A twentieth of it: how long one may wait in a queue that has stood for too long. */
const hurriedMs = 50;

function queueOf(limit = 100): WaitingQueue<string> {
  return new WaitingQueue<string>({ limit, timeoutMs });
}

/** `a1` is a's first. */
function addAll(queue: WaitingQueue<string>, items: string, now: number): Place<string>[] {
  return items.split(" ").map((item) => queue.add(item, item[0] ?? "", now));
}

function serve(queue: WaitingQueue<string>, now: number): string {
  const place = queue.next(now);
  if (place === undefined) return "";
  queue.serve(place, now);
  return place.item;
}

function serveAll(queue: WaitingQueue<string>, now: number): string {
  const served: string[] = [];
  while (queue.size > 0) served.push(serve(queue, now));
  return served.join(" ");
}

function expireAll(queue: WaitingQueue<string>, now: number): string {
  const gone: string[] = [];
  for (;;) {
    const place = queue.expired(now);
    if (place === undefined) return gone.join(" ");
    gone.push(place.item);
  }
}

/** One that has had somebody waiting for `timeoutMs`; `a0` is all that is left of it. */
function overloaded(limit = 100): { queue: WaitingQueue<string>; now: number } {
  const queue = queueOf(limit);
  queue.add("old", "z", 0);
  queue.add("a0", "a", timeoutMs - 1);
  expireAll(queue, timeoutMs);
  return { queue, now: timeoutMs };
}

describe("a burst", () => {
  test("is served first come, first served", () => {
    const queue = queueOf();
    for (let index = 1; index < 6; index++) queue.add(`a${index}`, "a", index);
    expect(serveAll(queue, 900)).toBe("a1 a2 a3 a4 a5");
  });

  test("may wait for the whole timeout and not a millisecond longer", () => {
    const queue = queueOf();
    addAll(queue, "a1 b1", 0);
    addAll(queue, "a2", 1);
    expect(expireAll(queue, timeoutMs - 1)).toBe("");
    expect(expireAll(queue, timeoutMs)).toBe("a1 b1");
    expect(queue.size).toBe(1);
  });

  test("is over when the queue is empty: the next one may wait as long", () => {
    const queue = queueOf();
    addAll(queue, "a1", 0);
    serveAll(queue, timeoutMs - 1);
    addAll(queue, "a2 a3 a4", timeoutMs - 1);
    const last = 2 * timeoutMs - 2;
    expect(queue.isOverloaded(last)).toBe(false);
    expect(expireAll(queue, last)).toBe("");
    expect(serveAll(queue, last)).toBe("a2 a3 a4");
  });
});

describe("a queue that has not been empty for the whole timeout", () => {
  test("serves the newest first", () => {
    const { queue, now } = overloaded();
    for (let index = 1; index < 5; index++) queue.add(`a${index}`, "a", now + index);
    expect(serveAll(queue, now + 5)).toBe("a4 a3 a2 a1 a0");
  });

  test("serves the newest client first, too", () => {
    const { queue, now } = overloaded();
    addAll(queue, "b1 c1 d1", now);
    expect(serveAll(queue, now)).toBe("d1 c1 b1 a0");
  });

  test("keeps nobody for longer than a twentieth of the timeout, but the newest", () => {
    const { queue, now } = overloaded();
    addAll(queue, "a1 a2", now);
    addAll(queue, "a3", now + 1);
    expect(expireAll(queue, now + hurriedMs - 1)).toBe("a0");
    expect(expireAll(queue, now + hurriedMs)).toBe("a1 a2");
    expect(expireAll(queue, now + timeoutMs)).toBe("");
    expect(expireAll(queue, now + 1 + timeoutMs)).toBe("a3");
  });

  test("is a burst again once it was empty for a twentieth of the timeout", () => {
    const { queue, now } = overloaded();
    serveAll(queue, now);
    addAll(queue, "a1 a2 a3", now + hurriedMs);
    expect(serve(queue, now + hurriedMs)).toBe("a1");
    expect(expireAll(queue, now + hurriedMs + timeoutMs - 1)).toBe("");
  });

  test("is none when it was empty for a shorter time", () => {
    const { queue, now } = overloaded();
    serveAll(queue, now);
    addAll(queue, "a1 a2 a3", now + hurriedMs - 1);
    expect(serve(queue, now + hurriedMs - 1)).toBe("a3");
    expect(expireAll(queue, now + 2 * hurriedMs - 1)).toBe("a1");
  });

  test("keeps even those of a short timeout for 5 ms, for a loop that is busy", () => {
    const queue = new WaitingQueue<string>({ limit: 10, timeoutMs: 20 });
    addAll(queue, "a0", 0);
    addAll(queue, "a1 a2", 19);
    expect(expireAll(queue, 23)).toBe("a0");
    expect(expireAll(queue, 24)).toBe("a1");
  });
});

describe("a full queue", () => {
  function addTo(queue: WaitingQueue<string>, item: string, now = 0): string {
    const place = queue.add(item, item[0] ?? "", now);
    return queue.surplus(place, now)?.item ?? "";
  }

  test("turns the newcomer away when all come from one client", () => {
    const queue = queueOf(3);
    const turnedAway = ["a1", "a2", "a3", "a4"].map((item) => addTo(queue, item));
    expect(turnedAway).toEqual(["", "", "", "a4"]);
    expect(serveAll(queue, 1)).toBe("a1 a2 a3");
  });

  test("takes the place for another client from whoever has most of them", () => {
    const queue = queueOf(4);
    addAll(queue, "a1 a2 a3 b1", 0);
    expect([addTo(queue, "b2"), addTo(queue, "c1"), addTo(queue, "d1")]).toEqual([
      "a3",
      "b2",
      "a2",
    ]);
    expect(addTo(queue, "e1")).toBe("e1");
    expect(serveAll(queue, 1)).toBe("a1 b1 c1 d1");
  });

  test("gives up the oldest when it serves the newest first", () => {
    const { queue, now } = overloaded(3);
    addAll(queue, "a1 a2", now);
    expect(addTo(queue, "a3", now)).toBe("a0");
  });

  test("that may hold nobody turns everybody away", () => {
    const queue = queueOf(0);
    expect([addTo(queue, "a1"), addTo(queue, "b1"), queue.size]).toEqual(["a1", "b1", 0]);
  });
});

describe("clients", () => {
  test("take turns, however many one of them has waiting", () => {
    const queue = queueOf();
    addAll(queue, "a1 a2 a3 a4 a5 a6 b1 b2 c1", 0);
    expect(serveAll(queue, 1)).toBe("a1 b1 c1 a2 b2 a3 a4 a5 a6");
  });

  test("take turns under overload as well", () => {
    const { queue, now } = overloaded();
    addAll(queue, "a1 a2 b1 b2", now);
    expect(serveAll(queue, now)).toBe("b2 a2 b1 a1 a0");
  });

  test("are passed over for others when there is nothing for them", () => {
    const queue = queueOf();
    const [first] = addAll(queue, "a1 a2 b1", 0);
    if (first !== undefined) queue.pass(first);
    expect(serveAll(queue, 1)).toBe("b1 a1 a2");
  });
});

test("one that is gone is neither served nor told that it waited too long", () => {
  const queue = queueOf();
  const places = addAll(queue, "a1 a2 a3", 0);
  for (const place of places.slice(1)) queue.remove(place, 1);
  expect([queue.size, serve(queue, 1), expireAll(queue, timeoutMs)]).toEqual([1, "a1", ""]);
  // Late calls for those who have left change nothing.
  for (const place of places) {
    queue.remove(place, 1);
    queue.serve(place, 1);
    queue.pass(place);
  }
  addAll(queue, "a4", 1);
  expect([queue.size, serve(queue, 1), queue.size]).toEqual([1, "a4", 0]);
});

describe("whatever happens", () => {
  const limit = 6;
  const step = fc.oneof(
    fc.record({
      kind: fc.constant("arrive" as const),
      client: fc.constantFrom("a", "b", "c", "d"),
    }),
    fc.record({ kind: fc.constantFrom("serve", "pass", "expire") }),
    fc.record({ kind: fc.constant("leave" as const), who: fc.nat(limit) }),
    fc.record({ kind: fc.constant("wait" as const), ms: fc.nat(400) }),
  );
  type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

  /** The queue beside a plain list of who waits, oldest first. */
  class Model {
    readonly queue = new WaitingQueue<number>({ limit, timeoutMs });
    waiting: { readonly place: Place<number>; readonly client: string }[] = [];
    readonly ended: number[] = [];
    arrived = 0;
    now = 0;

    take(step: Step): void {
      if (step.kind === "arrive") this.#arrive(step.client);
      else if (step.kind === "wait") this.now += step.ms;
      else if (step.kind === "leave") this.#leave(step.who);
      else if (step.kind === "expire") this.#expire();
      else this.#next(step.kind === "serve");
      expect(this.queue.size).toBe(this.waiting.length);
      expect(this.queue.size).toBeLessThanOrEqual(limit);
    }

    #arrive(client: string): void {
      const place = this.queue.add(this.arrived++, client, this.now);
      this.waiting.push({ place, client });
      const lengths = Map.groupBy(this.waiting, (entry) => entry.client);
      const surplus = this.queue.surplus(place, this.now);
      expect(surplus === undefined).toBe(this.waiting.length <= limit);
      if (surplus === undefined) return;
      const most = Math.max(...[...lengths.values()].map(({ length }) => length));
      expect(lengths.get(surplus.line.client)).toHaveLength(most);
      this.#end(surplus);
    }

    #next(isServed: boolean): void {
      const place = this.queue.next(this.now);
      expect(place === undefined).toBe(this.waiting.length === 0);
      if (place === undefined) return;
      const same = this.waiting.filter(({ client }) => client === place.line.client);
      expect(place).toBe((this.queue.isOverloaded(this.now) ? same.at(-1) : same[0])?.place);
      if (!isServed) return this.queue.pass(place);
      this.queue.serve(place, this.now);
      this.#end(place);
    }

    #expire(): void {
      for (;;) {
        const wasOverloaded = this.queue.isOverloaded(this.now);
        const place = this.queue.expired(this.now);
        if (place === undefined) break;
        const waitedMs = this.now - place.since;
        expect(waitedMs).toBeGreaterThanOrEqual(wasOverloaded ? hurriedMs : timeoutMs);
        this.#end(place);
      }
      for (const { place } of this.waiting) {
        expect(this.now - place.since).toBeLessThan(timeoutMs);
      }
    }

    #leave(who: number): void {
      const entry = this.waiting[who];
      if (entry === undefined) return;
      this.queue.remove(entry.place, this.now);
      this.#end(entry.place);
    }

    #end(place: Place<number>): void {
      expect(place.isWaiting).toBe(false);
      const before = this.waiting.length;
      this.waiting = this.waiting.filter((entry) => entry.place !== place);
      expect(this.waiting).toHaveLength(before - 1);
      this.ended.push(place.item);
    }
  }

  test("it is bounded, and everyone who came leaves exactly once", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const model = new Model();
        for (const step of steps) model.take(step);
        while (model.waiting.length > 0) model.take({ kind: "serve" });
        const everyone = Array.from({ length: model.arrived }, (_, item) => item);
        expect(model.ended.toSorted((one, other) => one - other)).toEqual(everyone);
        expect(model.queue.next(model.now)).toBeUndefined();
      }),
      { seed: 20_261_128, numRuns: 500 },
    );
  });
});
