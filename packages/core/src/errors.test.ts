import { expect, test } from "vitest";
import { EvenkeelError } from "./index.ts";

test("says what, where and the bad value, and keeps code and cause", () => {
  const cause = new Error("why");
  const error = new EvenkeelError("EVENKEEL_THRESHOLD", "unhealthyThreshold 0", { cause });
  expect(error).toBeInstanceOf(Error);
  expect([error.name, error.code, error.cause]).toEqual([
    "EvenkeelError",
    "EVENKEEL_THRESHOLD",
    cause,
  ]);
  expect(error.message).toBe(
    "a health threshold must be a whole number of 1 or more: unhealthyThreshold 0",
  );
});
