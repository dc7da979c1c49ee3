import { expect, test } from "vitest";
import { type ClientOutcome, ClientLedger, isSuccess } from "./client-ledger.ts";
import { errorKinds } from "./outcome.ts";

test("gives back every kind of outcome, also after it has grown and crossed threads", () => {
  const outcomes: ClientOutcome[] = [
    { kind: "response", status: 200, backend: "a" },
    { kind: "response", status: 503, backend: undefined },
    ...errorKinds.map((error) => ({ kind: "error", error }) as const),
    { kind: "dropped" },
    { kind: "aborted" },
  ];
  const ledger = new ClientLedger();
  for (let index = 0; index < 5000; index++) {
    ledger.add(index % 2 === 0 ? "GET" : "POST", index);
    ledger.sent(index, index + 0.5);
    ledger.settle(index, outcomes[index % outcomes.length] as ClientOutcome, index + 1);
  }
  const copy = new ClientLedger(structuredClone(ledger.columns()));
  expect(copy.length).toBe(5000);
  for (const entry of copy.entries()) {
    const { index } = entry;
    expect(entry).toEqual({
      index,
      method: index % 2 === 0 ? "GET" : "POST",
      intendedAtMs: index,
      sentAtMs: index + 0.5,
      endedAtMs: index + 1,
      outcome: outcomes[index % outcomes.length],
    });
  }
});

test("a request that was only due is pending, without times", () => {
  const ledger = new ClientLedger();
  ledger.add("GET", 1);
  expect(ledger.entry(0)).toMatchObject({
    sentAtMs: Number.NaN,
    endedAtMs: Number.NaN,
    outcome: { kind: "pending" },
  });
});

test.each([
  [200, true],
  [304, true],
  [400, false],
  [503, false],
])("status %i is a success: %s", (status, expected) => {
  expect(isSuccess({ kind: "response", status, backend: undefined })).toBe(expected);
});
