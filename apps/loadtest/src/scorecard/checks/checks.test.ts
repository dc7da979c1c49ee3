import { expect, test } from "vitest";
import { readMessage } from "../wire/message.ts";
import type { Arrival } from "../wire/recorder.ts";
import { NotApplicable, type Scene, type WireExchange, type WireOutcome } from "../scene/scene.ts";
import { anyWhole, framingOffence, judgeBadRequests } from "./bad-requests.ts";
import { checkGroups } from "./check.ts";
import { checks, checksNamed } from "./registry.ts";

function arrival(text: string): Arrival {
  const message = readMessage(text, { kind: "request", isEnded: false });
  if (message === undefined) throw new Error("no whole head");
  return { ...message, connection: 1 };
}

function answer(text: string): WireOutcome["answer"] {
  const message = readMessage(text, { kind: "response", isEnded: true });
  return { messages: message === undefined ? [] : [message], rest: "", ending: "closed" };
}

/** A scene that answers every exchange in the same way. */
function sceneOf(outcome: (exchange: WireExchange) => WireOutcome): Scene {
  const never = (): never => {
    throw new Error("not asked here");
  };
  return {
    isConfiguredByUs: true,
    testBackends: never,
    fleet: never,
    failover: never,
    capacityPerSecond: never,
    reset: never,
    dispose: never,
    exchange: async (exchange) => outcome(exchange),
    signal: new AbortController().signal,
  };
}

const ok = answer("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
const badRequest = answer("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
const both = "POST / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
const requests = [{ name: "both fields", send: both }];

test("a request that is refused is kept", async () => {
  const scene = sceneOf(() => ({ answer: badRequest, arrivals: [] }));
  expect(await judgeBadRequests(scene, requests, framingOffence)).toEqual({
    verdict: "pass",
    value: "1 of 1",
    note: undefined,
  });
});

test("a request that arrives as it was sent is not, and the note says which", async () => {
  const scene = sceneOf(() => ({ answer: ok, arrivals: [arrival(both)] }));
  expect(await judgeBadRequests(scene, requests, framingOffence)).toEqual({
    verdict: "fail",
    value: "0 of 1",
    note: "both fields: arrived with both fields",
  });
});

test("a request that was made harmless is kept, and the note says so", async () => {
  const chunked = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
  const scene = sceneOf(() => ({ answer: ok, arrivals: [arrival(chunked)] }));
  expect(await judgeBadRequests(scene, requests, framingOffence)).toEqual({
    verdict: "pass",
    value: "1 of 1",
    note: "made harmless instead of refused: both fields",
  });
});

test("where nobody can look, what was not refused is not judged", async () => {
  const scene = sceneOf(() => ({ answer: ok, arrivals: undefined }));
  await expect(judgeBadRequests(scene, requests, framingOffence)).rejects.toThrow(NotApplicable);
});

test.each([
  ["two requests", [arrival("GET /a HTTP/1.1\r\n\r\n"), arrival("GET /b HTTP/1.1\r\n\r\n")]],
  ["an odd coding", [arrival("POST / HTTP/1.1\r\nTransfer-Encoding: cow, chunked\r\n\r\n")]],
  ["two lengths", [arrival("POST / HTTP/1.1\r\nContent-Length: 3, 3\r\n\r\nabc")]],
  ["an odd length", [arrival("POST / HTTP/1.1\r\nContent-Length: +3\r\n\r\nabc")]],
])("%s can be read in two ways", (_, arrivals) => {
  expect(framingOffence.find(arrivals)).toBeDefined();
});

test("what never becomes whole at the backend does no harm there", () => {
  const head = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
  expect(anyWhole.find([arrival(`${head}3\r\nab`)])).toBeUndefined();
  expect(anyWhole.find([arrival(`${head}0\r\n\r\n`)])).toBe("taken for a whole request");
});

test("every check has a name of its own, a group of the table, and a rule", () => {
  const names = checks.map(({ name }) => name);
  expect(new Set([...names, ...checkGroups]).size).toBeGreaterThanOrEqual(names.length);
  expect(new Set(names).size).toBe(names.length);
  for (const { name, group, title, rule } of checks) {
    expect(name).toMatch(/^[a-z0-9-]+$/);
    expect(checkGroups).toContain(group);
    expect([title.length > 0, rule.length > 20]).toEqual([true, true]);
  }
});

test("checks are chosen by name or group, in the order of the table", () => {
  expect(checksNamed(["via", "shares"]).map(({ name }) => name)).toEqual([
    "equal-shares",
    "weighted-shares",
    "via",
  ]);
  expect(checksNamed([])).toBe(checks);
  expect(() => checksNamed(["vai"])).toThrow(/no check "vai"; did you mean via/);
});
