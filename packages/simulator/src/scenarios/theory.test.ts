import { defaultChoice } from "@evenkeel/core";
import { describe, expect, test } from "vitest";
import { ScenarioRuns } from "../../test/scenario-runs.ts";
import { overSeeds, simulate } from "../../test/simulate.ts";
import { production, simulatedBackends, steadyLoad } from "../index.ts";

/** Erlang's C: the chance that all `slots` are busy at `load` erlangs. */
function erlangC(slots: number, load: number): number {
  let term = 1;
  let sum = 1;
  for (let busy = 1; busy < slots; busy++) {
    term *= load / busy;
    sum += term;
  }
  const all = ((term * load) / slots) * (slots / (slots - load));
  return all / (sum + all);
}

/** Mean time in system of M/M/c, in units of the mean service time. */
function meanTime(slots: number, load: number): number {
  return 1 + erlangC(slots, load) / (slots - load);
}

/*
 * Ten seeds say how far a mean of them may lie from the truth by chance: five standard errors, and 1 %
 * for the part of the start-up that the warm-up leaves.
 */
describe("one server", () => {
  test.each([
    [1, 0.5],
    [1, 0.8],
    [4, 3.2],
    [20, 16],
  ])("with %i slots and %f erlangs has the mean time of M/M/c", (slots, load) => {
    const { mean, error } = overSeeds(10, (seed) => {
      const result = simulate("first", {
        backends: simulatedBackends(1, { slots }),
        load: steadyLoad(load * 1000),
        service: { kind: "exp", meanMs: 1 },
        requests: 60_000,
        seed,
      });
      return result.latency.mean;
    });
    const exact = meanTime(slots, load);
    expect(Math.abs(mean - exact)).toBeLessThan(5 * error + 0.01 * exact);
    // The test has teeth only if chance is small.
    expect(error / exact).toBeLessThan(0.03);
  });

  test("with constant service waits half as long as with exponential (Pollaczek and Khinchine)", () => {
    const load = 0.8;
    const { mean, error } = overSeeds(10, (seed) => {
      const result = simulate("first", {
        backends: simulatedBackends(1),
        load: steadyLoad(load * 1000),
        service: { kind: "const", valueMs: 1 },
        requests: 60_000,
        seed,
      });
      return result.latency.mean;
    });
    const exact = 1 + load / (2 * (1 - load));
    expect(Math.abs(mean - exact)).toBeLessThan(5 * error + 0.01 * exact);
  });

  test("has exponential times in M/M/1: its quantiles are those of the mean", () => {
    const { latency } = simulate("first", {
      backends: simulatedBackends(1),
      load: steadyLoad(500),
      service: { kind: "exp", meanMs: 1 },
      requests: 400_000,
    });
    for (const q of [0.5, 0.9, 0.99]) {
      expect(latency.quantile(q) / (-Math.log(1 - q) * 2)).toBeCloseTo(1, 1);
    }
  });
});

describe("Z: 100 servers at 0.9", () => {
  const runs = new ScenarioRuns("z-theory", "load 0.9", { requests: 300_000, seeds: [1] });
  test("by Little's law the requests in the system are the rate times the mean time", () => {
    // The sum of all times, spread over the run, is the mean number in the system.
    const [result] = runs.of("power-of-two");
    const perMs = (result?.succeeded ?? 0) / ((result?.endedAtMs ?? 0) * 0.9);
    expect(perMs / 90).toBeCloseTo(1, 1);
  });
});

test.each([
  [0.5, 1.27],
  [0.8, 1.95],
])("power of two at %f has the supermarket model's mean time of %f", (load, exact) => {
  const { latency } = simulate("power-of-two", {
    backends: simulatedBackends(100),
    load: steadyLoad(load * 100_000),
    service: { kind: "exp", meanMs: 1 },
    strategy: production(defaultChoice("power-of-two")),
    requests: 200_000,
  });
  expect(Math.abs(latency.mean / exact - 1)).toBeLessThan(0.04);
});
