import { expect, test } from "vitest";
import { BoundedCounter } from "./bounded-counter.ts";

function counterOf(limit: number, keys: string): BoundedCounter {
  const counter = new BoundedCounter(limit);
  for (const key of keys) counter.record(key);
  return counter;
}

test("counts every key", () => {
  expect(counterOf(3, "abcaab").toJSON()).toEqual({ a: 3, b: 2, c: 1 });
});

test("forgets the key that was unseen for longest and says so", () => {
  const counter = counterOf(2, "abac");
  expect(counter.toJSON()).toEqual({ a: 2, c: 1 });
  expect(counter.forgotten).toBe(1);
});

test("forgets nothing as long as the keys fit", () => {
  expect(counterOf(2, "ababab").forgotten).toBe(0);
});

test("keeps a key named __proto__ as an ordinary key", () => {
  const counter = new BoundedCounter(2);
  counter.record("__proto__");
  expect(JSON.stringify(counter.toJSON())).toBe('{"__proto__":1}');
});
