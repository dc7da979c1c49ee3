import { expect, test } from "vitest";
import { LastSecond } from "./last-second.ts";

test("forgets what is older than four looks", () => {
  const latencies = new LastSecond();
  latencies.record(200);
  expect(latencies.turn()).toEqual({ p50Us: 200, p99Us: 200 });
  latencies.record(100);
  expect(latencies.turn()).toEqual({ p50Us: 100, p99Us: 200 });
  latencies.turn();
  expect(latencies.turn()).toEqual({ p50Us: 100, p99Us: 200 });
  expect(latencies.turn()).toEqual({ p50Us: 100, p99Us: 100 });
  expect(latencies.turn()).toEqual({ p50Us: null, p99Us: null });
});
