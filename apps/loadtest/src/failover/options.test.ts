import { describe, expect, test } from "vitest";
import { LoadtestError } from "../errors.ts";
import { variantName } from "./failover-plan.ts";
import { faultKinds } from "./faults/registry.ts";
import { type FailoverOptions, resolveFailover } from "./options.ts";

test("without options: a kill after five seconds for ten, under 500 requests/s", () => {
  const plans = resolveFailover({});
  expect(plans).toMatchObject([
    {
      fault: { name: "kill" },
      faultAtMs: 5000,
      returnAfterMs: 10_000,
      durationMs: undefined,
      without: [],
      load: { ratePerSecond: 500, arrivals: "constant", postShare: 0.2, path: "/" },
    },
  ]);
});

test("all-kinds is every fault of the registry, in its order", () => {
  const names = resolveFailover({ faults: ["all-kinds"] }).map(({ fault }) => fault.name);
  expect(names).toEqual(faultKinds.map(({ name }) => name));
  expect(new Set(names).size).toBe(13);
});

test("a comparison runs every fault as configured first, then each variant", () => {
  const plans = resolveFailover({
    faults: ["kill", "stop"],
    compare: "no retry, no-breaker + no checks",
  });
  expect(plans.map((plan) => `${plan.fault.name}: ${variantName(plan)}`)).toEqual([
    "kill: as configured",
    "kill: no retry",
    "kill: no breaker + no checks",
    "stop: as configured",
    "stop: no retry",
    "stop: no breaker + no checks",
  ]);
});

describe("a fault after a number of requests", () => {
  test("strikes when that one is on its way and the next one is not", () => {
    const [plan] = resolveFailover({ ratePerSecond: 20, requests: 60, faultAfterRequests: 25 });
    expect(plan?.faultAtMs).toBe(24.5 * 50);
    expect(plan?.load.requests).toBe(60);
  });
});

test("a victim may stay broken", () => {
  expect(resolveFailover({ returnAfterMs: false })[0]?.returnAfterMs).toBeUndefined();
});

test.each<[FailoverOptions, RegExp]>([
  [{ faults: ["kil"] }, /no fault "kil"; did you mean kill\?/],
  [{ arrivals: "uniform" }, /arrivals are constant or poisson, not "uniform"/],
  [{ path: "nowhere" }, /path "nowhere" must begin with \//],
  [{ postShare: 1.5 }, /at most 100%, not 150%/],
  [{ ratePerSecond: 0 }, /rate must be above 0/],
  [{ maxInFlight: 0 }, /max in flight must be at least 1/],
  [{ timeoutMs: 0 }, /timeout must be above 0/],
  [{ faultAtMs: 1, faultAfterRequests: 1 }, /--fault-at or --fault-after, not both/],
  [{ requests: 25, faultAfterRequests: 25 }, /would come after all 25/],
  [{ durationMs: 4000 }, /the load ends after 4000 ms, before the fault at 5000 ms/],
  [{ thresholds: ["faild<1%"] }, /did you mean failed\?/],
  [{ compare: "no retri" }, /nothing is called "no retri"; did you mean "no retry"\?/],
  [{ compare: "" }, /there are no retry, no breaker, no checks/],
])("refuses %j", (options, message) => {
  expect(() => resolveFailover(options)).toThrow(LoadtestError);
  expect(() => resolveFailover(options)).toThrow(message);
});
