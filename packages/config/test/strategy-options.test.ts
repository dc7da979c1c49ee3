import type * as core from "@evenkeel/core";
import { afterAll, describe, expect, test, vi } from "vitest";
import type { SchemaNode } from "../src/schema-node.ts";

/*
 * The registry decides which options there are. This one has an option of every kind, so that these
 * tests say the same whatever strategies are added. The other files of this process have read the real
 * one, so all is read anew here, and once more after this.
 */
vi.resetModules();
vi.doMock("@evenkeel/core", async (importOriginal) => {
  const original = await importOriginal<typeof core>();
  const count = { kind: "count", default: 100, min: 1, max: 1000, meaning: "Points." } as const;
  const key = { kind: "hash-key", default: { from: "client-ip" }, meaning: "The key." } as const;
  const cap = { kind: "percent", default: 0, min: 1.1, max: 10, canBeOff: true } as const;
  const share = { kind: "percent", default: 0.25, min: 0, max: 0.5, canBeOff: false } as const;
  const halfLife = { kind: "duration", default: 10_000, meaning: "Half-life." } as const;
  const options = {
    "round-robin": {},
    ring: { points: count, key, loadCap: { ...cap, meaning: "Cap." } },
    table: { key },
    ewma: { halfLife, share: { ...share, meaning: "Share." } },
  };
  const strategies = Object.fromEntries(
    Object.entries(options).map(([name, specs]) => [
      name,
      { honoursWeights: name === "ring", options: specs, create: vi.fn() },
    ]),
  );
  const valuesOf = (type: keyof typeof options): [string, unknown][] =>
    Object.entries(options[type]).map(([name, spec]) => [name, spec.default]);
  return {
    ...original,
    strategies,
    strategyNames: Object.keys(options),
    strategyHonoursWeights: (name: string) => name === "ring",
    defaultChoice: (type: keyof typeof options) => ({
      type,
      options: Object.fromEntries(valuesOf(type)),
    }),
  };
});
const { createJsonSchema } = await import("../src/json-schema.ts");
const { rowsBelow } = await import("../src/reference-page.ts");
const { nodeAt } = await import("../src/schema-node.ts");
const { configOf, problemsOf } = await import("./load-text.ts");

afterAll(() => {
  vi.doUnmock("@evenkeel/core");
  vi.resetModules();
});

function fileOf(strategy: string, backends = "[http://a]"): string {
  return `pools:\n  web:\n    strategy: ${strategy}\n    backends: ${backends}\n`;
}

function choiceOf(strategy: string): unknown {
  return configOf(fileOf(strategy)).config.pools[0]?.strategy;
}

describe("a strategy", () => {
  const defaults = { points: 100, key: { from: "client-ip" }, loadCap: 0 };

  test("is a name, or a mapping, and has every option either way", () => {
    expect(choiceOf("ring")).toEqual({ type: "ring", options: defaults });
    expect(choiceOf("{ type: ring }")).toEqual({ type: "ring", options: defaults });
    expect(choiceOf("{ type: round-robin }")).toEqual({ type: "round-robin", options: {} });
    expect(choiceOf("ewma")).toEqual(choiceOf("{ type: ewma }"));
  });

  test("takes the options of its definition in their units", () => {
    const written = "{ type: ring, points: 7, key: 'header:X-User', loadCap: 125% }";
    expect(choiceOf(written)).toEqual({
      type: "ring",
      options: { points: 7, key: { from: "header", name: "x-user" }, loadCap: 1.25 },
    });
    expect(choiceOf("{ type: ring, loadCap: off }")).toMatchObject({ options: { loadCap: 0 } });
    expect(choiceOf("{ type: ewma, halfLife: 1m30s, share: 0% }")).toEqual({
      type: "ewma",
      options: { halfLife: 90_000, share: 0 },
    });
  });

  test("takes options from the environment beside those of the file", () => {
    const env = { EVENKEEL_POOLS__WEB__STRATEGY__POINTS: "9" };
    const result = configOf(fileOf("{ type: ring, key: path }"), { env });
    expect(result.config.pools[0]?.strategy.options).toEqual({
      points: 9,
      key: { from: "path" },
      loadCap: 0,
    });
  });

  test("is printed with its own defaults and nobody else's", () => {
    const { settings, origins } = configOf(fileOf("{ type: ring, points: 7 }"));
    expect(settings).toMatchObject({
      pools: { web: { strategy: { type: "ring", points: 7, key: "client-ip", loadCap: "off" } } },
    });
    expect(origins.get("pools.web.strategy.points")).toBe("evenkeel.yaml:3:37");
    expect(origins.get("pools.web.strategy.key")).toBe("default");
    expect(origins.has("pools.web.strategy.halfLife")).toBe(false);
  });
});

describe("an error says where, what is possible and what was meant:", () => {
  const at = (column: number, path: string): string =>
    `evenkeel.yaml:3:${column} pools.web.strategy${path}: `;
  const names = "expected one of round-robin, ring, table, ewma";
  const range = "must be from 1 to 1000";

  test.each([
    ["rnig", `${at(15, "")}${names}, got "rnig"; did you mean "ring"?`],
    ["{ type: rnig }", `${at(23, ".type")}${names}, got "rnig"; did you mean "ring"?`],
    ["{ type: 5 }", `${at(23, ".type")}${names}, got 5`],
    ["{ points: 5 }", `${at(5, ".type")}is required`],
    ["7", `${at(15, "")}${names}, got 7`],
    [
      "{ type: ring, pionts: 5 }",
      `${at(29, ".pionts")}unknown key "pionts"; did you mean "points"?`,
    ],
    [
      "{ type: table, points: 5 }",
      `${at(30, ".points")}unknown key "points": an option of ring, not of table`,
    ],
    [
      "{ type: ewma, key: path }",
      `${at(29, ".key")}unknown key "key": an option of ring and table, not of ewma`,
    ],
    [
      "{ type: table, pionts: 5 }",
      `${at(30, ".pionts")}unknown key "pionts": points is an option of ring`,
    ],
    [
      "{ type: ewma, colour: red }",
      `${at(29, ".colour")}unknown key "colour": ewma has halfLife and share`,
    ],
    [
      "{ type: round-robin, colour: red }",
      `${at(36, ".colour")}unknown key "colour": round-robin has no options`,
    ],
    ["{ type: ring, points: 0 }", `${at(37, ".points")}${range}`],
    ["{ type: ring, points: 1001 }", `${at(37, ".points")}${range}`],
    ["{ type: ring, points: many }", `${at(37, ".points")}expected a whole number, got "many"`],
    ["{ type: ring, loadCap: 100% }", `${at(38, ".loadCap")}must be from 110% to 1000%, or off`],
    ["{ type: ewma, share: 51% }", `${at(36, ".share")}must be from 0% to 50%`],
    [
      "{ type: ewma, share: off }",
      `${at(36, ".share")}"off" is not a percentage; write it like 20%`,
    ],
    ["{ type: ewma, halfLife: 0s }", `${at(39, ".halfLife")}must be longer than 0s`],
    ["{ type: ring, key: header }", `${at(34, ".key")}header needs a name, such as header:x-user`],
  ])("%s", (strategy, problem) => {
    expect(problemsOf(fileOf(strategy))).toEqual([problem]);
  });

  test("a weight that the strategy ignores is one, also beside a wrong option", () => {
    const backends = "[{ url: http://a, weight: 2 }]";
    const ignored = "evenkeel.yaml:4:41 pools.web.backends[0].weight: table ignores the weight";
    expect(problemsOf(fileOf("{ type: table, key: ip }", backends))).toEqual([
      expect.stringContaining("pools.web.strategy.key"),
      ignored,
    ]);
    expect(problemsOf(fileOf("{ type: ring }", backends))).toEqual([]);
  });
});

describe("the schema", () => {
  const strategy = (): SchemaNode => nodeAt(createJsonSchema(), ["pools", "web", "strategy"]) ?? {};

  test("gives editors each strategy's own options with default, range and meaning", () => {
    expect(JSON.parse(JSON.stringify(strategy()))).toMatchObject({
      default: "round-robin",
      anyOf: [
        { enum: ["round-robin", "ring", "table", "ewma"] },
        {
          oneOf: [
            { properties: { type: { const: "round-robin" } }, additionalProperties: false },
            {
              properties: {
                points: { default: 100, minimum: 1, maximum: 1000, description: "Points." },
                key: { default: "client-ip", title: "hash key" },
                loadCap: { default: "off", title: "percentage or off" },
              },
            },
            { properties: { key: { default: "client-ip" } } },
            { properties: { halfLife: { default: "10s" }, share: { default: "25%" } } },
          ],
        },
      ],
    });
  });

  test("gives the reference page each option once, with its owners", () => {
    expect(rowsBelow(strategy(), "strategy")).toEqual([
      [
        "`strategy.type`",
        "`round-robin`, `ring`, `table`, `ewma`",
        "required",
        "How a backend is chosen among those that are ready.",
      ],
      ["`strategy.points`", "1 to 1000", "`100`", "Points. Of ring."],
      ["`strategy.key`", "hash key", "`client-ip`", "The key. Of ring and table."],
      ["`strategy.loadCap`", "percentage or off", "`off`", "Cap. Of ring."],
      ["`strategy.halfLife`", "duration", "`10s`", "Half-life. Of ewma."],
      ["`strategy.share`", "percentage", "`25%`", "Share. Of ewma."],
    ]);
  });
});
