import { type DistributionJudgement, judgeDistribution, runClosedLoop } from "@evenkeel/oracles";
import { describe, expect, test } from "vitest";
import {
  type Backend,
  type StrategyName,
  defaultChoice,
  hashKeyOf,
  strategyNames,
} from "../src/index.ts";
import { backend } from "./backends.ts";
import { firstAttempt, seeded, strategyOf } from "./strategies.ts";

interface Run {
  readonly weights: readonly number[];
  readonly requests: number;
  readonly connections: number;
  readonly seed: number;
  readonly tolerance: number;
  /** Slots of backends that are not ready. */
  readonly ejected?: readonly number[];
}

/** Core's strategy in a closed loop of virtual time, judged by rules that share no code with it. */
function judge(name: StrategyName, run: Run): DistributionJudgement {
  const { weights, requests, connections, seed, tolerance, ejected = [] } = run;
  const random = seeded(seed);
  const serviceRandom = seeded(~seed);
  const members = weights.map((weight, index) => backend(index, { weight }));
  const ready = members.filter(({ slot }) => !ejected.includes(slot));
  const inFlight = weights.map(() => 0);
  const strategy = strategyOf(name, {
    random,
    sequence: Math.floor(seeded(seed)() * 1e6),
    inFlight: ({ slot }: Backend) => inFlight[slot] ?? 0,
  });
  strategy.rebuild(members);
  const serviceTime = (): number => -20 * Math.log(1 - serviceRandom());
  const counts = runClosedLoop(
    { backends: weights.length, connections, requests, serviceTime },
    {
      pick(now) {
        const slot =
          strategy.pick(ready, { ...firstAttempt, hashKey: "one client", now })?.slot ?? -1;
        inFlight[slot] = (inFlight[slot] ?? 0) + 1;
        return slot;
      },
      release(slot, latencyMs, now) {
        inFlight[slot] = (inFlight[slot] ?? 0) - 1;
        const served = members[slot];
        if (served !== undefined) strategy.observe?.(served, "answered", latencyMs, now);
      },
    },
  );
  return judgeDistribution({
    strategy: name,
    weights: new Map(members.map((one) => [one.id, ready.includes(one) ? one.weight : 0])),
    counts: new Map(members.map(({ id }, slot) => [id, counts[slot] ?? 0])),
    requests,
    connections,
    workers: 1,
    tolerance,
  });
}

const honouring = [
  "weighted-round-robin",
  "weighted-random",
  "least-connections",
  "power-of-two",
] as const;
/** Enough for a skew of 10 % on a third by independent draws, with power 0.99. */
const long = { requests: 60_000, tolerance: 0.1, seed: 7 } as const;

test.each(strategyNames)("%s keeps its promise to equal backends", (name) => {
  for (const connections of [1, 12]) {
    const judged = judge(name, { weights: [1, 1, 1], connections, ...long });
    expect(judged.reasons).toEqual([]);
    expect(judged.verdict).toBe("pass");
  }
});

test.each(honouring)("%s keeps its promise to backends of unequal weight", (name) => {
  for (const connections of [1, 12]) {
    const judged = judge(name, { weights: [3, 2, 1], connections, ...long, requests: 90_000 });
    expect(judged.reasons).toEqual([]);
    expect(judged.verdict).toBe("pass");
  }
});

test.each(strategyNames)("%s keeps its promise to those that an ejection leaves", (name) => {
  const judged = judge(name, { weights: [1, 1, 1, 1], connections: 12, ejected: [1], ...long });
  expect(judged.reasons).toEqual([]);
  expect(judged.verdict).toBe("pass");
});

describe("over 10,000 runs fewer than 1 in 1,000 raise an alarm", () => {
  // One key goes to one backend: no chance there.
  const drawing = strategyNames.filter((name) => hashKeyOf(defaultChoice(name)) === undefined);
  const cases = drawing.flatMap((name) => [1, 8].map((connections) => ({ name, connections })));

  const seeds = Math.ceil(10_000 / cases.length);
  let alarmsOfAll = 0;

  test.each(cases)("$name with $connections in flight", ({ name, connections }) => {
    let alarms = 0;
    for (let seed = 1; seed <= seeds; seed++) {
      const run = { weights: [1, 1, 1, 1], requests: 400, connections, seed, tolerance: 0 };
      if (judge(name, run).verdict === "fail") alarms++;
    }
    alarmsOfAll += alarms;
    expect(alarms).toBeLessThan(2);
  });

  test("all of them together", () => {
    expect(alarmsOfAll).toBeLessThan(10);
  });
});
