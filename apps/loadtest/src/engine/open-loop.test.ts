import type { IncomingMessage, ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { type Answer, okResponse, refusedUrl, startHttp, startRaw } from "../../test/servers.ts";
import { type ClientEntry, ClientLedger, type ClientOutcome } from "./client-ledger.ts";
import { type OpenLoopHooks, startOpenLoop } from "./open-loop.ts";
import type { OpenLoopPlan } from "./open-loop-plan.ts";

function planFor(url: string, changes: Partial<OpenLoopPlan> = {}): OpenLoopPlan {
  return {
    url,
    ratePerSecond: 500,
    arrivals: "constant",
    durationMs: 60_000,
    requests: 20,
    postShare: 0,
    headers: {},
    timeoutMs: 20_000,
    maxInFlight: 100,
    backendHeader: "X-Backend",
    seed: 1,
    runId: "e1",
    ...changes,
  };
}

async function run(plan: OpenLoopPlan, hooks: OpenLoopHooks = {}): Promise<ClientEntry[]> {
  const { ledger } = await startOpenLoop(plan, hooks).result;
  return [...new ClientLedger(ledger).entries()];
}

function kindsOf(entries: readonly ClientEntry[]): Record<string, number> {
  const kinds: Record<string, number> = {};
  for (const { outcome } of entries) {
    const kind = outcome.kind === "error" ? outcome.error : outcome.kind;
    kinds[kind] = (kinds[kind] ?? 0) + 1;
  }
  return kinds;
}

test("a server that stalls does not slow the arrivals", async () => {
  const held: ServerResponse[] = [];
  const { url } = await startHttp((_request, response) => {
    held.push(response);
    // A loop that waits for answers would never send the last of these.
    if (held.length === 50) for (const waiting of held) waiting.end();
  });
  const entries = await run(planFor(url, { requests: 50 }));
  expect(kindsOf(entries)).toEqual({ response: 50 });
  expect(entries.map(({ intendedAtMs }) => intendedAtMs)).toEqual(
    Array.from({ length: 50 }, (_, index) => index * 2),
  );
});

test("a request that finds too many in flight is dropped and counted, not put off", async () => {
  const { url } = await startHttp(() => {});
  const plan = planFor(url, { requests: 30, maxInFlight: 10, timeoutMs: 2000 });
  const entries = await run(plan);
  expect(kindsOf(entries)).toEqual({ timeout: 10, dropped: 20 });
  expect(entries.findIndex(({ outcome }) => outcome.kind === "dropped")).toBe(10);
});

test("keeps connections and never has more of them than requests in flight", async () => {
  const { url, connections } = await startHttp((_request, response) => void response.end());
  await run(planFor(url, { requests: 100, maxInFlight: 5 }));
  expect(connections()).toBeLessThanOrEqual(5);
});

interface Seen {
  readonly method: string | undefined;
  readonly target: string | undefined;
  readonly id: string | undefined;
  readonly body: string;
}

async function seenBy(run: (url: string) => Promise<unknown>): Promise<Seen[]> {
  const seen: Seen[] = [];
  const see = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method, url: target, headers } = request;
    seen.push({
      method,
      target,
      id: headers["x-evenkeel-id"]?.toString(),
      body: await text(request),
    });
    response.end();
  };
  const { url } = await startHttp((request, response) => void see(request, response));
  await run(url);
  return seen;
}

test("every request has its own id, the same in field, query and body", async () => {
  const seen = await seenBy((url) => run(planFor(`${url}a?x=1`, { requests: 60, postShare: 0.5 })));
  expect(new Set(seen.map(({ id }) => id)).size).toBe(60);
  for (const { method, target, id, body } of seen) {
    expect(target).toBe(`/a?x=1&id=${id}`);
    expect(body).toBe(method === "POST" ? `{"id":"${id}"}` : "");
  }
});

test("mixes methods by share, and in the same way for the same seed", async () => {
  const methods = async (seed: number): Promise<(string | undefined)[]> => {
    const seen = await seenBy((url) =>
      run(
        planFor(url, {
          requests: 200,
          maxInFlight: 200,
          postShare: 0.3,
          seed,
          ratePerSecond: 2000,
        }),
      ),
    );
    const byIndex = (target = ""): number => Number(target.split("-")[1]);
    return seen
      .toSorted((a, b) => byIndex(a.target) - byIndex(b.target))
      .map(({ method }) => method);
  };
  const first = await methods(1);
  expect(await methods(1)).toEqual(first);
  expect(await methods(2)).not.toEqual(first);
  const posts = first.filter((method) => method === "POST").length;
  // Six standard deviations of 200 draws.
  expect(Math.abs(posts - 60)).toBeLessThan(39);
});

test.each<[string, Answer, ClientOutcome]>([
  [
    "a response",
    (socket) => void socket.write(okResponse),
    { kind: "response", status: 200, backend: "a" },
  ],
  [
    "an honest error of nobody",
    (socket) => void socket.write("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"),
    { kind: "response", status: 503, backend: undefined },
  ],
  ["RST", (socket) => void socket.resetAndDestroy(), { kind: "error", error: "reset" }],
  ["FIN", (socket) => void socket.end(), { kind: "error", error: "closed-early" }],
  [
    "half a body",
    (socket) => void socket.end("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"),
    { kind: "error", error: "closed-early" },
  ],
  [
    "nonsense",
    (socket) => void socket.end("nonsense\r\n\r\n"),
    { kind: "error", error: "malformed" },
  ],
  ["silence", () => {}, { kind: "error", error: "timeout" }],
])("sees %s for what it is", async (_name, answer, outcome) => {
  const { url } = await startRaw(answer);
  const [entry] = await run(planFor(url, { requests: 1, timeoutMs: 2000 }));
  expect(entry?.outcome).toEqual(outcome);
});

test("a target that is not there is a result full of refusals", async () => {
  expect(kindsOf(await run(planFor(await refusedUrl())))).toEqual({ refused: 20 });
});

test("an interruption keeps what there is and aborts what is in flight", async () => {
  const interruption = new AbortController();
  let requests = 0;
  const { url } = await startHttp((_request, response) => {
    requests += 1;
    if (requests <= 5) response.end();
  });
  const hooks: OpenLoopHooks = {
    signal: interruption.signal,
    onProgress: ({ ended, inFlight }) => ended === 5 && inFlight > 0 && interruption.abort(),
  };
  const kinds = kindsOf(await run(planFor(url, { requests: undefined, ratePerSecond: 50 }), hooks));
  expect(kinds["response"]).toBe(5);
  expect(kinds["aborted"]).toBeGreaterThan(0);
});

test("can be told to send no more, and waits for what is in flight", async () => {
  const waiting = Promise.withResolvers<ServerResponse>();
  const { url } = await startHttp((_request, response) => waiting.resolve(response));
  const loop = startOpenLoop(planFor(url, { requests: undefined, ratePerSecond: 1 }));
  const response = await waiting.promise;
  loop.finish();
  response.end();
  const { ledger, generatorUtilization } = await loop.result;
  expect(kindsOf([...new ClientLedger(ledger).entries()])).toEqual({ response: 1 });
  expect(generatorUtilization).toBeLessThanOrEqual(1);
});

test("says when it began, on a clock that other threads share", async () => {
  const { url } = await startHttp((_request, response) => void response.end());
  const beforeMs = performance.now();
  const loop = startOpenLoop(planFor(url));
  const { startedAtMs } = await loop.started;
  expect(startedAtMs).toBeGreaterThanOrEqual(beforeMs);
  expect(startedAtMs).toBeLessThanOrEqual(performance.now());
  await loop.result;
});
