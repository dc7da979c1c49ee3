import { expect, test } from "vitest";
import { configChanges } from "./config-changes.ts";

const [one, two] = ["1".repeat(32), "2".repeat(32)];

function poolOf(pool: object): object {
  return { pools: { web: pool } };
}

const cases: readonly (readonly [string, object, object, readonly string[]])[] = [
  ["nothing", poolOf({ a: [1] }), poolOf({ a: [1] }), []],
  [
    "a value by both its values",
    poolOf({ timeouts: { response: "30s" } }),
    poolOf({ timeouts: { response: "5s" } }),
    ["pools.web.timeouts.response: 30s → 5s"],
  ],
  [
    "backends that came and went on one line",
    poolOf({ backends: ["http://10.0.0.1:80", { url: "http://b" }, { id: "c", url: "http://c" }] }),
    poolOf({ backends: [{ url: "http://10.0.0.1:80" }, "http://d"] }),
    ["pools.web.backends: +d −b −c", "pools.web.backends[10.0.0.1:80]: changed"],
  ],
  [
    "what changed of a backend that stays",
    poolOf({ backends: [{ id: "a", weight: 1 }] }),
    poolOf({ backends: [{ id: "a", weight: 4 }] }),
    ["pools.web.backends[a].weight: 1 → 4"],
  ],
  [
    "another order of what is the same",
    poolOf({ backends: ["http://a", "http://b"] }),
    poolOf({ backends: ["http://b", "http://a"] }),
    ["pools.web.backends: another order"],
  ],
  [
    "a pool that came and one that went",
    { pools: { a: { backends: ["http://a"] } } },
    { pools: { b: { backends: ["http://b"] } } },
    ["pools.a: removed", "pools.b: added"],
  ],
  [
    "routes by what they take",
    { routes: [{ host: "a.test", path: "/v1", pool: "web" }, { pool: "web" }] },
    {
      routes: [
        { host: "a.test", path: "/v1", pool: "api" },
        { path: "/v2", pool: "api" },
        { pool: "web" },
      ],
    },
    ["routes: +/v2", "routes[a.test /v1].pool: web → api"],
  ],
  [
    "a strategy by its name, with options and without",
    poolOf({ strategy: "first" }),
    poolOf({ strategy: { type: "maglev", key: "client-ip" } }),
    ["pools.web.strategy: first → maglev"],
  ],
  [
    "a secret without showing it",
    poolOf({ sticky: { secret: one } }),
    poolOf({ sticky: { secret: two } }),
    ["pools.web.sticky.secret: changed"],
  ],
  [
    "a list of secrets without showing any",
    poolOf({ sticky: { secrets: [one] } }),
    poolOf({ sticky: { secrets: [two, one] } }),
    ["pools.web.sticky.secrets: changed"],
  ],
];

for (const [what, before, after, lines] of cases) {
  test(`says ${what}`, () => {
    const changes = configChanges(before, after);
    expect(changes).toEqual(lines);
    for (const secret of [one, two]) expect(changes.join("\n")).not.toContain(secret);
  });
}
