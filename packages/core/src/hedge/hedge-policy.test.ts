import { describe, expect, test } from "vitest";
import { itemOf } from "../../test/backends.ts";
import { HedgePolicy, type HedgeRules, Scoreboard } from "../index.ts";

const usual: HedgeRules = { quantile: 0.95, budget: 0.05, minDelayMs: 1 };

function policiesOf(
  count: number,
  rules: Partial<HedgeRules> = {},
): { readonly board: Scoreboard; readonly policies: readonly HedgePolicy[] } {
  const board = Scoreboard.allocate({ workers: count, pools: 1, backends: 0 });
  const policies = Array.from({ length: count }, (_, worker) => {
    const scoreboard = Scoreboard.attach(board.buffer);
    return new HedgePolicy({ ...usual, ...rules, scoreboard, worker, pool: 0 });
  });
  return { board, policies };
}

function policyOf(rules: Partial<HedgeRules> = {}): HedgePolicy {
  return itemOf(policiesOf(1, rules).policies, 0);
}

describe("the delay", () => {
  test("is endless until a hundred answers are known", () => {
    const policy = policyOf();
    for (let answer = 0; answer < 99; answer++) policy.answered(10);
    expect(policy.delayMs).toBe(Infinity);
    for (let answer = 0; answer < 64; answer++) policy.answered(10);
    expect(policy.delayMs).toBeLessThan(12);
  });

  test("is what the share of the answers took", () => {
    const policy = policyOf();
    for (let answer = 0; answer < 640; answer++) policy.answered(answer % 10 === 0 ? 200 : 10);
    expect(policy.delayMs).toBeGreaterThanOrEqual(200);
    expect(policy.delayMs).toBeLessThan(225.1);
  });

  test("is never below the least one", () => {
    const policy = policyOf({ minDelayMs: 50 });
    for (let answer = 0; answer < 640; answer++) policy.answered(10);
    expect(policy.delayMs).toBe(50);
  });
});

describe("the budget of second copies", () => {
  test("is a share of all workers' requests and nothing besides", () => {
    const { board, policies } = policiesOf(4);
    const allowed = (): number => {
      let count = 0;
      // A budget without a limit must fail and not hang.
      while (count < 10_000 && itemOf(policies, count % 4).tryWithdraw(0)) count++;
      return count;
    };
    expect(allowed()).toBe(0);
    for (let request = 0; request < 119; request++) board.count(request % 4, 0, "requests", 0);
    expect(allowed()).toBe(5);
    board.count(0, 0, "requests", 0);
    expect(allowed()).toBe(1);
    expect(board.counted(0, "hedges", 0)).toBe(6);
    expect(board.counted(0, "retries", 0)).toBe(0);
  });
});
