import { describe, expect, test } from "vitest";
import { Deadlines, type Timed } from "./deadlines.ts";

class Entry implements Timed {
  deadlineAt = Infinity;
  wakeAt = 0;
  readonly calls: number[] = [];
  onCall: () => void = () => {};

  onDeadline(now: number): void {
    this.calls.push(now);
    this.onCall();
  }
}

/** A wheel with a clock that the test moves. */
function wheelAt(start: number): {
  readonly deadlines: Deadlines;
  readonly moveTo: (now: number) => void;
  readonly now: () => number;
} {
  let now = start;
  const deadlines = new Deadlines(() => now);
  return {
    deadlines,
    now: () => now,
    moveTo: (next) => {
      now = next;
      deadlines.advance();
    },
  };
}

function watched(deadlines: Deadlines, deadlineAt: number): Entry {
  const entry = new Entry();
  entry.deadlineAt = deadlineAt;
  deadlines.watch(entry);
  return entry;
}

describe("a deadline", () => {
  test("is not noticed a millisecond early, and is noticed at the next tick", () => {
    const { deadlines, moveTo } = wheelAt(1_000);
    const entry = watched(deadlines, 1_300);
    moveTo(1_299);
    expect(entry.calls).toEqual([]);
    moveTo(1_300);
    expect(entry.calls).toEqual([1_300]);
  });

  test("is noticed once", () => {
    const { deadlines, moveTo } = wheelAt(0);
    const entry = watched(deadlines, 250);
    for (let now = 0; now <= 2_000; now += 100) moveTo(now);
    expect(entry.calls).toEqual([300]);
  });

  test("that has passed already is noticed at the next tick", () => {
    const { deadlines, moveTo } = wheelAt(5_000);
    const entry = watched(deadlines, 10);
    moveTo(5_100);
    expect(entry.calls).toEqual([5_100]);
  });

  test("moves later without being watched again", () => {
    const { deadlines, moveTo } = wheelAt(0);
    const entry = watched(deadlines, 200);
    entry.deadlineAt = 900;
    for (let now = 0; now < 900; now += 100) moveTo(now);
    expect(entry.calls).toEqual([]);
    moveTo(900);
    expect(entry.calls).toEqual([900]);
  });

  test("moves earlier when it is watched again, and its old time is forgotten", () => {
    const { deadlines, moveTo } = wheelAt(0);
    const entry = watched(deadlines, 5_000);
    entry.deadlineAt = 300;
    deadlines.watch(entry);
    for (let now = 0; now <= 6_000; now += 100) moveTo(now);
    expect(entry.calls).toEqual([300]);
  });

  test("of Infinity is never noticed", () => {
    const { deadlines, moveTo } = wheelAt(0);
    const entry = watched(deadlines, 200);
    entry.deadlineAt = Infinity;
    for (let now = 0; now <= 2_000; now += 100) moveTo(now);
    expect(entry.calls).toEqual([]);
    entry.deadlineAt = 2_500;
    deadlines.watch(entry);
    moveTo(2_500);
    expect(entry.calls).toEqual([2_500]);
  });

  test("may be set anew while it is being noticed", () => {
    const { deadlines, moveTo, now } = wheelAt(0);
    const entry = watched(deadlines, 100);
    entry.onCall = () => {
      entry.deadlineAt = now() + 200;
      deadlines.watch(entry);
    };
    for (let at = 0; at <= 700; at += 100) moveTo(at);
    expect(entry.calls).toEqual([100, 300, 500, 700]);
  });

  test("is noticed although the loop was busy over many ticks", () => {
    const { deadlines, moveTo } = wheelAt(0);
    const entries = [150, 250, 990].map((at) => watched(deadlines, at));
    moveTo(1_234);
    expect(entries.map(({ calls }) => calls)).toEqual([[1_234], [1_234], [1_234]]);
  });

  test("does not depend on what the clock's origin is", () => {
    const { deadlines, moveTo } = wheelAt(86_400_037.5);
    const entry = watched(deadlines, 86_400_237.5);
    moveTo(86_400_237.4);
    expect(entry.calls).toEqual([]);
    moveTo(86_400_300);
    expect(entry.calls).toHaveLength(1);
  });
});

test("ten thousand random moves never notice early, nor more than two ticks late", () => {
  const random = seeded(7);
  const { deadlines, moveTo, now } = wheelAt(random() * 1_000);
  const entries = Array.from({ length: 50 }, () => new Entry());
  for (const entry of entries) {
    entry.onCall = () => {
      expect(entry.deadlineAt).toBeLessThanOrEqual(now());
      expect(now() - entry.deadlineAt).toBeLessThanOrEqual(2 * Deadlines.tickMs);
      entry.deadlineAt = Infinity;
    };
  }
  for (let step = 0; step < 10_000; step++) {
    const entry = entries[Math.floor(random() * entries.length)] as Entry;
    entry.deadlineAt = random() < 0.2 ? Infinity : now() + random() * 1_500;
    if (entry.deadlineAt !== Infinity) deadlines.watch(entry);
    if (random() < 0.3) moveTo(now() + Deadlines.tickMs);
  }
  const open = entries.filter(({ deadlineAt }) => deadlineAt !== Infinity);
  const before = open.map(({ calls }) => calls.length);
  for (let turn = 0; turn < 20; turn++) moveTo(now() + Deadlines.tickMs);
  expect(open.map(({ calls }) => calls.length)).toEqual(before.map((count) => count + 1));
});

/** mulberry32. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
