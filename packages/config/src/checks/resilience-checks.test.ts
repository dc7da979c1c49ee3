import { expect, test } from "vitest";
import { configOf, problemsOf } from "../../test/load-text.ts";

function poolOf(settings: string, backends = "[http://a, http://b, http://c, http://d]"): string {
  return `pools:\n  web:\n    backends: ${backends}\n    ${settings}\n`;
}

test.each([
  "circuitBreaker: { failureThreshold: 0 }",
  "circuitBreaker: { resetTimeout: 0s }",
  "circuitBreaker: { halfOpenRequests: 0 }",
  "outlierDetection: { maxEjected: 0% }",
  "outlierDetection: { maxEjected: 101% }",
  "outlierDetection: { minBackends: 2 }",
  "outlierDetection: { failurePercentage: 0% }",
  "outlierDetection: { successRateDeviation: 0 }",
  "outlierDetection: true",
  "healthCheck: { unhealthyThreshold: 0 }",
  "healthCheck: { healthyThreshold: 0 }",
  "healthCheck: { expectedBody: '' }",
  "healthCheck: { type: udp }",
  "limits: { inFlightPerBackend: 0 }",
  "limits: { inFlight: none }",
  "limits: { queueTimeout: 0s }",
  "retry: { budget: 20 }",
  "retry: { statuses: [200] }",
  "retry: { backoff: 0s }",
  "hedge: { quantile: 100% }",
  "hedge: on",
  "panicThreshold: 101%",
  "slowStart: 0s",
])("refuses %s", (settings) => {
  expect(problemsOf(poolOf(settings))).toHaveLength(1);
});

test.each([
  ["healthCheck: { timeout: 20s }", "the timeout (20s) is longer than the interval (10s)"],
  ["retry: { budget: 0%, minRetriesPerSecond: 0 }", "nothing is retried"],
  ["retry: { budget: off }", "without a budget retries multiply an overload"],
  ["retry: { maxRetries: 4 }", "with 4 backends later retries return to one that failed"],
  ["retry: { maxTimeoutRetries: 3 }", "is above maxRetries (2), which holds"],
  ["retry: { backoff: 1s }", "is longer than maxBackoff (250ms)"],
  ["circuitBreaker: { resetTimeout: 10m }", "is longer than outlierDetection.maxEjectionTime (5m)"],
  [
    "outlierDetection: { successRateDeviation: 2.5 }",
    "with 4 backends none can be more than 1.73 deviations off",
  ],
  ["limits: { queue: 10 }", "nothing waits without inFlight, inFlightPerBackend or adaptive"],
  ["limits: { inFlight: 10, inFlightPerBackend: 20 }", "is above inFlight (10)"],
])("warns about %s", (settings, message) => {
  const { warnings } = configOf(poolOf(settings));
  expect(warnings.map((warning) => warning.message).join()).toContain(message);
});

test("does not warn about what nobody wrote", () => {
  expect(configOf(poolOf("strategy: random", "[http://a]")).warnings).toEqual([]);
});

test("refuses what a check of this type would ignore", () => {
  expect(problemsOf(poolOf("healthCheck: { type: tcp, path: /up, interval: 5s }"))).toEqual([
    "evenkeel.yaml:4:37 pools.web.healthCheck.path: a tcp check reads no answer; remove path",
  ]);
  expect(problemsOf(poolOf("healthCheck: { method: HEAD, expectedBody: fine }"))).toEqual([
    "evenkeel.yaml:4:48 pools.web.healthCheck.expectedBody: the answer to HEAD has no body that could contain it; use method GET",
  ]);
});
