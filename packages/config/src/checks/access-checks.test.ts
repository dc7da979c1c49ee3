import { expect, test } from "vitest";
import { configOf, problemsOf, warningsOf } from "../../test/load-text.ts";

const onePool = "pools: { web: { backends: [http://a] } }\n";

test("everybody may ask unless something else is written", () => {
  const { listeners, routes } = configOf(onePool).config;
  expect([listeners[0]?.access, routes[0]?.access]).toEqual([
    { allow: null, deny: [] },
    { allow: null, deny: [] },
  ]);
});

test("reads the lists of listeners and routes", () => {
  const { listeners, routes } = configOf(
    `${onePool}listeners: [{ deny: [10.0.0.0/8] }]\nroutes: [{ pool: web, allow: ["fd00::/8"] }]\n`,
  ).config;
  expect(listeners[0]?.access).toEqual({ allow: null, deny: ["10.0.0.0/8"] });
  expect(routes[0]?.access).toEqual({ allow: ["fd00::/8"], deny: [] });
});

test("refuses what is no address, and a list that allows nobody", () => {
  expect(problemsOf(`${onePool}routes:\n  - { pool: web, deny: [10.0.0] }\n`)).toEqual([
    'evenkeel.yaml:3:25 routes[0].deny[0]: "10.0.0" is neither an IP address nor a network (10.0.0.0/8)',
  ]);
  expect(problemsOf(`${onePool}routes:\n  - { pool: web, allow: [] }\n`)).toEqual([
    "evenkeel.yaml:3:25 routes[0].allow: allows nobody; remove the key to allow everybody",
  ]);
});

test("refuses lists where clients have no address", () => {
  const listener = "listeners: [{ address: 'unix:/tmp/a.sock', deny: [10.0.0.1] }]\n";
  expect(problemsOf(`${onePool}${listener}routes: [{ pool: web, allow: [10.0.0.1] }]\n`)).toEqual([
    expect.stringContaining("listeners[0].deny: clients of a unix socket have no address"),
    expect.stringContaining("routes[0].allow: clients of a unix socket have no address"),
  ]);
});

test("warns about a client that is both allowed and denied", () => {
  expect(
    warningsOf(
      `${onePool}routes:\n  - { pool: web, allow: [10.0.0.0/8, 10.1.1.1], deny: [10.1.1.1] }\n`,
    ),
  ).toEqual([expect.stringContaining("routes[0].allow[1]: is in deny, too, which holds")]);
});
