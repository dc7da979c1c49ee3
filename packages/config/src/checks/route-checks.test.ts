import { expect, test } from "vitest";
import { configOf, problemsOf, warningsOf } from "../../test/load-text.ts";

const onePool = "pools: { web: { backends: [http://a] } }\n";
const twoPools = "pools: { web: { backends: [http://a] }, api: { backends: [http://b] } }\n";

test("sends everything to the only pool when there are no routes", () => {
  expect(configOf(onePool).config.routes).toMatchObject([{ host: null, path: null, pool: "web" }]);
});

test("does not guess between several pools", () => {
  expect(problemsOf(twoPools)).toEqual([
    "evenkeel.yaml:1:1 routes: with more than one pool (web, api), routes must say what goes where",
  ]);
});

test("refuses a pool that does not exist and names the nearest", () => {
  expect(
    problemsOf(`${twoPools}routes:\n  - { pool: wbe, path: /a }\n  - { pool: zzz }\n`),
  ).toEqual([
    'evenkeel.yaml:3:13 routes[0].pool: there is no pool "wbe"; did you mean "web"?',
    'evenkeel.yaml:4:13 routes[1].pool: there is no pool "zzz"',
  ]);
});

test("refuses an empty list of routes", () => {
  expect(problemsOf(`${onePool}routes: []\n`)).toEqual([
    "evenkeel.yaml:2:9 routes: at least one route is needed; remove the key if there is one pool",
  ]);
});

test.each([
  ["{ pool: web }, { pool: web, host: a.example }", "routes[1]"],
  ["{ pool: web, path: / }, { pool: web, path: /x }", "routes[1]"],
  ["{ pool: web, host: a, path: /x }, { pool: web, host: A, path: /x }", "routes[1]"],
  ["{ pool: web, path: /x }, { pool: web, host: a, path: /x/y }", "routes[1]"],
])("warns about a route that is never reached: %s", (routes, path) => {
  const warnings = warningsOf(`${onePool}routes: [${routes}]\n`);
  expect(warnings).toHaveLength(1);
  expect(warnings[0]).toContain(`${path}: never reached: routes[0] takes all of its requests`);
});

test.each([
  "{ pool: web, host: a }, { pool: web }",
  "{ pool: web, host: a }, { pool: web, host: b }",
  "{ pool: web, path: /x }, { pool: web, path: /xy }",
  "{ pool: web, path: /x/y }, { pool: web, path: /x }",
  "{ pool: web, path: /x/ }, { pool: web, path: /x }",
  "{ pool: web, host: a, path: /x }, { pool: web, path: /x }",
])("does not warn about %s", (routes) => {
  expect(warningsOf(`${onePool}routes: [${routes}]\n`)).toEqual([]);
});
