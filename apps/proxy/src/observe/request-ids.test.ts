import { describe, expect, test } from "vitest";
import { RequestIds, isAcceptableRequestId } from "./request-ids.ts";

describe("ids of our own", () => {
  test("count up behind a prefix of start time and chance", () => {
    const ids = new RequestIds(36_000, () => 0.5);
    const noise = Math.floor(36 ** 5 / 2).toString(36);
    expect([ids.next(), ids.next()]).toEqual([`10${noise}-000`, `10${noise}-001`]);
  });

  test("never repeat, also where the leading digits change", () => {
    const ids = new RequestIds(0, () => 0);
    const drawn = Array.from({ length: 3 * 36 ** 2 + 1 }, () => ids.next());
    expect(new Set(drawn).size).toBe(drawn.length);
    expect(drawn.at(-1)).toBe("000000-300");
  });

  test("have prefixes of one length whatever chance brings", () => {
    const lengths = [0, 0.000_001, 0.5, 0.999_999_999].map((drawn) => {
      return new RequestIds(1_700_000_000_000, () => drawn).next().length;
    });
    expect(new Set(lengths).size).toBe(1);
  });

  test("differ between two threads that start in the same second", () => {
    const [one, two] = [0.1, 0.2].map((drawn) => new RequestIds(1_000, () => drawn).next());
    expect(one).not.toBe(two);
  });

  test("would be acceptable to another Evenkeel", () => {
    const ids = new RequestIds(1_700_000_000_000, () => 0.999);
    for (let turn = 0; turn < 1_000; turn++) expect(isAcceptableRequestId(ids.next())).toBe(true);
  });
});

describe("an id of a trusted peer", () => {
  test.each(["a", "0f8fad5b-d9cb-469f-a165-70867728950e", "Root=1-67891233-abc", "x".repeat(128)])(
    "is acceptable: %s",
    (id) => expect(isAcceptableRequestId(id)).toBe(true),
  );

  test.each(["", "x".repeat(129), "a b", 'a"b', "a\\b", "a\r\nb", "a\n", "\xe9", "a,b", "a;b"])(
    "is not acceptable: %j",
    (id) => expect(isAcceptableRequestId(id)).toBe(false),
  );
});
