import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  ClientLedger,
  type ClientOutcome,
  type OpenLoopMethod,
} from "../../engine/client-ledger.ts";
import type { BackendSighting } from "./backend-ledger.ts";
import type { BalancerRecord } from "./balancer-log.ts";
import { type Ledgers, reconcile } from "./reconcile.ts";

const ok: ClientOutcome = { kind: "response", status: 200, backend: "a" };
const badGateway: ClientOutcome = { kind: "response", status: 502, backend: undefined };
const reset: ClientOutcome = { kind: "error", error: "reset" };

interface Story {
  readonly method?: OpenLoopMethod;
  readonly outcome?: ClientOutcome;
  /** Attempts in each record of the balancer; `null` where the log does not say. */
  readonly records?: readonly (number | null)[];
  /** How often backends saw it. */
  readonly seen?: number;
}

const runId = "e1";

/** Ledgers of requests that went well, but for what their stories say. */
function ledgersOf(stories: readonly Story[]): Ledgers {
  const client = new ClientLedger();
  const balancer: BalancerRecord[] = [];
  const backends: BackendSighting[] = [];
  for (const { method = "GET", outcome = ok, records = [1], seen = 1 } of stories) {
    const index = client.add(method, 0);
    client.settle(index, outcome, 1);
    const id = `${runId}-${index}`;
    for (const attempts of records) balancer.push(record(id, attempts ?? undefined));
    for (let turn = 0; turn < seen; turn++) backends.push({ id, backend: "a", atMs: 0 });
  }
  return { runId, client, balancer, backends };
}

function record(id: string, attempts: number | undefined): BalancerRecord {
  const times = { startedAtMs: 0, endedAtMs: 1 };
  return { id, ...times, status: 200, backend: "a", attempts, error: undefined };
}

test("three ledgers that agree show nothing", () => {
  const stories: Story[] = [{}, { method: "POST" }, { records: [2], seen: 2 }];
  expect(reconcile(ledgersOf(stories))).toEqual({
    due: 3,
    dropped: 0,
    sent: 3,
    succeeded: 3,
    errorResponses: 0,
    aborted: 0,
    lost: [],
    unsuccessful: { GET: 0, POST: 0 },
    kinds: new Map(),
    doubled: [],
    unexplained: [],
    unlogged: [],
    retries: 1,
    retried: 1,
    entries: { client: 3, balancer: 3, backends: 4 },
  });
});

describe("doubled", () => {
  test.each<[string, Story, boolean]>([
    ["a POST that two backends saw", { method: "POST", seen: 2, records: [2] }, true],
    ["a POST that was tried twice and seen once", { method: "POST", records: [2] }, false],
    ["a GET that was seen as often as it was tried", { seen: 2, records: [2] }, false],
    ["a GET that was seen more often than it was tried", { seen: 2, records: [1] }, true],
    ["a request with two answers in the log", { records: [1, 1], seen: 2 }, true],
    ["a failed POST that was carried out twice", failedTwice(), true],
  ])("%s: %s", (_name, story, expected) => {
    const { doubled } = reconcile(ledgersOf([{}, story, {}]));
    expect(doubled?.map(({ id }) => id)).toEqual(expected ? ["e1-1"] : []);
  });

  test("is about POSTs alone where the log does not count attempts", () => {
    const stories: Story[] = [
      { seen: 2, records: [null] },
      { method: "POST", seen: 2, records: [null] },
    ];
    const { doubled, retries } = reconcile(ledgersOf(stories));
    expect(doubled).toEqual([{ id: "e1-1", method: "POST", seen: 2, attempts: null, records: 1 }]);
    expect(retries).toBeNull();
  });

  test("cannot be told from the client alone", () => {
    const ledgers = { ...ledgersOf([{}]), balancer: undefined, backends: undefined };
    expect(reconcile(ledgers)).toMatchObject({
      doubled: null,
      unexplained: null,
      unlogged: null,
      retries: null,
      entries: { client: 1, balancer: null, backends: null },
    });
  });
});

function failedTwice(): Story {
  return { method: "POST", outcome: badGateway, seen: 2, records: [2] };
}

test("an honest error is a response, no answer at all is lost, and neither is both", () => {
  const stories: Story[] = [
    { outcome: badGateway, seen: 0 },
    { outcome: reset, method: "POST" },
    { outcome: { kind: "error", error: "timeout" }, records: [] },
    { outcome: { kind: "dropped" }, records: [], seen: 0 },
    { outcome: { kind: "aborted" } },
    {},
  ];
  expect(reconcile(ledgersOf(stories))).toMatchObject({
    due: 6,
    dropped: 1,
    sent: 5,
    succeeded: 1,
    errorResponses: 1,
    aborted: 1,
    lost: ["e1-1", "e1-2"],
    unsuccessful: { GET: 2, POST: 1 },
    kinds: new Map([
      ["502", 1],
      ["reset", 1],
      ["timeout", 1],
    ]),
  });
});

test("a success that nobody can have answered, and an answer that was not logged, are named", () => {
  const stories: Story[] = [{ seen: 0 }, { records: [] }, { outcome: badGateway, seen: 0 }];
  expect(reconcile(ledgersOf(stories))).toMatchObject({
    unexplained: ["e1-0"],
    unlogged: ["e1-1"],
  });
});

test("entries of other runs and of requests that were never sent are nobody's", () => {
  const ledgers = ledgersOf([{}]);
  const strange = ["e2-0", "e1-1", "e1-999", "x"];
  const reconciled = reconcile({
    ...ledgers,
    balancer: [...(ledgers.balancer ?? []), ...strange.map((id) => record(id, 9))],
    backends: [
      ...(ledgers.backends ?? []),
      ...strange.map((id) => ({ id, backend: "b", atMs: 0 })),
    ],
  });
  expect(reconciled).toEqual(reconcile(ledgers));
});

test("finds every planted loss and double among any number of good requests, and nothing else", () => {
  const story = fc.constantFrom("good", "retried", "lost", "double-post", "double-get", "phantom");
  const stories: Readonly<Record<string, Story>> = {
    good: {},
    retried: { records: [2], seen: 2 },
    lost: { outcome: reset },
    "double-post": { method: "POST", seen: 2 },
    "double-get": { seen: 3, records: [2] },
    phantom: { seen: 0 },
  };
  fc.assert(
    fc.property(fc.array(story, { maxLength: 60 }), (kinds) => {
      const found = reconcile(ledgersOf(kinds.map((kind) => stories[kind] ?? {})));
      const idsOf = (...wanted: readonly string[]): string[] =>
        kinds.flatMap((kind, index) => (wanted.includes(kind) ? [`e1-${index}`] : []));
      expect(found.lost).toEqual(idsOf("lost"));
      expect(found.doubled?.map(({ id }) => id)).toEqual(idsOf("double-post", "double-get"));
      expect(found.unexplained).toEqual(idsOf("phantom"));
      expect(found.succeeded + found.errorResponses + found.lost.length + found.aborted).toBe(
        found.sent,
      );
    }),
  );
});
