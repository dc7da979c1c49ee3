import { expect, test } from "vitest";
import { type DistributionOptions, resolveDistribution } from "./options.ts";

const url = "http://127.0.0.1:8080/";

test("fills in every default", () => {
  expect(resolveDistribution({ url })).toEqual({
    plan: {
      url,
      method: "GET",
      headers: {},
      body: undefined,
      requests: 1000,
      durationMs: undefined,
      warmupRequests: 0,
      connections: 50,
      timeoutMs: 10_000,
      backendHeader: "X-Backend",
      expectBody: undefined,
    },
    expectation: {
      tolerance: 0.05,
      weights: undefined,
      expectBackends: undefined,
      backendHeader: "X-Backend",
    },
    strategy: undefined,
    workers: 1,
  });
});

test("has no limit of requests when only a duration is given", () => {
  expect(resolveDistribution({ url, durationMs: 100 }).plan.requests).toBeUndefined();
  expect(resolveDistribution({ url, durationMs: 100, requests: 5 }).plan.requests).toBe(5);
});

test("opens no more connections than there are requests", () => {
  expect(resolveDistribution({ url, requests: 7 }).plan.connections).toBe(7);
});

test("posts when there is a body and no method", () => {
  expect(resolveDistribution({ url, body: "x" }).plan.method).toBe("POST");
  expect(resolveDistribution({ url, body: "x", method: "GET" }).plan.method).toBe("GET");
});

test("announces the missing body of a POST, which strict servers ask for", () => {
  expect(resolveDistribution({ url, method: "POST" }).plan.headers).toEqual({
    "Content-Length": "0",
  });
});

test("combines repeated headers, cookies with a semicolon", () => {
  const headers = [
    ["Accept", "a"],
    ["accept", "b"],
    ["Cookie", "c=1"],
    ["Cookie", "d=2"],
  ] as const;
  expect(resolveDistribution({ url, headers }).plan.headers).toEqual({
    Accept: "a, b",
    Cookie: "c=1; d=2",
  });
});

test("takes a host and port without a scheme for http", () => {
  expect(resolveDistribution({ url: "localhost:8080/x" }).plan.url).toBe("http://localhost:8080/x");
});

test.each<[string, Partial<DistributionOptions>, RegExp]>([
  ["no requests", { requests: 0 }, /requests must be a whole number of at least 1, not 0/],
  ["half a connection", { connections: 0.5 }, /connections must be .* not 0.5/],
  ["another scheme", { url: "ftp://x/" }, /"ftp:\/\/x\/" is not an http or https URL/],
  ["a URL that is none", { url: "http://" }, /"http:\/\/" is not/],
  ["CONNECT", { method: "CONNECT" }, /method "CONNECT" is not one of GET/],
  ["a header name with a space", { headers: [["a b", "c"]] }, /header name "a b"/],
  ["a header value with a line break", { headers: [["a", "b\r\nc: d"]] }, /header a has/],
  ["a header it writes itself", { headers: [["Content-length", "1"]] }, /set by the load tester/],
  ["a backend header with a colon", { backendHeader: "X-Backend:" }, /is not a field name/],
  ["a timeout of nothing", { timeoutMs: 0 }, /timeout must be above 0/],
  ["a timeout that setTimeout cannot hold", { timeoutMs: 2 ** 31 }, /below 24 days/],
  ["a tolerance of 100 %", { tolerance: 1 }, /tolerance must be .* not 100 %/],
  ["weights of nothing", { weights: new Map([["a", 0]]) }, /weights must not all be 0/],
  ["a negative weight", { weights: new Map([["a", -1]]) }, /weight of a must be 0 or more/],
  [
    "weights and a number that contradict each other",
    { weights: new Map([["a", 1]]), expectBackends: 2 },
    /weights name 1 backends, but 2 are expected/,
  ],
])("refuses %s", (_name, options, message) => {
  expect(() => resolveDistribution({ url, ...options })).toThrow(message);
  expect(() => resolveDistribution({ url, ...options })).toThrow(
    expect.objectContaining({ code: "BAD_OPTION" }),
  );
});

test("takes a strategy by its name, and its unshared workers", () => {
  const options = { url, strategy: "weighted-round-robin", workers: 4 };
  expect(resolveDistribution(options)).toMatchObject({
    strategy: "weighted-round-robin",
    workers: 4,
  });
});

test.each([
  ["round-robbin", 'strategy "round-robbin" is not known; did you mean round-robin?'],
  ["least-connection", 'strategy "least-connection" is not known; did you mean least-connections?'],
  ["Maglev2", 'strategy "Maglev2" is not known; did you mean maglev?'],
])("names the strategy nearest to %s", (strategy, message) => {
  expect(() => resolveDistribution({ url, strategy })).toThrow(message);
});

test("lists all strategies when none is near", () => {
  expect(() => resolveDistribution({ url, strategy: "chaos-monkey" })).toThrow(
    /"chaos-monkey" is not one of round-robin, weighted-round-robin, random, .*, first$/,
  );
});

test("refuses weights that the strategy ignores, and names the one that does not", () => {
  const weights = new Map(Object.entries({ a: 3, b: 1 }));
  expect(() => resolveDistribution({ url, strategy: "random", weights })).toThrow(
    "random ignores weights, so unequal ones promise nothing; did you mean weighted-random?",
  );
  expect(() => resolveDistribution({ url, strategy: "first", weights })).toThrow(
    /first ignores weights, so unequal ones promise nothing$/,
  );
  const equal = new Map(Object.entries({ a: 2, b: 2, drained: 0 }));
  expect(resolveDistribution({ url, strategy: "random", weights: equal }).strategy).toBe("random");
});

test("refuses workers without a strategy", () => {
  expect(() => resolveDistribution({ url, workers: 2 })).toThrow(/without a strategy/);
});
