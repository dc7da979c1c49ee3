import { describe, expect, test } from "vitest";
import type { SimulationResult, Slice } from "../src/index.ts";
import { findScenario } from "../src/scenarios/registry.ts";
import type { Cell } from "../src/scenarios/scenario.ts";
import { runOnce } from "./scenario-runs.ts";

/*
 * What is known of the scenarios from theory, from publications or from the tables of algorithms.md
 * section 12.2. Tolerances are stated there, or follow from how far ten seeds lie apart.
 */

function cellOf(scenario: string, name: string): Cell {
  const found = findScenario(scenario)?.cells.find((cell) => cell.name === name);
  if (found === undefined) throw new Error(`no cell ${name} in ${scenario}`);
  return found;
}

/** One run of a contender; fewer requests than the cell has where a test needs no p99.9. */
function run(cell: Cell, contender: string, requests?: number): SimulationResult {
  return runOnce(cell, contender, requests === undefined ? { seed: 1 } : { seed: 1, requests });
}

function quantile(cell: Cell, contender: string, q: number, requests = 100_000): number {
  return run(cell, contender, requests).latency.quantile(q);
}

function expectAscending(values: readonly number[]): void {
  expect(values).toEqual(values.toSorted((one, other) => one - other));
}

function errorsOf(slices: readonly Slice[]): number {
  const arrived = slices.reduce((sum, slice) => sum + slice.arrived, 0);
  return slices.reduce((sum, slice) => sum + slice.failed, 0) / arrived;
}

describe("theory: 100 servers of one slot at 90 %", () => {
  const cell = cellOf("z-theory", "load 0.9");

  test.each([
    // The longer the queues, the longer it takes until chance is small: with 300,000 it is 5 % of 10.
    ["random is M/M/1: 10 service times", "random", 600_000, 10, 0.08],
    ["round robin is D/M/1 nearly: 5.18", "round-robin", 300_000, 5.18, 0.1],
    ["two choices are the supermarket model: 2.614", "power-of-two", 300_000, 2.614, 0.08],
    ["the shortest queue of all: about 1.07", "least-connections", 100_000, 1.07, 0.08],
  ])("%s", (_, contender, requests, mean, tolerance) => {
    const { latency } = run(cell, contender, requests);
    expect(Math.abs(latency.mean / mean - 1)).toBeLessThan(tolerance);
  });
});

describe("20 equal backends at load 0.8", () => {
  const cell = cellOf("a-homogeneous", "exp 0.8");

  test("what looks at the load beats turns, and turns beat chance", () => {
    const order = ["least-connections", "power-of-two", "round-robin", "random"];
    expectAscending(order.map((name) => quantile(cell, name, 0.5)));
    expectAscending(order.map((name) => quantile(cell, name, 0.99)));
  });

  test.each([
    ["least-connections", 14, 93],
    ["prequal", 14.3, 94],
    ["power-of-two", 15.7, 95],
    ["peak-ewma", 16.4, 96],
    ["round-robin", 19.5, 103],
    ["random", 26.8, 133],
  ])("%s has a p50 of %d ms and a p99 of %d ms within 8 %%", (name, p50, p99) => {
    const { latency } = run(cell, name, 100_000);
    expect(Math.abs(latency.quantile(0.5) / p50 - 1)).toBeLessThan(0.08);
    expect(Math.abs(latency.quantile(0.99) / p99 - 1)).toBeLessThan(0.08);
  });

  test("with constant service and little load, nothing beats turns by much", () => {
    const calm = cellOf("a-homogeneous", "const 0.5");
    const [turns, least] = ["round-robin", "least-connections"].map((name) =>
      quantile(calm, name, 0.99),
    );
    expect((turns ?? 0) / (least ?? 1)).toBeLessThan(1.05);
  });
});

describe("backends of two speeds", () => {
  test("turns without weights break down above two thirds of the capacity", () => {
    const cell = cellOf("b-two-speeds", "load 0.85, weights 1:1");
    expect(quantile(cell, "round-robin", 0.99)).toBeGreaterThan(4_000);
    expect(quantile(cell, "least-connections", 0.99)).toBeLessThan(250);
  });

  test("right weights bring turns to what counting finds by itself", () => {
    const weighted = cellOf("b-two-speeds", "load 0.6, weights 2:1");
    const plain = cellOf("b-two-speeds", "load 0.6, weights 1:1");
    const ratio =
      quantile(weighted, "weighted-round-robin", 0.99) / quantile(plain, "least-connections", 0.99);
    expect(Math.abs(ratio - 1)).toBeLessThan(0.1);
  });
});

describe("linkerd's experiment", () => {
  const cell = cellOf("d-linkerd", "clients wait");

  test.each([
    ["round-robin", 0.955],
    ["power-of-two", 0.995],
    ["least-connections", 0.995],
    ["peak-ewma", 0.9992],
  ])("%s answers a share of %d within a second, within 0.3 points", (name, share) => {
    expect(Math.abs(run(cell, name).withinDeadline - share)).toBeLessThan(0.003);
  });
});

describe("a backend that fails in a millisecond", () => {
  const cell = cellOf("e-magnet", "500 in 1 ms, always");
  const shareOf = (name: string): number => run(cell, name, 60_000).errorRate;

  test("gets its turns, no more", () => {
    expect(shareOf("round-robin")).toBeCloseTo(1 / 20, 4);
  });

  test("gets up to twice its share of two choices", () => {
    expect(shareOf("power-of-two")).toBeGreaterThan(1.5 / 20);
    expect(shareOf("power-of-two")).toBeLessThan(2 / 20);
    expect(shareOf("peak-ewma, no penalty")).toBeLessThan(2.05 / 20);
  });

  test("is a magnet for a full scan that does not look at errors", () => {
    expect(shareOf("least-connections")).toBeGreaterThan(4 / 20);
    expect(shareOf("least-response-time, no penalty")).toBeGreaterThan(0.9);
  });

  test("gets next to nothing where failures have a price", () => {
    for (const name of ["peak-ewma", "least-response-time", "prequal"]) {
      expect(shareOf(name)).toBeLessThan(0.001);
    }
  });
});

describe("sixteen balancers side by side", () => {
  const cell = cellOf("f-many-balancers", "16 balancers");

  test("ties that always go to the first backend are worse than chance", () => {
    const order = ["least-connections", "random", "least-connections, fixed ties"];
    expectAscending(order.map((name) => quantile(cell, name, 0.5)));
  });

  test("with antagonists, prequal before least-connections before two choices before turns", () => {
    const antagonised = cellOf("g-many-balancers-antagonists", "16 balancers");
    const order = ["prequal", "least-connections", "power-of-two", "round-robin"];
    expectAscending(order.map((name) => quantile(antagonised, name, 0.99, 200_000)));
  });
});

test("naive probes herd: Prequal that trusts old answers is far worse than chance", () => {
  const cell = cellOf("f-many-balancers", "1 balancer");
  const medianOf = (name: string): number => quantile(cell, name, 0.5, 40_000);
  const herding = medianOf("prequal, naive probes");
  expect(herding / medianOf("random")).toBeGreaterThan(10);
  expect(herding / medianOf("prequal")).toBeGreaterThan(20);
});

test("when two of twenty backends die, retries leave no client with an error", () => {
  expect(run(cellOf("h-crash", "no retries"), "round-robin").errorRate).toBeGreaterThan(0.003);
  expect(run(cellOf("h-crash", "2 retries"), "round-robin").errorRate).toBe(0);
});

describe("after 20 s of overload", () => {
  const lastSeconds = (name: string): number => {
    const { slices } = run(cellOf("i-overload", name), "power-of-two");
    return errorsOf(slices.slice(-15));
  };

  test("a pool without retries recovers", () => {
    expect(lastSeconds("no retries")).toBe(0);
  });

  test("naive retries keep it overloaded by themselves", () => {
    expect(lastSeconds("3 naive retries")).toBeGreaterThan(0.5);
  });

  test("retries within a budget let it recover", () => {
    expect(lastSeconds("3 retries, budget 20 %")).toBeLessThan(0.01);
  });
});

describe("keys by Zipf's law", () => {
  const cell = cellOf("j-keys", "Zipf 1");

  test("come back to their backend with every strategy that hashes, and with no other", () => {
    for (const name of ["ip-hash", "consistent-hash", "maglev", "rendezvous"]) {
      expect(run(cell, name, 50_000).affinity).toBe(1);
    }
    expect(run(cell, "least-connections", 50_000).affinity).toBeLessThan(0.15);
  });

  test("a bound on the load trades affinity for evenness", () => {
    const bounded = run(cell, "consistent-hash, bound 125 %", 100_000);
    const free = run(cell, "consistent-hash", 100_000);
    expect(bounded.imbalance).toBeLessThan(1.3);
    expect(free.imbalance).toBeGreaterThan(1.8);
    expect(bounded.affinity).toBeLessThan(free.affinity);
    expect(bounded.affinity).toBeGreaterThan(0.5);
  });
});
