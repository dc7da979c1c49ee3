import { expect, test } from "vitest";
import { everythingTo } from "../route-config.ts";
import { configOf, problemsOf, warningsOf } from "../../test/load-text.ts";

const onePool = "pools: { web: { backends: [http://a] } }\n";
const twoPools = "pools: { web: { backends: [http://a] }, api: { backends: [http://b] } }\n";

test("sends everything to the only pool when there are no routes", () => {
  expect(configOf(onePool).config.routes).toEqual([everythingTo("web")]);
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
    'evenkeel.yaml:4:13 routes[1].pool: there is no pool "zzz"; pools: web, api',
  ]);
});

test("refuses an empty list of routes", () => {
  expect(problemsOf(`${onePool}routes: []\n`)).toEqual([
    "evenkeel.yaml:2:9 routes: at least one route is needed; remove the key if there is one pool",
  ]);
});

test.each([
  ["{ pool: web }, { pool: web }", "routes[1]"],
  ["{ pool: web, path: /x }, { pool: web, path: { prefix: /x } }", "routes[1]"],
  ["{ pool: web, host: a, path: /x }, { pool: web, host: A., path: /x }", "routes[1]"],
  ["{ pool: web, methods: [GET, PUT] }, { pool: web, methods: [PUT] }", "routes[1]"],
  ["{ pool: web, headers: { a: x, b: y } }, { pool: web, headers: { B: y, A: x } }", "routes[1]"],
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
  "{ pool: web }, { pool: web, host: a.example }",
  "{ pool: web, path: / }, { pool: web, path: /x }",
  "{ pool: web, path: /x }, { pool: web, path: { exact: /x } }",
  "{ pool: web }, { pool: web, methods: [GET] }",
  "{ pool: web, methods: [GET] }, { pool: web }",
  "{ pool: web, methods: [GET] }, { pool: web, methods: [GET, PUT] }",
  "{ pool: web, headers: { a: x } }, { pool: web, headers: { a: y } }",
  "{ pool: web, query: { a: x } }, { pool: web, headers: { a: x } }",
])("does not warn about %s", (routes) => {
  expect(warningsOf(`${onePool}routes: [${routes}]\n`)).toEqual([]);
});

test("wants one action for each route", () => {
  const routes = `routes:
  - { path: /none }
  - { path: /two, pool: web, redirect: { to: /x } }
  - { path: /by, pool: web, splitBy: random }
`;
  expect(problemsOf(onePool + routes)).toEqual([
    "evenkeel.yaml:3:5 routes[0].pool: is required",
    "evenkeel.yaml:4:40 routes[1].redirect: pool already says what becomes of these requests; choose one",
    "evenkeel.yaml:5:38 routes[2].splitBy: says nothing without split",
  ]);
});

test("looks for the pools of every arm of a split and of a mirror", () => {
  const routes = `routes:
  - split: [{ pool: web, weight: 9 }, { pool: wbe, weight: 1 }]
    mirror: { pool: shadow }
`;
  expect(problemsOf(onePool + routes)).toEqual([
    'evenkeel.yaml:3:47 routes[0].split[1].pool: there is no pool "wbe"; did you mean "web"?',
    'evenkeel.yaml:4:21 routes[0].mirror.pool: there is no pool "shadow"; pools: web',
  ]);
});

test("refuses changes that would change nothing", () => {
  const routes = `routes:
  - { redirect: { to: /x }, rewrite: { host: a }, requestHeaders: { remove: [x-a] } }
  - { redirect: { to: /x }, path: /m, mirror: { pool: web } }
  - { pool: web, host: a, rewrite: { stripPrefix: true } }
  - { pool: web, path: { regex: ^/a }, rewrite: { replacePrefix: /b } }
`;
  expect(problemsOf(onePool + routes)).toEqual([
    "evenkeel.yaml:3:38 routes[0].rewrite: says nothing with redirect: no backend is asked",
    "evenkeel.yaml:3:67 routes[0].requestHeaders: says nothing with redirect: no backend is asked",
    "evenkeel.yaml:4:47 routes[1].mirror: says nothing with redirect: no backend is asked",
    "evenkeel.yaml:5:51 routes[2].rewrite.stripPrefix: needs a path (a prefix or an exact one) to take off",
    "evenkeel.yaml:6:66 routes[3].rewrite.replacePrefix: needs a path (a prefix or an exact one) to take off",
  ]);
});

test("looks for the listeners of a route, and does not take routes of two for one", () => {
  const listeners = 'listeners: [{ name: public, address: ":1" }, { address: ":2" }]\n';
  const routes = `routes:
  - { listeners: [pubic], pool: web }
  - { listeners: [public, other], pool: web }
  - { pool: web }
`;
  const known = "known names: public";
  expect(problemsOf(onePool + listeners + routes)).toEqual([
    `evenkeel.yaml:4:19 routes[0].listeners[0]: there is no listener "pubic"; ${known}; did you mean "public"?`,
    `evenkeel.yaml:5:27 routes[1].listeners[1]: there is no listener "other"; ${known}`,
  ]);
  expect(problemsOf(`${onePool}routes: [{ listeners: [a], pool: web }]\n`)).toEqual([
    'evenkeel.yaml:2:24 routes[0].listeners[0]: there is no listener "a"; none has a name',
  ]);
  const two = "routes: [{ pool: web }, { listeners: [public], pool: web }]\n";
  expect(warningsOf(onePool + listeners + two)).toEqual([]);
  const same = "routes: [{ listeners: [public], pool: web }, { listeners: [public], pool: web }]\n";
  expect(warningsOf(onePool + listeners + same)).toHaveLength(1);
});
