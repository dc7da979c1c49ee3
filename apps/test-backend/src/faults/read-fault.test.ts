import { expect, test } from "vitest";
import type { FaultSpec } from "./fault-spec.ts";
import { readFault } from "./read-fault.ts";
import { readFaults } from "./read-faults.ts";
import { faultKinds } from "./registry.ts";
import { parseFaultFlag } from "./fault-text.ts";

test.each(faultKinds.map((kind) => [kind.name, kind] as const))(
  "reads the example of %s, and its name alone where nothing is required",
  (name, kind) => {
    expect(readFault(parseFaultFlag(kind.example)).name).toBe(name);
    const isRequired = Object.values(kind.parameters).some(
      ({ fallback, isOptional }) => fallback === undefined && !isOptional,
    );
    if (!isRequired) expect(readFault({ fault: name }).name).toBe(name);
  },
);

test.each<[FaultSpec, string]>([
  [{ fault: "refuze" }, 'there is no fault "refuze". Did you mean refuse? Valid: latency'],
  [{ fault: "latency" }, "latency: time is missing; it needs a time like 150ms, or constant("],
  [{ fault: "latency", time: 150 }, 'got "150" (150 has no unit'],
  [{ fault: "latency", time: "gamma(1ms)" }, 'there is no "gamma"'],
  [{ fault: "latency", time: "uniform(1ms)" }, "uniform needs 2 values, as in uniform(10ms,40ms)"],
  [{ fault: "latency", time: "uniform(2ms,1ms)" }, "must not be the shorter"],
  [{ fault: "latency", time: "pareto(1ms,x)" }, '"x" is not a number from 0.01 to 100'],
  [{ fault: "latency", time: "600h" }, "24 days at most"],
  [{ fault: "status", code: 20 }, "code needs a whole number from 200 to 999"],
  [{ fault: "status", probability: 1.5 }, "probability needs a share like 30% or 0.3"],
  [{ fault: "status", probability: "130%" }, "100% at most"],
  [{ fault: "status", method: "get" }, "method needs methods like POST or GET|HEAD"],
  [{ fault: "status", path: "api" }, "path needs a path that begins with /"],
  [{ fault: "status", for: "0s" }, "it must not be 0"],
  [{ fault: "status", count: 0 }, "count needs a whole number from 1"],
  [{ fault: "status", tms: 1 }, 'status has no "tms". Valid: code, retryAfter, probability'],
  [
    { fault: "refuse", open: "clsoe" },
    'one of close, reset, keep, got "clsoe" (did you mean close?)',
  ],
  [{ fault: "refuse", probability: 0.5 }, "refuse takes no probability: it strikes the whole port"],
  [{ fault: "blackhole", path: "/" }, "strikes connections before a request is read"],
  [{ fault: "flap", method: "GET" }, "flap takes no method: it strikes the whole port"],
])("refuses %j", (spec, message) => {
  expect(() => readFault(spec)).toThrow(message);
});

test("a flap that answers a status can be matched, as it strikes requests", () => {
  expect(readFault({ fault: "flap", as: 503, method: "GET" }).scope).toBe("request");
});

test.each([
  [7, 'needs a list such as [{"fault"'],
  [[7], "fault 1: needs an object, got 7"],
  [[{ fault: "hang" }, { code: 1 }], "fault 2: needs a name under `fault`"],
  [[{ fault: "status", code: [1] }], "fault 1: code needs a text or a number, got [1]"],
  [{ falts: [] }, 'there is no "falts" here'],
  [{ faults: 1 }, "faults needs a list"],
  [{ timeline: "now: hang" }, 'timeline: "now: hang" is not like'],
])("refuses the document %j", (document, message) => {
  expect(() => readFaults(document)).toThrow(message);
});

test("takes one fault, a list, and a list with a timeline", () => {
  const names = (document: unknown): string[] => readFaults(document).map(({ name }) => name);
  expect(names({ fault: "hang" })).toEqual(["hang"]);
  expect(names([{ fault: "hang" }, { fault: "reset" }])).toEqual(["hang", "reset"]);
  const both = { faults: [{ fault: "hang" }], timeline: "t=1s: 503 for 2s" };
  expect(names(both)).toEqual(["hang", "status"]);
  expect(names(null)).toEqual([]);
});
