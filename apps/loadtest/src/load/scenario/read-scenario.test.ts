import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { resolveLoadPlan } from "../load-options.ts";
import { parseScenario, readScenario } from "./read-scenario.ts";
import { scenarioJsonSchema } from "./scenario-schema.ts";

const shop = `
version: 1
target: http://127.0.0.1:8080
headers: { Accept: application/json }
requests:
  - { name: list, weight: 9, path: "/items/{{random 1 1000}}" }
  - name: order
    method: POST
    path: /items
    json: { id: "{{uuid}}", tags: [a, b] }
    expect: { status: 200-299, contains: id }
load: { rate: 300/s, arrivals: poisson, duration: 30s, maxInFlight: 50, warmup: 5s, keepAlive: false }
thresholds: ["latency: p(99)<150ms"]
`;

test("reads requests, load and thresholds", () => {
  const { options, thresholds } = parseScenario(shop, "shop.yaml");
  const plan = resolveLoadPlan({ url: "", ...options });
  expect(plan).toMatchObject({
    origin: "http://127.0.0.1:8080",
    keepAlive: false,
    warmupMs: 5000,
    shape: {
      loop: "open",
      arrivals: "poisson",
      maxInFlight: 50,
      stages: [{ fromPerSecond: 300, toPerSecond: 300, durationMs: 30_000 }],
    },
  });
  const [list, order] = plan.requests;
  expect(list).toMatchObject({ name: "list", weight: 9, method: "GET", body: undefined });
  expect(list?.headers).toEqual({ Accept: "application/json" });
  expect(order).toMatchObject({ weight: 1, body: '{"id":"{{uuid}}","tags":["a","b"]}' });
  expect(order?.headers).toEqual({
    Accept: "application/json",
    "Content-Type": "application/json",
  });
  expect(order?.checks).toEqual([
    { kind: "status", ranges: [{ from: 200, to: 299 }] },
    { kind: "contains", text: "id" },
  ]);
  expect(thresholds).toEqual(["latency: p(99)<150ms"]);
});

test("reads stages", () => {
  const { options } = parseScenario("version: 1\nload: { stages: [10s:100/s, 5s:0/s] }", "s.yaml");
  expect(options.stages).toEqual([
    { durationMs: 10_000, perSecond: 100 },
    { durationMs: 5000, perSecond: 0 },
  ]);
});

test.each([
  ["version: 1\nrequest: []", 's.yaml:2:1 there is no "request"; did you mean requests?'],
  ["version: 1\nload: { rtae: 5/s }", 's.yaml:2:9 load: there is no "rtae"; did you mean rate?'],
  ["version: 1\nload: { rate: 300 }", 's.yaml:2:15 load.rate: "300" is not a rate like 300/s'],
  ["version: 1\nload: { duration: 10 }", 'load.duration: "10" is not a time like 250ms'],
  [
    "version: 1\nload:\n  stages: [10s]",
    's.yaml:3:12 load.stages.0: "10s" is not a time and a rate',
  ],
  [
    "version: 1\nrequests:\n  - { path: /, wieght: 2 }",
    's.yaml:3:16 requests.0: there is no "wieght"; did you mean weight?',
  ],
  ["version: 1\nrequests:\n  - { path: /, expect: { state: 2 } }", "did you mean status?"],
  ["version: 1\nrequests:\n  - { path: /, expect: { status: 99 } }", "99 is not a status like 200"],
  ["version: 2", "s.yaml:1:10 version: "],
  ["version: 1\n a: : b", "s.yaml:2:"],
  ["{}", "version: "],
])("refuses %j", (text, message) => {
  expect(() => parseScenario(text, "s.yaml")).toThrow(message);
});

test("says every problem of a file at once", () => {
  const text = "version: 1\nlaod: {}\nrequests:\n  - { wieght: 1 }";
  expect(() => parseScenario(text, "s.yaml")).toThrow(/laod[^]*wieght/);
});

test("says that a file is not there", async () => {
  await expect(readScenario("/nowhere/s.yaml")).rejects.toThrow(/--scenario: ENOENT/);
});

test("the published schema is that of the reader", () => {
  const file = new URL("../../../scenario.schema.json", import.meta.url);
  expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(scenarioJsonSchema());
});
