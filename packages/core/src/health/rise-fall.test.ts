import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { RiseFall, type CheckedStatus } from "../index.ts";

function after(results: string, unhealthyThreshold = 3, healthyThreshold = 2): RiseFall {
  const machine = new RiseFall({ unhealthyThreshold, healthyThreshold });
  for (const result of results) machine.record(result === "+");
  return machine;
}

test("starts unknown and in transition", () => {
  const machine = after("");
  expect([machine.status, machine.inTransition]).toEqual(["unknown", true]);
  expect([machine.consecutiveSuccesses, machine.consecutiveFailures]).toEqual([0, 0]);
});

// Thresholds 3 and 2; + is a pass, - a failure.
describe.each<[results: string, status: CheckedStatus, inTransition: boolean, why: string]>([
  ["+", "healthy", false, "the first pass counts at once"],
  ["--", "unknown", true, "fewer failures than the threshold decide nothing"],
  ["---", "unhealthy", false, "the first failures make it unhealthy"],
  ["--+", "healthy", false, "a pass before the threshold makes it healthy"],
  ["+--", "healthy", true, "failures below the threshold are only a suspicion"],
  ["+--+--", "healthy", true, "a pass forgets the failures before it"],
  ["+---", "unhealthy", false, "the threshold rules once it is healthy"],
  ["---+", "unhealthy", true, "one pass is not enough to come back"],
  ["---+-+", "unhealthy", true, "a failure forgets the passes before it"],
  ["---++", "healthy", false, "enough passes in a row bring it back"],
  ["---++--", "healthy", true, "it has its full allowance of failures again"],
])("after %s", (results, status, inTransition, why) => {
  test(`is ${status}: ${why}`, () => {
    const machine = after(results);
    expect([machine.status, machine.inTransition]).toEqual([status, inTransition]);
  });
});

describe("an assumed status", () => {
  function assumed(initial: CheckedStatus, results: string): CheckedStatus {
    const machine = new RiseFall({ unhealthyThreshold: 3, healthyThreshold: 2 }, initial);
    for (const result of results) machine.record(result === "+");
    return machine.status;
  }

  test.each<[initial: CheckedStatus, results: string, status: CheckedStatus, why: string]>([
    ["healthy", "", "healthy", "holds before the first check"],
    ["healthy", "--", "healthy", "fewer failures than the threshold decide nothing"],
    ["healthy", "---", "unhealthy", "enough failures do"],
    ["unhealthy", "", "unhealthy", "holds before the first check"],
    ["unhealthy", "+", "healthy", "one pass is enough against a guess"],
    ["unhealthy", "--+", "healthy", "it is a guess until failures reach their threshold"],
    ["unhealthy", "---+", "unhealthy", "then it is a verdict, and the thresholds rule"],
    ["unhealthy", "---++", "healthy", "then it is a verdict, and the thresholds rule"],
  ])("%s, after %s: %s, %s", (initial, results, status) => {
    expect(assumed(initial, results)).toBe(status);
  });

  test.each<CheckedStatus>(["unknown", "healthy", "unhealthy"])(
    "%s is in transition until a check decided",
    (initial) => {
      const machine = new RiseFall({ unhealthyThreshold: 3, healthyThreshold: 2 }, initial);
      expect(machine.inTransition).toBe(true);
      machine.record(true);
      expect(machine.inTransition).toBe(false);
    },
  );
});

test("other thresholds apply to the counts so far, from the next result on", () => {
  const machine = after("+--", 5);
  machine.retune({ unhealthyThreshold: 3, healthyThreshold: 1 });
  expect(machine.status).toBe("healthy");
  machine.record(false);
  expect(machine.status).toBe("unhealthy");
  machine.record(true);
  expect(machine.status).toBe("healthy");
});

test("returns a transition for the result that made it, and nothing else", () => {
  const machine = after("");
  const transitions = "+---++".split("").map((result) => machine.record(result === "+"));
  expect(transitions).toEqual([
    { from: "unknown", to: "healthy" },
    undefined,
    undefined,
    { from: "healthy", to: "unhealthy" },
    undefined,
    { from: "unhealthy", to: "healthy" },
  ]);
});

test("counts the latest results in a row", () => {
  const counts = ["+++", "++--", "-----", "--+"].map((results) => {
    const { consecutiveSuccesses, consecutiveFailures } = after(results);
    return [consecutiveSuccesses, consecutiveFailures];
  });
  expect(counts).toEqual([
    [3, 0],
    [0, 2],
    [0, 5],
    [1, 0],
  ]);
});

test("with thresholds of 1 every result decides, and only the start is in transition", () => {
  const machine = after("", 1, 1);
  for (const passed of [false, true, false, true]) {
    machine.record(passed);
    expect([machine.status, machine.inTransition]).toEqual([
      passed ? "healthy" : "unhealthy",
      false,
    ]);
  }
});

test("agrees with HAProxy's single counter on any sequence of results", () => {
  const cases = fc.record({
    rise: fc.integer({ min: 1, max: 5 }),
    fall: fc.integer({ min: 1, max: 5 }),
    results: fc.array(fc.boolean(), { maxLength: 60 }),
  });
  fc.assert(
    fc.property(cases, ({ rise, fall, results }) => {
      const machine = new RiseFall({ unhealthyThreshold: fall, healthyThreshold: rise });
      const reference = new HaproxyCounter(rise, fall);
      for (const passed of results) {
        const from = machine.status;
        const transition = machine.record(passed);
        reference.record(passed);
        expect(machine.status).toBe(reference.status);
        expect(machine.inTransition).toBe(reference.inTransition);
        expect(transition).toEqual(
          from === machine.status ? undefined : { from, to: machine.status },
        );
      }
    }),
  );
});

/** check.c: health in [0, rise + fall - 1], up while health >= rise; `decided` adds the unknown start. */
class HaproxyCounter {
  readonly #rise: number;
  readonly #top: number;
  #health: number;
  #decided = false;

  constructor(rise: number, fall: number) {
    this.#rise = rise;
    this.#top = rise + fall - 1;
    this.#health = this.#top;
  }

  record(passed: boolean): void {
    if (passed && this.#health < this.#top) {
      this.#health += 1;
      if (this.#health >= this.#rise) this.#health = this.#top;
    } else if (!passed && this.#health > 0) {
      this.#health -= 1;
      if (this.#health < this.#rise) this.#health = 0;
    }
    this.#decided ||= passed || this.#health < this.#rise;
  }

  get status(): CheckedStatus {
    if (!this.#decided) return "unknown";
    return this.#health >= this.#rise ? "healthy" : "unhealthy";
  }

  get inTransition(): boolean {
    return !this.#decided || (this.#health !== 0 && this.#health !== this.#top);
  }
}

test.each([0, -1, 1.5, Number.NaN])("a threshold cannot be %d", (bad) => {
  const refused = expect.objectContaining({ code: "EVENKEEL_THRESHOLD" });
  expect(() => new RiseFall({ unhealthyThreshold: bad, healthyThreshold: 1 })).toThrow(refused);
  expect(() => new RiseFall({ unhealthyThreshold: 1, healthyThreshold: bad })).toThrow(refused);
});
