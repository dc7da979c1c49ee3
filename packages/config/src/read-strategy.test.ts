import { expect, test } from "vitest";
import { readStrategy } from "./read-strategy.ts";

test.each([
  ["round-robbin", 'there is no strategy "round-robbin"; did you mean "round-robin"?'],
  ["zzzz", 'there is no strategy "zzzz"; there are round-robin, weighted-round-robin, random,'],
  [{ type: "maglev", kee: "query:a" }, 'unknown key "kee"; did you mean "key"?'],
  [{ type: "magleff" }, 'did you mean "maglev"?'],
])("%j is refused with what is valid", (strategy, said) => {
  const read = readStrategy(strategy, [1, 1]);
  expect(read.ok).toBe(false);
  expect(read.ok ? "" : read.message).toContain(said);
});
