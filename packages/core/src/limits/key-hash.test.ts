import { expect, test } from "vitest";
import { KeyHash } from "./key-hash.ts";

function hex(hash: KeyHash, text: string): string {
  hash.hash(text);
  const bytes = new DataView(new ArrayBuffer(8));
  bytes.setInt32(0, hash.low, true);
  bytes.setInt32(4, hash.high, true);
  return bytes.getBigUint64(0).toString(16).padStart(16, "0");
}

/** The reference code's vectors_hsip64: the key is 00 01 .. 07, the text 00 01 .. of the length. */
test.each([
  [0, "218d1f59b9b83cc8"],
  [1, "be552412f8387315"],
])("hashes %i bytes as the reference code does", (length, expected) => {
  const text = String.fromCharCode(...Array.from({ length }, (_, byte) => byte));
  expect(hex(new KeyHash(0x0302_0100, 0x0706_0504), text)).toBe(expected);
});

test("depends on every byte, on their order and on the seed", () => {
  const seeds = [new KeyHash(1, 2), new KeyHash(1, 3), new KeyHash(2, 2)];
  const texts = ["", "\0", "a", "ab", "ba", "abc", "abcd", "abcde", "abcdf", "bbcde", "abcd\0"];
  const all = seeds.flatMap((seed) => texts.map((text) => hex(seed, text)));
  expect(new Set(all).size).toBe(all.length);
});
