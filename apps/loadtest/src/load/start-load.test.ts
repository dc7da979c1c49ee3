import type { IncomingMessage, ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { loadPlanFor } from "../../test/load-plans.ts";
import { type Answer, okResponse, refusedUrl, startHttp, startRaw } from "../../test/servers.ts";
import type { LoadShape } from "./load-plan.ts";
import type { RateStage } from "./rate-curve.ts";
import { startLoad } from "./start-load.ts";

const closed = (requests: number, connections: number): LoadShape => ({
  loop: "closed",
  connections,
  requests,
  durationMs: undefined,
});

const open = (stages: readonly RateStage[], changes: Partial<LoadShape> = {}): LoadShape =>
  ({
    loop: "open",
    stages,
    arrivals: "constant",
    requests: undefined,
    maxInFlight: 1000,
    ...changes,
  }) as LoadShape;

const hold = (perSecond: number, durationMs: number): RateStage => ({
  fromPerSecond: perSecond,
  toPerSecond: perSecond,
  durationMs,
});

const ok = (_request: IncomingMessage, response: ServerResponse): void => {
  response.setHeader("X-Backend", "a").end("ok");
};

test.each([1, 3])(
  "%d workers together send exactly the requests of a closed loop",
  async (workers) => {
    let seen = 0;
    const { url, connections } = await startHttp((request, response) => {
      seen += 1;
      ok(request, response);
    });
    const plan = loadPlanFor(url, { shape: closed(101, 7), workers });
    const { totals, utilizations } = await startLoad(plan).result;
    expect(seen).toBe(101);
    expect(connections()).toBe(7);
    expect(totals.counts).toMatchObject({ due: 101, responses: 101, succeeded: 101, errors: 0 });
    expect(totals.backends).toEqual(new Map([["a", 101]]));
    expect(totals.latencyUs.count).toBe(101);
    expect(totals.series.rows.reduce((sum, row) => sum + row.offered, 0)).toBe(101);
    expect(utilizations).toHaveLength(workers);
  },
);

test.each([1, 2])("%d workers together send what is due in an open loop", async (workers) => {
  const seen: string[] = [];
  const { url } = await startHttp((request, response) => {
    seen.push(request.url ?? "");
    ok(request, response);
  });
  const requests = [{ ...loadPlanFor(url).requests[0], target: "/{{seq}}" }] as never;
  const stages = [{ fromPerSecond: 0, toPerSecond: 200, durationMs: 500 }, hold(200, 250)];
  const { totals } = await startLoad(loadPlanFor(url, { shape: open(stages), requests, workers }))
    .result;
  expect(totals.counts).toMatchObject({ due: 100, responses: 100, dropped: 0 });
  expect(new Set(seen).size).toBe(100);
});

test("an open loop stops after so many requests, and a closed one after so much time", async () => {
  const { url } = await startHttp(ok);
  const byCount = open([hold(1000, 60_000)], { requests: 25 });
  const counted = await startLoad(loadPlanFor(url, { shape: byCount, workers: 2 })).result;
  expect(counted.totals.counts.due).toBe(25);
  const byTime: LoadShape = {
    loop: "closed",
    connections: 2,
    requests: undefined,
    durationMs: 100,
  };
  const timed = await startLoad(loadPlanFor(url, { shape: byTime })).result;
  expect(timed.totals.counts.responses).toBe(timed.totals.counts.due);
  expect(timed.totals.counts.aborted).toBe(0);
});

test.each(["closed", "open"])(
  "without keep-alive every request of a %s loop has its own connection",
  async (loop) => {
    const heads: (string | undefined)[] = [];
    const { url, connections } = await startHttp((request, response) => {
      heads.push(request.headers.connection);
      ok(request, response);
    });
    const shape = loop === "closed" ? closed(20, 2) : open([hold(500, 60_000)], { requests: 20 });
    const { totals } = await startLoad(loadPlanFor(url, { shape, keepAlive: false })).result;
    expect(totals.counts).toMatchObject({ responses: 20, errors: 0 });
    expect(connections()).toBe(20);
    expect(new Set(heads)).toEqual(new Set(["close"]));
  },
);

test.each(["closed", "open"])(
  "a %s loop sends method, target, fields and body of every kind, and checks the answers",
  async (loop) => {
    const seen = new Set<string>();
    const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
      const body = await text(request);
      const { method, url, headers } = request;
      seen.add(
        `${method} ${url} ${String(headers["x-kind"])} ${headers["content-length"] ?? "-"} ${body}`,
      );
      response.statusCode = method === "DELETE" ? 404 : 200;
      response.end(method === "HEAD" ? undefined : `got ${body}`);
    };
    const { url } = await startHttp((request, response) => void answer(request, response));
    const common = { weight: 1, headers: { "X-Kind": "k" }, body: undefined, checks: [] };
    const requests = [
      { ...common, name: "get", method: "GET", target: "/a%2Fb?c=1" },
      { ...common, name: "head", method: "HEAD", target: "/h" },
      { ...common, name: "post", method: "POST", target: "/p" },
      {
        ...common,
        name: "put",
        method: "PUT",
        target: "/u",
        body: "grüße",
        checks: [
          { kind: "body", text: "got grüße" },
          { kind: "contains", text: "nothing" },
        ],
      },
      {
        ...common,
        name: "delete",
        method: "DELETE",
        target: "/d",
        checks: [{ kind: "status", ranges: [{ from: 404, to: 404 }] }],
      },
    ] as const;
    const shape =
      loop === "closed" ? closed(200, 4) : open([hold(1000, 60_000)], { requests: 200 });
    const { totals } = await startLoad(loadPlanFor(url, { requests, shape })).result;
    expect([...seen].toSorted()).toEqual([
      "DELETE /d k - ",
      "GET /a%2Fb?c=1 k - ",
      "HEAD /h k - ",
      "POST /p k 0 ",
      "PUT /u k 7 grüße",
    ]);
    expect(totals.counts).toMatchObject({ responses: 200, errors: 0 });
    const [, , , put, deleted] = totals.kinds;
    expect(put).toMatchObject({
      failed: 0,
      passed: [put?.responses, 0],
      missed: [0, put?.responses],
    });
    expect(deleted).toMatchObject({ failed: deleted?.responses, passed: [deleted?.responses] });
    expect(totals.kinds.reduce((sum, { responses }) => sum + responses, 0)).toBe(200);
  },
);

test.each<[string, Answer, string]>([
  ["RST", (socket) => void socket.resetAndDestroy(), "reset"],
  ["FIN", (socket) => void socket.end(), "closed-early"],
  ["nonsense", (socket) => void socket.end("nonsense\r\n\r\n"), "malformed"],
  ["silence", () => {}, "timeout"],
])("counts %s as the same error in both loops", async (_name, fault, kind) => {
  for (const shape of [closed(3, 1), open([hold(100, 60_000)], { requests: 3 })]) {
    const { url } = await startRaw((socket, n) => {
      if (n === 2) fault(socket, n);
      else socket.write(okResponse);
    });
    const { totals } = await startLoad(loadPlanFor(url, { shape, timeoutMs: 1500 })).result;
    expect(totals.errors).toEqual(new Map([[kind, 1]]));
    expect(totals.counts).toMatchObject({ due: 3, responses: 2, errors: 1 });
    expect(totals.failed).toBe(1);
  }
});

test("latency counts from when a request was due, even where the target stalls", async () => {
  let held: ServerResponse[] = [];
  const { url } = await startHttp((request, response) => {
    held.push(response);
    if (held.length < 20) return;
    for (const waiting of held) ok(request, waiting);
    held = [];
  });
  const shape = open([hold(200, 60_000)], { requests: 20 });
  const { totals } = await startLoad(loadPlanFor(url, { shape })).result;
  // The first was due 95 ms before the last, and all are answered together.
  expect(totals.latencyUs.max).toBeGreaterThanOrEqual(95_000);
  expect(totals.counts.dropped).toBe(0);
});

test("what finds too many in flight is dropped and counted where it was due", async () => {
  const { url } = await startHttp(() => {});
  const shape = open([hold(500, 60_000)], { requests: 30, maxInFlight: 10 });
  const { totals } = await startLoad(loadPlanFor(url, { shape, timeoutMs: 500 })).result;
  expect(totals.counts).toMatchObject({ due: 30, dropped: 20, errors: 10 });
  expect(totals.sent).toBe(10);
  expect(totals.series.rows[0]?.outcomes.get("dropped")).toBe(20);
});

test("a warm-up is counted nowhere", async () => {
  let seen = 0;
  const { url } = await startHttp((request, response) => {
    seen += 1;
    ok(request, response);
  });
  for (const shape of [closed(10, 2), open([hold(200, 60_000)], { requests: 10 })]) {
    seen = 0;
    const phases = new Set<string>();
    const plan = loadPlanFor(url, { shape, warmupMs: 600 });
    const onProgress = ({ phase }: { readonly phase: string }): void => void phases.add(phase);
    const { totals } = await startLoad(plan, { onProgress }).result;
    expect(totals.counts.due).toBe(10);
    expect(seen).toBeGreaterThan(10);
    expect(phases).toContain("warm-up");
  }
});

test("an interruption keeps what there is and aborts what is in flight, in every worker", async () => {
  let requests = 0;
  const { url } = await startHttp((request, response) => {
    requests += 1;
    if (requests <= 10) ok(request, response);
  });
  for (const shape of [closed(1000, 4), open([hold(100, 60_000)])]) {
    requests = 0;
    const interruption = new AbortController();
    const plan = loadPlanFor(url, { shape, workers: 2, timeoutMs: 60_000 });
    const { totals } = await startLoad(plan, {
      signal: interruption.signal,
      onProgress: ({ inFlight, totals: soFar }) => {
        if (soFar.counts.responses === 10 && inFlight > 0) interruption.abort();
      },
    }).result;
    expect(totals.counts.responses).toBe(10);
    expect(totals.counts.aborted).toBeGreaterThan(0);
    expect(totals.counts.due).toBe(10 + totals.counts.aborted);
  }
});

test("a closed loop that never finds anybody is an error; an open one a result full of refusals", async () => {
  const url = await refusedUrl();
  await expect(startLoad(loadPlanFor(url, { shape: closed(10, 2) })).result).rejects.toThrow(
    /cannot reach .* connection refused/,
  );
  const shape = open([hold(500, 60_000)], { requests: 10 });
  const { totals } = await startLoad(loadPlanFor(url, { shape })).result;
  expect(totals.errors).toEqual(new Map([["refused", 10]]));
  expect(totals.errorCodes).toEqual(new Map([["ECONNREFUSED", 10]]));
});

test("with a ledger every request is written down under its id", async () => {
  const ids: (string | string[] | undefined)[] = [];
  const { url } = await startHttp((request, response) => {
    ids.push(request.headers["x-evenkeel-id"]);
    ok(request, response);
  });
  const plan = loadPlanFor(url, { shape: closed(12, 3), ledgerId: "e9" });
  const { ledger } = await startLoad(plan).result;
  expect(ledger?.length).toBe(12);
  expect(ids.map(String).toSorted()).toEqual(
    Array.from({ length: 12 }, (_, n) => `e9-${n}`).toSorted(),
  );
  for (const { outcome } of ledger?.entries() ?? []) {
    expect(outcome).toEqual({ kind: "response", status: 200, backend: "a" });
  }
});
