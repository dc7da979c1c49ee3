import { expect, test } from "vitest";
import { measurementWarnings } from "./warnings.ts";

const http = { url: "http://127.0.0.1/" };

test("warns when the generator was the bottleneck, and only above the limit", () => {
  expect(measurementWarnings(http, { generatorUtilization: 0.98 })).toEqual([]);
  expect(measurementWarnings(http, { generatorUtilization: 0.981 })).toEqual([
    "the load generator was busy 98.1 % of the time: latencies and req/s may be its own limit (shares are not affected)",
  ]);
});

test("says that certificates are not verified", () => {
  expect(measurementWarnings({ url: "https://x/" }, { generatorUtilization: 0 })).toEqual([
    "TLS certificates are not verified",
  ]);
});
