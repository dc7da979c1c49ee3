import { expect, test } from "vitest";
import { ClientLedger, type ClientOutcome } from "../engine/client-ledger.ts";
import { reconcile } from "../failover/ledgers/reconcile.ts";
import { judgeScoped, parseScopedThreshold } from "./chaos-thresholds.ts";
import { type ChaosSpan, chaosWindows, type ChaosWindow, tally } from "./chaos-windows.ts";

const spans: ChaosSpan[] = [
  { label: "kill of a", fromMs: 100, toMs: 300 },
  { label: "stop of b", fromMs: 200, toMs: 400 },
];

/** A request a millisecond for half a second; those that `isBad` fail, the first of them as a POST. */
function windowsOf(isBad: (atMs: number) => boolean): {
  readonly windows: ChaosWindow[];
  readonly client: ClientLedger;
} {
  const client = new ClientLedger();
  const ok: ClientOutcome = { kind: "response", status: 200, backend: "a" };
  for (let atMs = 0; atMs < 500; atMs++) {
    const index = client.add(atMs % 10 === 0 ? "POST" : "GET", atMs);
    client.sent(index, atMs);
    client.settle(index, isBad(atMs) ? { kind: "error", error: "reset" } : ok, atMs + 2);
  }
  const runId = "e1";
  const twice = [1, 2].map(() => ({ id: "e1-250", backend: "b", atMs: 0 }));
  const reconciliation = reconcile({ runId, client, balancer: undefined, backends: twice });
  return { client, windows: chaosWindows(spans, { client, reconciliation, runId, endMs: 500 }) };
}

test("a window begins and ends wherever a fault does, and knows what was broken in it", () => {
  const { windows } = windowsOf(() => false);
  expect(windows.map(({ fromMs, toMs, broken }) => [fromMs, toMs, broken.join(" + ")])).toEqual([
    [0, 100, ""],
    [100, 200, "kill of a"],
    [200, 300, "kill of a + stop of b"],
    [300, 400, "stop of b"],
    [400, 500, ""],
  ]);
});

test("a fault that nobody takes back lasts to the end", () => {
  const client = new ClientLedger();
  client.add("GET", 0);
  const reconciliation = reconcile({ runId: "e1", client, balancer: undefined, backends: [] });
  const run = { client, reconciliation, runId: "e1", endMs: 500 };
  const windows = chaosWindows([{ label: "kill of a", fromMs: 100, toMs: Infinity }], run);
  expect(windows.map(({ toMs }) => toMs)).toEqual([100, 500]);
  expect(windows[1]?.broken).toEqual(["kill of a"]);
});

test("every request is in the one window in which it was due, the last moment included", () => {
  const { windows, client } = windowsOf((atMs) => atMs >= 200 && atMs < 250);
  expect(windows.map(({ counts }) => counts.sent)).toEqual([100, 100, 100, 100, 100]);
  expect(windows.map(({ counts }) => counts.failed)).toEqual([0, 0, 50, 0, 0]);
  expect(windows[2]?.counts).toMatchObject({ failedGet: 45, failedPost: 5, lost: 50 });
  expect(windows[2]?.counts.latency.count).toBe(50);
  expect(windows[2]?.counts.latency.max).toBe(2000);
  const whole = tally([...client.entries()], () => false);
  expect(whole).toMatchObject({ sent: 500, failed: 50, succeeded: 450 });
});

test("what was done twice is counted where it was due, and cannot be told without a ledger", () => {
  const { windows, client } = windowsOf(() => false);
  // Request 250 is a POST that was seen twice.
  expect(windows.map(({ counts }) => counts.doubled)).toEqual([0, 0, 1, 0, 0]);
  expect(tally([...client.entries()], () => undefined).doubled).toBeNull();
});

test.each([
  ["failed<10%", "not-met", undefined],
  ["failed<=10%", "met", undefined],
  ["each: failed<=50%", "met", undefined],
  ["each: failed<50%", "not-met", 200],
  ["during: failed<50%", "not-met", 200],
  ["calm: failed==0", "met", undefined],
  ["calm: p99<1ms", "not-met", 0],
  ["during: doubled==0", "not-met", 200],
])("%s is %s", (text, verdict, fromMs) => {
  const { windows, client } = windowsOf((atMs) => atMs >= 200 && atMs < 250);
  const whole = tally([...client.entries()], () => false);
  const judged = judgeScoped(parseScopedThreshold(text), windows, whole);
  expect(judged.verdict).toBe(verdict);
  expect(judged.window?.fromMs).toBe(fromMs);
});

test.each([
  ["durring: failed<1%", /no metric "durring"; did you mean during\?/],
  ["during: failover<1s", /no metric "failover"; there are failed, /],
  ["during: faild<1%", /did you mean failed\?/],
])("refuses %s", (text, message) => {
  expect(() => parseScopedThreshold(text)).toThrow(message);
});
