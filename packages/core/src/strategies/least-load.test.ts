import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { backend, backends } from "../../test/backends.ts";
import { scripted } from "../../test/scripted.ts";
import { picks, seeded, strategyOf } from "../../test/strategies.ts";
import type { Backend } from "../index.ts";

function loads(...counts: number[]): (backend: Backend) => number {
  return ({ slot }) => counts[slot] ?? 0;
}

describe("least-connections", () => {
  test("takes the least loaded, wherever it stands", () => {
    const strategy = strategyOf("least-connections", { inFlight: loads(4, 2, 1, 3) });
    expect(picks(strategy, backends(4), 1)).toEqual(["b2"]);
  });

  test("never picks above the least (in flight + 1) / weight", () => {
    const cases = fc.array(
      fc.record({ weight: fc.integer({ min: 1, max: 9 }), load: fc.nat(20) }),
      {
        minLength: 1,
        maxLength: 12,
      },
    );
    fc.assert(
      fc.property(cases, fc.integer(), (list, seed) => {
        const ready = list.map(({ weight }, index) => backend(index, { weight }));
        const inFlight = loads(...list.map(({ load }) => load));
        const strategy = strategyOf("least-connections", { inFlight, random: seeded(seed) });
        const loadOf = (one: Backend): number => (inFlight(one) + 1) / one.weight;
        const [pickedId] = picks(strategy, ready, 1);
        const picked = ready.find(({ id }) => id === pickedId);
        expect(picked && loadOf(picked)).toBe(Math.min(...ready.map(loadOf)));
      }),
    );
  });

  test("an idle backend of three times the weight is taken until it has three requests", () => {
    const counts = [0, 0];
    const inFlight = ({ slot }: Backend): number => counts[slot] ?? 0;
    const strategy = strategyOf("least-connections", { inFlight, random: () => 0.99 });
    const ready = [backend(0, { weight: 3 }), backend(1)];
    const order = Array.from({ length: 8 }, () => {
      const slot = Number(picks(strategy, ready, 1)[0]?.slice(1));
      counts[slot] = (counts[slot] ?? 0) + 1;
      return slot;
    });
    expect(counts).toEqual([6, 2]);
    expect(order.slice(0, 2)).toEqual([0, 0]);
  });

  test("breaks ties among k backends with chance 1/k each, whatever their order", () => {
    const strategy = strategyOf("least-connections", {
      inFlight: loads(1, 0, 0, 5, 0),
      random: seeded(3),
    });
    const ids = picks(strategy, backends(5), 30_000);
    for (const id of ["b1", "b2", "b4"]) {
      const count = ids.filter((other) => other === id).length;
      expect(Math.abs(count - 10_000)).toBeLessThan(5 * Math.sqrt(30_000 * (1 / 3) * (2 / 3)));
    }
  });
});

describe("power-of-two", () => {
  test("every ordered pair of distinct backends is equally likely, so it never compares one with itself", () => {
    const steps = 5 * 4;
    const pairs = new Map<string, number>();
    for (let one = 0; one < 5; one++) {
      for (let other = 0; other < 4; other++) {
        const seen: number[] = [];
        const inFlight = ({ slot }: Backend): number => seen.push(slot);
        const random = scripted((one + 0.5) / 5, (other + 0.5) / 4);
        picks(strategyOf("power-of-two", { inFlight, random }), backends(5), 1);
        const pair = seen.toSorted((one, two) => one - two).join();
        pairs.set(pair, (pairs.get(pair) ?? 0) + 1);
      }
    }
    expect(pairs.size).toBe(10);
    expect(new Set(pairs.values())).toEqual(new Set([steps / 10]));
    expect([...pairs.keys()].some((pair) => new Set(pair.split(",")).size === 1)).toBe(false);
  });

  test("of two backends the less loaded one always wins", () => {
    const strategy = strategyOf("power-of-two", { inFlight: loads(3, 2), random: seeded(5) });
    expect(new Set(picks(strategy, backends(2), 100))).toEqual(new Set(["b1"]));
  });

  test("compares by weight", () => {
    const strategy = strategyOf("power-of-two", { inFlight: loads(5, 2), random: seeded(5) });
    const ready = [backend(0, { weight: 4 }), backend(1)];
    expect(new Set(picks(strategy, ready, 100))).toEqual(new Set(["b0"]));
  });

  test("a tie goes to the first drawn, so either is as likely", () => {
    const strategy = strategyOf("power-of-two", { random: seeded(11) });
    const ids = picks(strategy, backends(2), 20_000);
    const count = ids.filter((id) => id === "b0").length;
    expect(Math.abs(count - 10_000)).toBeLessThan(5 * Math.sqrt(20_000 / 4));
  });
});
