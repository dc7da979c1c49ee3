import { expect, test } from "vitest";
import { loadPlanFor } from "../../test/load-plans.ts";
import type { LoadPlan, RequestKind } from "./load-plan.ts";
import { type PreparedRequest, RequestMix } from "./request-mix.ts";

function kind(changes: Partial<RequestKind>): RequestKind {
  return {
    name: "request",
    weight: 1,
    method: "GET",
    target: "/",
    headers: {},
    body: undefined,
    checks: [],
    ...changes,
  };
}

function drawn(plan: LoadPlan, count: number, worker = 0): PreparedRequest[] {
  const mix = new RequestMix({ plan, worker });
  return Array.from({ length: count }, (_, index) => mix.next(index));
}

const shop = [
  kind({ name: "list", weight: 9, target: "/list/{{random 1 9}}" }),
  kind({ name: "order", weight: 1, method: "POST", target: "/order", body: '{"id":"{{uuid}}"}' }),
];

test("draws by weight, the same for the same seed", () => {
  const plan = loadPlanFor("http://127.0.0.1:1", { requests: shop });
  const requests = drawn(plan, 10_000);
  const orders = requests.filter(({ method }) => method === "POST").length;
  // Five standard deviations of 10,000 draws at a tenth.
  expect(Math.abs(orders - 1000)).toBeLessThan(150);
  expect(drawn(plan, 10_000)).toEqual(requests);
  expect(drawn({ ...plan, seed: 2 }, 10_000)).not.toEqual(requests);
});

test("does not take turns: a pattern would meet the balancer's own", () => {
  const plan = loadPlanFor("http://127.0.0.1:1", {
    requests: [kind({ name: "a", target: "/a" }), kind({ name: "b", target: "/b" })],
  });
  const pairs = drawn(plan, 1000).map(
    ({ target }, index, all) => target === all[index - 1]?.target,
  );
  const repeats = pairs.filter(Boolean).length;
  expect(repeats).toBeGreaterThan(400);
  expect(repeats).toBeLessThan(600);
});

test("what does not change is made once, and numbers are unique over all workers", () => {
  const constant = loadPlanFor("http://127.0.0.1:1", { requests: [kind({ target: "/same" })] });
  const [first, second] = drawn(constant, 2);
  expect(first).toBe(second);
  const numbered = loadPlanFor("http://127.0.0.1:1", {
    requests: [kind({ target: "/{{seq}}" })],
    workers: 3,
  });
  const targets = [0, 1, 2].flatMap((worker) =>
    drawn(numbered, 4, worker).map(({ target }) => target),
  );
  expect(targets.toSorted((a, b) => Number(a.slice(1)) - Number(b.slice(1)))).toEqual(
    Array.from({ length: 12 }, (_, index) => `/${index + 1}`),
  );
});

test("seq and uuid are the same wherever they stand in one request", () => {
  const everywhere = kind({
    method: "POST",
    target: "/{{seq}}/{{uuid}}",
    headers: { "X-Id": "{{uuid}}" },
    body: "{{seq}} {{uuid}}",
  });
  const [first, second] = drawn(loadPlanFor("http://127.0.0.1:1", { requests: [everywhere] }), 2);
  const uuid = first?.headers["X-Id"];
  expect(first?.target).toBe(`/1/${uuid}`);
  expect(first?.body).toBe(`1 ${uuid}`);
  expect(second?.headers["X-Id"]).not.toBe(uuid);
});

test.each([
  ["/a", "/a?id=e1-3"],
  ["/a?x=1", "/a?x=1&id=e1-3"],
  ["/a?", "/a?id=e1-3"],
])("a ledger's id goes into %s and two fields", (target, expected) => {
  const plan = loadPlanFor("http://127.0.0.1:1", { requests: [kind({ target })], ledgerId: "e1" });
  const request = new RequestMix({ plan, worker: 0 }).next(3);
  expect(request.target).toBe(expected);
  expect(request.headers).toEqual({ "X-Evenkeel-Id": "e1-3", "X-Req-Id": "e1-3" });
});
