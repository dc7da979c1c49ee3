import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hashName, hashText, mixName } from "./hash.ts";

function latin1(bytes: readonly number[]): string {
  return String.fromCharCode(...bytes);
}

function bytesOf(word: number): number[] {
  return [0, 8, 16, 24].map((shift) => (word >>> shift) & 0xff);
}

describe("the hash of a text", () => {
  test("has SMHasher's verification value for MurmurHash3_x86_32, 0xB0F57EE3", () => {
    // The keys {}, {0}, {0,1}, … {0..254} with seeds 256 down to 1; the hash of all their hashes.
    const numbers = Array.from({ length: 256 }, (_, index) => index);
    const hashes = numbers.map((length) =>
      hashText(latin1(numbers.slice(0, length)), 256 - length),
    );
    expect(hashText(latin1(hashes.flatMap(bytesOf)), 0) >>> 0).toBe(0xb0f5_7ee3);
  });

  test.each([
    // The package mmh3 5.3.0 gives the same.
    ["", 0, 0],
    ["", 1, 0x514e_28b7],
    ["a", 0, 0x3c25_69b2],
    ["192.0.2.1", 0, 0x4c79_c5e5],
    ["test", 0x9747_b28c, 0x704b_81dc],
    ["Hello, world!", 0x9747_b28c, 0x2488_4cba],
  ])("of %j with seed %i is published", (text, seed, expected) => {
    expect(hashText(text, seed) >>> 0).toBe(expected);
  });

  test("is a signed 32-bit integer", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.integer(), (text, seed) => {
        expect(hashText(text, seed) | 0).toBe(hashText(text, seed));
      }),
    );
  });

  test("counts every bit of a code unit, at any place, also beyond a byte", () => {
    const place = fc.record({
      text: fc.string({ minLength: 1, maxLength: 20 }),
      at: fc.nat(19),
      bit: fc.nat(15),
    });
    fc.assert(
      fc.property(place, ({ text, at, bit }) => {
        const index = at % text.length;
        const unit = text.charCodeAt(index) ^ (1 << bit);
        const changed = text.slice(0, index) + String.fromCharCode(unit) + text.slice(index + 1);
        expect(hashText(changed, 0)).not.toBe(hashText(text, 0));
      }),
    );
  });
});

/** How often each of the 32 result bits changes when one bit of the value does. */
function flips(hash: (value: number) => number): number[] {
  const counts = Array.from({ length: 32 }, () => 0);
  for (let value = 0; value < 2_000; value++) {
    for (let bit = 0; bit < 32; bit++) {
      const change = hash(value) ^ hash(value ^ (1 << bit));
      counts.forEach((count, at) => (counts[at] = count + ((change >>> at) & 1)));
    }
  }
  return counts.map((count) => count / 64_000);
}

test("a change of one bit of the value flips each bit of a name's mix with a chance of a half", () => {
  const { first, second } = hashName("web-1");
  for (const share of flips((value) => mixName(first, second, value))) {
    expect(Math.abs(share - 0.5)).toBeLessThan(0.02);
  }
});

test("both halves of a name's hash count", () => {
  const values = Array.from({ length: 100 }, (_, value) => value);
  const mixes = (first: number, second: number): number[] =>
    values.map((value) => mixName(first, second, value));
  expect(mixes(1, 2)).not.toEqual(mixes(1, 3));
  expect(mixes(1, 2)).not.toEqual(mixes(4, 2));
});
