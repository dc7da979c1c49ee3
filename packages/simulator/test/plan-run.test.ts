import { loadConfig } from "@evenkeel/config";
import { describe, expect, test } from "vitest";
import { parseDistribution } from "../src/command/parse-distribution.ts";
import { planFromConfig, planFromScenario } from "../src/command/plan-run.ts";
import { utilisationOf } from "../src/command/pool-cell.ts";
import type { SimulateFlags } from "../src/command/simulate-command.ts";

const plain: SimulateFlags = {
  balancers: 1,
  keys: 100,
  seeds: 2,
  progress: false,
  load: 500,
  serviceTime: { kind: "exp", meanMs: 20 },
};

function configOf(strategy: unknown, backends: readonly unknown[]) {
  const overrides = [
    { path: ["listeners"], value: [{ address: "127.0.0.1:0" }], origin: "test" },
    { path: ["pools", "web", "strategy"], value: strategy, origin: "test" },
    { path: ["pools", "web", "backends"], value: backends, origin: "test" },
  ];
  const result = loadConfig({ env: {}, overrides });
  if (!result.ok) throw new Error(result.problems.map(({ message }) => message).join("\n"));
  return result.config;
}

const equal = ["http://127.0.0.1:1", "http://127.0.0.1:2"];
const unequal = [{ url: equal[0], weight: 3 }, equal[1]];

function namesFor(strategy: unknown, backends: readonly unknown[]): readonly string[] {
  const [cell] = planFromConfig(configOf(strategy, backends), plain).cells;
  return (cell?.contenders ?? []).map(({ name }) => name);
}

describe("a pool of a configuration", () => {
  test("is tried with every strategy that spreads, weights or not", () => {
    expect(namesFor("round-robin", equal)).toEqual([
      "round-robin",
      "random",
      "least-connections",
      "least-response-time",
      "power-of-two",
      "peak-ewma",
      "prequal",
    ]);
    expect(namesFor("weighted-round-robin", unequal)).toContain("weighted-random");
    expect(namesFor("weighted-round-robin", unequal)).not.toContain("round-robin");
  });

  test("that hashes is tried with the others that hash, too", () => {
    const names = namesFor({ type: "maglev", key: "path" }, equal);
    for (const name of ["maglev", "rendezvous", "consistent-hash", "least-connections"]) {
      expect(names).toContain(name);
    }
  });

  test("without slots gets enough of them, by weight, for a load of 0.8 or a little less", () => {
    const [cell] = planFromConfig(configOf("weighted-round-robin", unequal), plain).cells;
    expect(cell?.setup.backends.map(({ slots }) => slots)).toEqual([10, 4]);
    expect(cell && utilisationOf(cell)).toBeCloseTo(10 / 14);
  });

  test.each([
    [{ load: undefined }, "--load is missing"],
    [{ serviceTime: undefined }, "--service-time is missing"],
    [{ pool: "wep" }, '--pool: unknown pool "wep"; did you mean web?'],
    [{ strategies: "peek-ewma" }, 'unknown strategy "peek-ewma"; did you mean peak-ewma?'],
    [{ slots: new Map([["b", 1]]) }, "--slots: no backend b; there are 127.0.0.1:1, 127.0.0.1:2"],
    [{ slots: new Map([["127.0.0.1:1", 1]]) }, "--slots: backend 127.0.0.1:2 is missing"],
  ])("with %j is refused and says why", (changes, message) => {
    const flags = { ...plain, ...changes } as SimulateFlags;
    expect(() => planFromConfig(configOf("round-robin", equal), flags)).toThrow(message);
  });
});

describe("a scenario", () => {
  const flags: SimulateFlags = { balancers: 1, keys: 1, seeds: 1, progress: false };

  test("is found by its letter, and takes fewer requests and strategies on demand", () => {
    const plan = planFromScenario("z", { ...flags, requests: 1_000, strategies: "random" });
    expect(plan.cells.map(({ setup }) => setup.requests)).toEqual([1_000]);
    expect(plan.cells[0]?.contenders.map(({ name }) => name)).toEqual(["random"]);
  });

  test.each([
    ["zz", {}, 'unknown scenario "zz"'],
    ["z-theory", { strategies: "maglev" }, 'unknown strategy "maglev"'],
    ["z-theory", { load: 5 }, "leave out --config and --load"],
    ["d-linkerd", { requests: 10 }, "things happen at fixed times"],
  ])("%s with %j is refused and says why", (name, changes, message) => {
    expect(() => planFromScenario(name, { ...flags, ...changes })).toThrow(message);
  });
});

describe("a service time", () => {
  test.each([
    ["20ms", { kind: "const", valueMs: 20 }],
    ["exp(20ms)", { kind: "exp", meanMs: 20 }],
    ["lognormal( 20ms, 1.5 )", { kind: "lognormal", medianMs: 20, sigma: 1.5 }],
    ["bimodal(10ms,210ms,5%)", { kind: "bimodal", usualMs: 10, rareMs: 210, rareShare: 0.05 }],
  ])("%s is read", (text, value) => {
    expect(parseDistribution(text)).toEqual({ ok: true, value });
  });

  test.each([
    ["20", "is not a service time; write 20ms"],
    ["gauss(1ms)", 'there is no "gauss"'],
    ["lognorm(1ms,1)", "did you mean lognormal?"],
    ["exp(20ms,1)", "exp needs 1 values, as in exp(20ms)"],
    ["exp(20)", "has no unit"],
    ["pareto(1ms,1)", "its exponent must be above 1"],
    ["const(0ms)", "a service time of nothing"],
  ])("%s is refused and says why", (text, message) => {
    const parsed = parseDistribution(text);
    expect(parsed.ok ? "" : parsed.message).toContain(message);
  });
});
