import { expect, test } from "vitest";
import { configOf, problemsOf, warningsOf } from "../../test/load-text.ts";

const onePool = "pools: { web: { backends: [http://a] } }\n";

function withLimit(limit: string): string {
  return `${onePool}routes:\n  - pool: web\n    rateLimit: ${limit}\n`;
}

test("a rate alone counts client addresses and allows as many at once", () => {
  expect(configOf(withLimit("{ rate: 100/s }")).config.routes[0]?.rateLimits).toEqual([
    {
      name: "100/s",
      count: 100,
      perMs: 1_000,
      burst: 100,
      key: { from: "client-ip" },
      maxKeys: 100_000,
      headers: true,
    },
  ]);
});

test("several limits have names of their own, and a global one has one key", () => {
  const text = withLimit(
    "[{ rate: 10/m, key: 'cookie:session' }, { rate: 10/m, burst: 20 }, { rate: 9/h, key: global }]",
  );
  const limits = configOf(text).config.routes[0]?.rateLimits ?? [];
  expect(limits.map(({ name, burst, maxKeys }) => [name, burst, maxKeys])).toEqual([
    ["10/m", 10, 100_000],
    ["10/m-2", 20, 100_000],
    ["9/h", 9, 1],
  ]);
});

test.each([
  ["{ burst: 3 }", "4:5 routes[0].rateLimit.rate: is required"],
  [
    "{ rate: 100 }",
    "4:24 routes[0].rateLimit.rate: 100 does not say in which time; write a rate like 100/s",
  ],
  ["{ rate: 1/s, burst: 0 }", "4:36 routes[0].rateLimit.burst: must be at least 1"],
  [
    "{ rate: 1/h, burst: 721 }",
    "4:36 routes[0].rateLimit.burst: must come back within 30 days (burst / rate)",
  ],
  [
    "{ rate: 1/s, brst: 5 }",
    '4:29 routes[0].rateLimit.brst: unknown key "brst"; did you mean "burst"?',
  ],
  ["[]", "4:16 routes[0].rateLimit: has no limit in it; remove the key"],
  [
    "[{ rate: 1/s }, { rate: x }]",
    '4:40 routes[0].rateLimit[1].rate: "x" is not a rate; write it like 100/s, 10/m or 5000/h',
  ],
  [
    "100/s",
    "4:16 routes[0].rateLimit: expected a mapping such as { rate: 100/s, burst: 200 }, or a list of them",
  ],
  [
    "{ rate: 1/s, key: client_ip }",
    '4:34 routes[0].rateLimit.key: "client_ip" is no key of a limit; write client-ip, global, header:x-user, cookie:session, query:user; did you mean "client-ip"?',
  ],
])("refuses %s and says where and why", (limit, problem) => {
  expect(problemsOf(withLimit(limit))).toEqual([`evenkeel.yaml:${problem}`]);
});

test.each([
  [
    "{ rate: 1/s, key: global, maxKeys: 9 }",
    "routes[0].rateLimit.maxKeys: does nothing: a global limit has one key",
  ],
  [
    "[{ rate: 60/m, burst: 5 }, { rate: 2/s, burst: 5 }]",
    "routes[0].rateLimit[1]: never reached: routes[0].rateLimit[0] is stricter in all",
  ],
])("warns about %s", (limit, warning) => {
  expect(warningsOf(withLimit(limit))).toEqual([expect.stringContaining(warning)]);
});

test.each([
  "[{ rate: 60/m, burst: 5 }, { rate: 2/s, burst: 4 }]",
  "[{ rate: 60/m, burst: 5 }, { rate: 2/s, burst: 5, key: global }]",
  "{ rate: 1/s, key: global }",
])("does not warn about %s", (limit) => {
  expect(warningsOf(withLimit(limit))).toEqual([]);
});

test("warns that the clients of unix sockets are one", () => {
  const listeners = "listeners: [{ address: 'unix:/tmp/a.sock' }]\n";
  expect(warningsOf(listeners + withLimit("{ rate: 1/s }"))).toEqual([
    expect.stringContaining("routes[0].rateLimit: all clients of unix sockets are one"),
  ]);
  expect(warningsOf(listeners + withLimit("{ rate: 1/s, key: 'header:x-user' }"))).toEqual([]);
});
