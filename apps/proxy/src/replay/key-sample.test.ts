import { expect, test } from "vitest";
import { KeySample } from "./key-sample.ts";

test("knows every key while there are few", () => {
  const sample = new KeySample(10);
  sample.add("a", false);
  sample.add("b", true);
  sample.add("a", false);
  expect([sample.keys, sample.movedShare, sample.isSampled]).toEqual([2, 0.5, false]);
});

test("a key that moved once has moved", () => {
  const sample = new KeySample(10);
  sample.add("a", true);
  sample.add("a", false);
  expect(sample.movedShare).toBe(1);
});

test("of many keys keeps no more than it may, and still knows about how many there were and moved", () => {
  const sample = new KeySample(1_000);
  for (let turn = 0; turn < 2; turn++) {
    for (let key = 0; key < 40_000; key++) sample.add(`key-${key}`, key % 4 === 0);
  }
  expect(sample.isSampled).toBe(true);
  expect(Math.abs(sample.keys / 40_000 - 1)).toBeLessThan(0.15);
  expect(Math.abs(sample.movedShare - 0.25)).toBeLessThan(0.06);
});
