import { describe, expect, test } from "vitest";
import { expectOrdering } from "../../test/orderings.ts";
import { p50, p99, ScenarioRuns } from "../../test/scenario-runs.ts";
import { spreadingNames } from "../contenders/registered.ts";
import { findScenario } from "./registry.ts";

const seeds = [1, 2];
const adaptive = spreadingNames.filter((name) => !/robin|random/.test(name));

/*
 * Orderings of algorithms.md section 12.2. Those that it calls equal, or that lie closer together than
 * seeds do, share a group. Every ordering holds with every seed.
 */
describe("A: equal backends, exponential service, load 0.8", () => {
  const runs = new ScenarioRuns("a-homogeneous", "exp 0.8", { seeds, requests: 50_000 });

  test("who looks at all, or at some, is faster than who takes turns, and that is faster than chance", () => {
    expectOrdering(runs, p50, [
      ["least-connections"],
      ["power-of-two", "least-response-time"],
      ["round-robin"],
      ["random"],
    ]);
    expectOrdering(runs, p99, [["least-connections"], ["round-robin"], ["random"]]);
  });

  test("no adaptive strategy is worse than random", () => {
    expectOrdering(runs, p99, [adaptive, ["random"]]);
  });
});

test("A: the more service times vary, the more is won over round robin", () => {
  const wonAt = (service: string): number => {
    const runs = new ScenarioRuns("a-homogeneous", `${service} 0.8`, { seeds, requests: 30_000 });
    const queueing = (strategy: string): number =>
      runs.mean(strategy, (result) => result.queueing.mean);
    return queueing("round-robin") - queueing("least-connections");
  };
  const won = ["const", "exp", "lognormal"].map(wonAt);
  expect(won).toEqual(won.toSorted((one, other) => one - other));
});

describe("B: ten backends of half the speed", () => {
  test("at 0.6 whoever looks finds them; weights say it to those who do not", () => {
    const plain = new ScenarioRuns("b-two-speeds", "load 0.6, weights 1:1", {
      seeds,
      requests: 50_000,
    });
    expectOrdering(plain, p99, [adaptive, ["round-robin"], ["random"]]);
    const weighted = new ScenarioRuns("b-two-speeds", "load 0.6, weights 2:1", {
      seeds,
      requests: 50_000,
    });
    const told = weighted.mean("weighted-round-robin", p99);
    expect(told / plain.mean("least-connections", p99)).toBeCloseTo(1, 0.7);
    expect(told).toBeLessThan(0.7 * plain.mean("round-robin", p99));
  });

  test("round robin breaks down above two thirds of the capacity: the longer, the worse", () => {
    const at = (cell: string, requests: number): number =>
      new ScenarioRuns("b-two-speeds", cell, { seeds: [1], requests }).mean("round-robin", p99);
    expect(at("load 0.85, weights 1:1", 80_000)).toBeGreaterThan(
      1.6 * at("load 0.85, weights 1:1", 40_000),
    );
    const below = at("load 0.6, weights 1:1", 80_000) / at("load 0.6, weights 1:1", 40_000);
    expect(below).toBeLessThan(1.4);
  });

  test("at 0.85 those that look are where they were", () => {
    const runs = new ScenarioRuns("b-two-speeds", "load 0.85, weights 1:1", {
      seeds,
      requests: 50_000,
    });
    expectOrdering(runs, p99, [adaptive, ["round-robin"]]);
    expectOrdering(runs, p99, [["least-connections"], ["power-of-two"]]);
    for (const name of adaptive) expect(runs.mean(name, p99)).toBeLessThan(200);
  });
});

describe("C: antagonists, load 0.75", () => {
  const runs = new ScenarioRuns("c-antagonists", "load 0.75", { seeds, requests: 80_000 });

  test("who does not look waits for seconds, twenty times as long as who does", () => {
    for (const blind of ["round-robin", "random"]) {
      for (const seeing of adaptive) {
        expect(runs.mean(blind, p99)).toBeGreaterThan(10 * runs.mean(seeing, p99));
      }
    }
    expectOrdering(runs, p99, [["least-connections", "prequal"], ["power-of-two"]]);
  });
});

describe("C': the load rises over the capacity", () => {
  // Three of nine steps are below the capacity: a quarter of the requests, and some that come after them.
  const whole = findScenario("c-load-ramp")?.cells[0]?.setup.requests ?? 0;
  const requests = Math.round(0.3 * whole);
  const runs = new ScenarioRuns("c-load-ramp", "ramp", { seeds: [1], requests });

  test("round robin fails requests that there is capacity for; those that look fail none below it", () => {
    const failedBelowCapacity = (strategy: string): number =>
      runs.mean(strategy, ({ slices }) => {
        const below = slices.slice(0, 3);
        const failed = below.reduce((sum, slice) => sum + slice.failed, 0);
        return failed / below.reduce((sum, slice) => sum + slice.arrived, 0);
      });
    expect(failedBelowCapacity("round-robin")).toBeGreaterThan(0.02);
    for (const name of adaptive) expect(failedBelowCapacity(name)).toBeLessThan(0.001);
  });
});

describe("F: 16 balancers that do not see each other's requests", () => {
  const one = new ScenarioRuns("f-many-balancers", "1 balancer", { seeds: [1], requests: 40_000 });
  const many = new ScenarioRuns("f-many-balancers", "16 balancers", { seeds, requests: 50_000 });

  test("counting loses worth, and is still better than chance", () => {
    const name = "least-connections";
    expect(many.mean(name, p50)).toBeGreaterThan(1.2 * one.mean(name, p50));
    expectOrdering(many, p50, [
      ["prequal", "least-connections"],
      ["power-of-two", "peak-ewma"],
      ["random"],
      ["least-connections, fixed ties"],
    ]);
  });

  test("ties that go to the first are harmless alone, and worse than random in company", () => {
    const name = "least-connections, fixed ties";
    expect(one.mean(name, p50) / one.mean("least-connections", p50)).toBeCloseTo(1, 1);
    expect(many.mean(name, p50)).toBeGreaterThan(1.5 * many.mean("random", p50));
  });
});

test("G: with 16 balancers and antagonists prequal keeps the least p99, round robin waits for seconds", () => {
  const cell = "16 balancers";
  const runs = new ScenarioRuns("g-many-balancers-antagonists", cell, {
    seeds,
    requests: 80_000,
  });
  expectOrdering(runs, p99, [
    ["prequal", "least-response-time"],
    ["least-connections"],
    ["power-of-two"],
    ["round-robin"],
  ]);
});
