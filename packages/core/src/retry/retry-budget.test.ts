import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { itemOf } from "../../test/backends.ts";
import { RetryBudget, type RetryBudgetOptions, Scoreboard } from "../index.ts";

const workers = 4;
const shape = { workers, pools: 2, backends: 0 };
const usual = { pool: 0, budget: 0.2, minRetriesPerSecond: 10 };

/** One per worker, each with its own view of the memory. */
function budgetsOf(terms: Partial<RetryBudgetOptions> = {}): readonly RetryBudget[] {
  const { buffer } = Scoreboard.allocate(shape);
  return Array.from({ length: workers }, (_, worker) => {
    const scoreboard = Scoreboard.attach(buffer);
    return new RetryBudget({ ...usual, ...terms, scoreboard, worker });
  });
}

/** More than any test allows: a budget without a limit must fail it and not hang it. */
const mostAsked = 10_000;

/** How many are allowed at `now`, asking worker after worker; `mostAsked` when there is no end to it. */
function withdrawable(budgets: readonly RetryBudget[], now: number): number {
  let allowed = 0;
  while (allowed < mostAsked && itemOf(budgets, allowed % budgets.length).tryWithdraw(now)) {
    allowed++;
  }
  return allowed;
}

function depositEach(budgets: readonly RetryBudget[], count: number, now: number): void {
  for (const budget of budgets) for (let one = 0; one < count; one++) budget.deposit(now);
}

describe("the retries that are allowed", () => {
  test("without requests are those of ten seconds, once for all workers", () => {
    expect(withdrawable(budgetsOf(), 0)).toBe(100);
  });

  test("grow by the share of all workers' requests", () => {
    const budgets = budgetsOf();
    depositEach(budgets, 250, 0);
    expect(withdrawable(budgets, 0)).toBe(100 + 0.2 * 1_000);
  });

  test("are none without a share and a floor", () => {
    const budgets = budgetsOf({ budget: 0, minRetriesPerSecond: 0 });
    depositEach(budgets, 250, 0);
    expect(withdrawable(budgets, 0)).toBe(0);
  });

  test("are any when there is no budget, and are counted", () => {
    const scoreboard = Scoreboard.allocate(shape);
    const terms = { ...usual, budget: null, minRetriesPerSecond: 0, scoreboard, worker: 2 };
    const budget = new RetryBudget(terms);
    for (let one = 0; one < 1_000; one++) expect(budget.tryWithdraw(0)).toBe(true);
    expect(scoreboard.counted(0, "retries", 0)).toBe(1_000);
  });

  test("of one pool are not those of another", () => {
    const { buffer } = Scoreboard.allocate(shape);
    const [one, other] = [0, 1].map((pool) => {
      const scoreboard = Scoreboard.attach(buffer);
      return new RetryBudget({ ...usual, pool, scoreboard, worker: 0 });
    }) as [RetryBudget, RetryBudget];
    depositEach([one], 100, 0);
    expect(withdrawable([other], 0)).toBe(100);
    expect(withdrawable([one], 0)).toBe(120);
  });

  test("come back when what used them is more than ten seconds old", () => {
    const budgets = budgetsOf();
    expect(withdrawable(budgets, 5_500)).toBe(100);
    expect(withdrawable(budgets, 15_999)).toBe(0);
    expect(withdrawable(budgets, 16_000)).toBe(100);
  });

  test("shrink when the requests are more than ten seconds old", () => {
    const budgets = budgetsOf();
    depositEach(budgets, 250, 5_500);
    expect(withdrawable(budgets, 16_000)).toBe(100);
  });
});

const step = fc.record({
  worker: fc.nat(workers - 1),
  kind: fc.constantFrom("deposit", "withdraw"),
  times: fc.integer({ min: 1, max: 30 }),
  /** Most are close together; some leave the ring behind. */
  passedMs: fc.oneof(fc.nat(300), fc.nat(4_000), fc.nat(40_000)),
});

test("whatever the order of workers and the pauses: allowed is what a list of all events says", () => {
  const terms = fc.record({
    budget: fc.constantFrom(0, 0.1, 0.2, 1),
    minRetriesPerSecond: fc.constantFrom(0, 1, 3),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), terms, (steps, terms) => {
      const budgets = budgetsOf(terms);
      const events: { kind: string; second: number }[] = [];
      const countOf = (kind: string, second: number): number =>
        events.filter((event) => event.kind === kind && second - event.second <= 10).length;
      let now = 0;
      for (const { worker, kind, times, passedMs } of steps) {
        now += passedMs;
        const second = Math.floor(now / 1_000);
        for (let one = 0; one < times; one++) {
          const limit = terms.budget * countOf("deposit", second) + terms.minRetriesPerSecond * 10;
          const isAllowed = countOf("withdraw", second) < limit;
          if (kind === "deposit") budgets[worker]?.deposit(now);
          else expect(budgets[worker]?.tryWithdraw(now)).toBe(isAllowed);
          if (kind === "deposit" || isAllowed) events.push({ kind, second });
        }
      }
    }),
  );
});
