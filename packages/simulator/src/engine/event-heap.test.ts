import * as fc from "fast-check";
import { expect, test } from "vitest";
import { EventHeap } from "./event-heap.ts";

function popAll(heap: EventHeap): readonly (readonly [at: number, subject: number])[] {
  const popped: (readonly [number, number])[] = [];
  while (heap.pop()) popped.push([heap.at, heap.subject]);
  return popped;
}

test("events come in order of time, and those of one time in the order in which they were added", () => {
  const times = fc.array(fc.nat(20), { maxLength: 3_000 });
  fc.assert(
    fc.property(times, (list) => {
      const heap = new EventHeap();
      list.forEach((at, index) => heap.add(at, 0, index, 0));
      const added = list.map((at, index) => [at, index] as const);
      expect(popAll(heap)).toEqual(added.toSorted(([one], [other]) => one - other));
    }),
    { numRuns: 50 },
  );
});

test("events that are added while others are taken keep the order", () => {
  const heap = new EventHeap();
  heap.add(1, 0, 1, 0);
  heap.add(3, 0, 3, 0);
  heap.pop();
  heap.add(3, 0, 4, 0);
  heap.add(2, 0, 2, 0);
  expect(popAll(heap)).toEqual([
    [2, 2],
    [3, 3],
    [3, 4],
  ]);
});

test("an event at infinity never comes", () => {
  const heap = new EventHeap();
  heap.add(Infinity, 0, 0, 0);
  expect(heap.pop()).toBe(false);
});
