import { expect, test } from "vitest";
import { configOf, problemsOf, warningsOf } from "../../test/load-text.ts";

const onePool = "pools: { web: { backends: [http://a] } }\n";

function withLimit(limit: string): string {
  return `${onePool}routes:\n  - pool: web\n    concurrencyLimit: ${limit}\n`;
}

function limitsOf(limit: string): unknown {
  return configOf(withLimit(limit)).config.routes[0]?.concurrencyLimits;
}

test("a number alone counts client addresses; a global limit has one key", () => {
  expect(limitsOf("{ requests: 10 }")).toEqual([
    { requests: 10, key: { from: "client-ip" }, maxKeys: 10_000 },
  ]);
  expect(
    limitsOf("[{ requests: 2, key: 'header:X-User', maxKeys: 5 }, { requests: 9, key: global }]"),
  ).toEqual([
    { requests: 2, key: { from: "header", name: "x-user" }, maxKeys: 5 },
    { requests: 9, key: { from: "global" }, maxKeys: 1 },
  ]);
});

test.each([
  ["{ key: global }", "4:5 routes[0].concurrencyLimit.requests: is required"],
  ["{ requests: 0 }", "4:35 routes[0].concurrencyLimit.requests: must be at least 1"],
  ["{ requests: 10001 }", "4:35 routes[0].concurrencyLimit.requests: must be at most 10000"],
  [
    "{ requests: 1, key: clientip }",
    '4:43 routes[0].concurrencyLimit.key: "clientip" is no key of a limit; write client-ip, global, header:x-user, cookie:session, query:user; did you mean "client-ip"?',
  ],
  [
    "{ request: 1 }",
    '4:25 routes[0].concurrencyLimit.request: unknown key "request"; did you mean "requests"?',
  ],
  [
    "10",
    "4:23 routes[0].concurrencyLimit: expected a mapping such as { requests: 10, key: client-ip }, or a list of them",
  ],
  ["[]", "4:23 routes[0].concurrencyLimit: has no limit in it; remove the key"],
])("refuses %s", (limit, problem) => {
  expect(problemsOf(withLimit(limit))).toContain(`evenkeel.yaml:${problem}`);
});

test.each([
  [
    "{ requests: 1, key: global, maxKeys: 9 }",
    "4:60 routes[0].concurrencyLimit.maxKeys: does nothing: a global limit has one key",
  ],
  [
    "[{ requests: 5 }, { requests: 9 }]",
    "4:41 routes[0].concurrencyLimit[1]: never reached: routes[0].concurrencyLimit[0] is stricter",
  ],
  [
    "[{ requests: 9 }, { requests: 5 }]",
    "4:24 routes[0].concurrencyLimit[0]: never reached: routes[0].concurrencyLimit[1] is stricter",
  ],
  [
    "[{ requests: 9 }, { requests: 9 }]",
    "4:41 routes[0].concurrencyLimit[1]: never reached: routes[0].concurrencyLimit[0] is stricter",
  ],
])("doubts %s", (limit, warning) => {
  expect(warningsOf(withLimit(limit))).toEqual([`evenkeel.yaml:${warning}`]);
});

test("does not doubt limits by different keys", () => {
  expect(warningsOf(withLimit("[{ requests: 5 }, { requests: 9, key: global }]"))).toEqual([]);
});
