import { expect, test } from "vitest";
import { retryAfterSeconds } from "./rate-limits.ts";

test.each([
  [1, 1, 2],
  [1_000, 1, 2],
  [1_001, 2, 3],
  [9_400, 10, 11],
  [60_000, 60, 66],
])("a wait of %i ms is said to be %i to %i seconds", (waitMs, earliest, latest) => {
  expect(retryAfterSeconds(waitMs, () => 0)).toBe(earliest);
  expect(retryAfterSeconds(waitMs, () => 1 - Number.EPSILON)).toBe(latest);
});
