import { expect, test } from "vitest";
import { LoadtestError } from "../errors.ts";
import { type LoadOptions, resolveLoadPlan } from "./load-options.ts";
import { resolveRun } from "./run-options.ts";
import { parseStage } from "./stages.ts";

const url = "http://127.0.0.1:8080/a?x=1";

test("without a rate the loop is closed, for ten seconds or as many requests as asked", () => {
  expect(resolveLoadPlan({ url }).shape).toEqual({
    loop: "closed",
    connections: 50,
    requests: undefined,
    durationMs: 10_000,
  });
  expect(resolveLoadPlan({ url, requests: 20 }).shape).toEqual({
    loop: "closed",
    connections: 20,
    requests: 20,
    durationMs: undefined,
  });
});

test("a rate holds, stages begin at it, and a profile is stretched by it", () => {
  const stagesOf = (options: Partial<LoadOptions>) => {
    const { shape } = resolveLoadPlan({ url, ...options });
    return shape.loop === "open" ? shape.stages : undefined;
  };
  expect(stagesOf({ ratePerSecond: 5, durationMs: 2000 })).toEqual([
    { fromPerSecond: 5, toPerSecond: 5, durationMs: 2000 },
  ]);
  expect(stagesOf({ ratePerSecond: 5, stages: [parseStage("1s:10/s")] })).toEqual([
    { fromPerSecond: 5, toPerSecond: 10, durationMs: 1000 },
  ]);
  const spike = stagesOf({ profile: "spike", ratePerSecond: 7, durationMs: 40_000 });
  expect(spike?.map(({ fromPerSecond, durationMs }) => [fromPerSecond, durationMs])).toEqual([
    [7, 10_000],
    [70, 10_000],
    [7, 20_000],
  ]);
});

test("the URL gives origin and target as they were typed, and credentials a header", () => {
  const plan = resolveLoadPlan({ url: "http://user:p%40ss@localhost:81/a/{{random 1 9}}?b=%2F#c" });
  expect(plan.origin).toBe("http://localhost:81");
  expect(plan.requests[0]?.target).toBe("/a/{{random 1 9}}?b=%2F");
  const basic = Buffer.from("user:p@ss").toString("base64");
  expect(plan.requests[0]?.headers).toEqual({ Authorization: `Basic ${basic}` });
  expect(resolveLoadPlan({ url: "localhost:81" }).requests[0]?.target).toBe("/");
});

test("a body makes it a POST, and a kind inherits what it does not say", () => {
  const plan = resolveLoadPlan({
    url,
    body: "b",
    headers: [["X-A", "1"]],
    requestKinds: [{ path: "/p" }, { method: "put", headers: [["X-B", "2"]] }],
  });
  expect(plan.requests).toMatchObject([
    { name: "1", method: "POST", target: "/p", headers: { "X-A": "1" }, body: "b" },
    { name: "2", method: "PUT", target: "/a?x=1", headers: { "X-A": "1", "X-B": "2" } },
  ]);
});

test.each<[Partial<LoadOptions>, RegExp]>([
  [{ url: "ftp://x" }, /is not an http or https URL/],
  [{ method: "brew" }, /method "BREW" is not one of GET, /],
  [{ requestKinds: [{ path: "a b" }] }, /must begin with \/ and hold no space/],
  [{ requestKinds: [{ path: "/{{sek}}" }] }, /path of 1, column 2: there is no \{\{sek\}\}/],
  [{ headers: [["X Y", "1"]] }, /header name "X Y" has a character/],
  [{ headers: [["Content-Length", "1"]] }, /set by the load tester itself/],
  [{ connections: 5, ratePerSecond: 5 }, /--connections is for a closed loop/],
  [{ maxInFlight: 5 }, /--max-in-flight is for an open loop/],
  [{ arrivals: "poisson" }, /--arrivals is for an open loop/],
  [{ arrivals: "chaotic", ratePerSecond: 1 }, /arrivals are constant or poisson, not "chaotic"/],
  [{ stages: [parseStage("1s:1/s")], profile: "smoke" }, /--stage or --profile, not both/],
  [{ stages: [parseStage("1s:1/s")], durationMs: 5 }, /stages have their own times/],
  [{ stages: [parseStage("1s:0/s")] }, /nothing would ever be sent/],
  [{ workers: 4, connections: 3 }, /4 workers need at least as many connections/],
  [{ workers: 0 }, /workers must be a whole number of at least 1/],
  [{ requests: 0 }, /requests must be a whole number of at least 1/],
  [{ durationMs: 0 }, /duration must be above 0/],
  [{ requestKinds: [{ weight: 0 }] }, /weight must be above 0/],
])("refuses %o", (options, message) => {
  expect(() => resolveLoadPlan({ url, ...options })).toThrow(LoadtestError);
  expect(() => resolveLoadPlan({ url, ...options })).toThrow(message);
});

function thresholdsOf(options: Partial<Parameters<typeof resolveRun>[0]>): string[] {
  return resolveRun({ url, ...options }).thresholds.map(({ text }) => text);
}

test("checks and ledgers promise something by themselves, unless a threshold of the user is about it", () => {
  const checks = [{ kind: "body", text: "ok" }] as const;
  expect(thresholdsOf({})).toEqual([]);
  expect(thresholdsOf({ checks })).toEqual(["checks: rate==100%"]);
  expect(thresholdsOf({ checks, thresholds: ["checks: rate>90%"] })).toEqual(["checks: rate>90%"]);
  expect(thresholdsOf({ ledger: {} })).toEqual(["lost: count==0"]);
  expect(
    thresholdsOf({ ledger: { balancerLog: "a", backendUrls: ["http://b"] }, retryBudget: 0.2 }),
  ).toEqual([
    "lost: count==0",
    "doubled: count==0",
    "unexplained: count==0",
    "unlogged: count==0",
    "retries: rate<=20%",
  ]);
});

test.each([
  [{ abortDelayMs: 5 }, /--abort-delay says nothing without --abort-on-fail/],
  [{ retryBudget: 0.1 }, /--retry-budget needs --ledger/],
  [{ thresholds: ["latency{request=x}: p(9)<1s"] }, /no request is called "x"; there are request/],
])("refuses %o", (options, message) => {
  expect(() => resolveRun({ url, ...options })).toThrow(message);
});
