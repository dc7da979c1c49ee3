import { describe, expect } from "vitest";
import { test } from "./support/concurrent.ts";
import { value } from "./support/message.ts";
import { type Answer, type RawBackend, ok, startBackend } from "./support/raw-backend.ts";
import { type RawClient, openClient } from "./support/raw-client.ts";
import { type TestProxy, get, startTestProxy } from "./support/run-proxy.ts";

const silent: Answer = () => null;
const put = "PUT /x HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody";
const timedOut = "HTTP/1.1 504 Gateway Timeout";

interface Setup {
  readonly proxy: TestProxy;
  readonly client: RawClient;
  readonly backends: readonly RawBackend[];
}

/** The backends are asked in this order. */
async function start(
  answers: readonly Answer[],
  pool: Readonly<Record<string, unknown>> = {},
  rest: Readonly<Record<string, unknown>> = {},
): Promise<Setup> {
  const backends = await Promise.all(answers.map((answer) => startBackend(answer)));
  const proxy = await startTestProxy({
    backends: backends.map(({ url }) => url),
    pool: { strategy: "first", timeouts: { response: "150ms" }, ...pool },
    ...rest,
  });
  return { proxy, backends, client: await openClient(proxy.port) };
}

const seenBy = (backends: readonly RawBackend[]): number[] =>
  backends.map(({ requests }) => requests.length);

describe("a backend that does not answer in time", () => {
  test("loses a GET to another one", async () => {
    const { proxy, client, backends } = await start([silent, () => ok("fine")]);
    expect((await client.request(get())).body).toBe("fine");
    expect(seenBy(backends)).toEqual([1, 1]);
    // Its late answer must reach nobody.
    await backends[0]?.connections[0]?.untilEnded();
    expect((await proxy.recorded(1))[0]).toMatchObject({ status: 200, attempts: 2, error: null });
    expect(proxy.running.inFlight()).toBe(0);
  });

  test("loses a PUT with its whole body", async () => {
    const { client, backends } = await start([silent, () => ok("fine")]);
    expect((await client.request(put)).body).toBe("fine");
    expect(backends[1]?.requests[0]?.body).toBe("body");
  });

  test.each([
    ["POST", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx"],
    ["PATCH", "PATCH / HTTP/1.1\r\nHost: a\r\n\r\n"],
  ])("keeps a %s: it may have been heard", async (_, request) => {
    const { proxy, client, backends } = await start([silent, () => ok()]);
    const response = await client.request(request);
    expect(response.line).toBe(timedOut);
    expect(value(response, "proxy-status")).toBe("evenkeel; error=http_response_timeout");
    expect(seenBy(backends)).toEqual([1, 0]);
    const error = "http_response_timeout";
    expect((await proxy.recorded(1))[0]).toMatchObject({ status: 504, attempts: 1, error });
  });

  test("keeps a PUT of which a part is no longer at hand", async () => {
    const retry = { bufferBody: "0B" };
    const { client, backends } = await start([silent, () => ok()], { retry });
    client.send(put.slice(0, -2));
    await backends[0]?.connection();
    client.send(put.slice(-2));
    expect((await client.response()).line).toBe(timedOut);
    expect(seenBy(backends)[1]).toBe(0);
  });

  test("is not asked again where there is no other", async () => {
    const { proxy, client, backends } = await start([silent]);
    expect((await client.request(get())).line).toBe(timedOut);
    expect(seenBy(backends)).toEqual([1]);
    expect((await proxy.recorded(1))[0]).toMatchObject({ attempts: 1 });
  });

  test("and a second one that does not are enough", async () => {
    const { client, backends } = await start([silent, silent, () => ok()]);
    expect((await client.request(get())).line).toBe(timedOut);
    expect(seenBy(backends)).toEqual([1, 1, 0]);
  });

  test.each([
    [0, [1, 0, 0]],
    [2, [1, 1, 1]],
  ])("is one of maxTimeoutRetries: %d", async (maxTimeoutRetries, seen) => {
    const retry = { maxTimeoutRetries };
    const { client, backends } = await start([silent, silent, () => ok()], { retry });
    const isServed = (await client.request(get())).line === "HTTP/1.1 200 OK";
    expect(isServed).toBe(maxTimeoutRetries === 2);
    expect(seenBy(backends)).toEqual(seen);
  });

  test("is not replaced when the budget is used up", async () => {
    const retry = { budget: "0%", minRetriesPerSecond: 0 };
    const { client, backends } = await start([silent, () => ok()], { retry });
    expect((await client.request(get())).line).toBe(timedOut);
    expect(seenBy(backends)).toEqual([1, 0]);
  });

  test("leaves the next one no more than what is left of the request's time", async () => {
    const listener = { timeouts: { total: "2s" } };
    const timeouts = { response: "1400ms" };
    const { proxy, client, backends } = await start([silent, silent], { timeouts }, { listener });
    const response = await client.request(get());
    expect(response.line).toBe(timedOut);
    expect(response.body).toContain("longer than it may in all");
    expect(seenBy(backends)).toEqual([1, 1]);
    expect((await proxy.recorded(1))[0]).toMatchObject({ attempts: 2 });
  });

  test("has failed, as its breaker counts, although its client was served", async () => {
    const circuitBreaker = { failureThreshold: 2, resetTimeout: "1h" };
    const { client, backends } = await start([silent, () => ok("fine")], { circuitBreaker });
    for (let turn = 0; turn < 3; turn++) {
      expect((await client.request(get())).body).toBe("fine");
    }
    expect(seenBy(backends)).toEqual([2, 3]);
  });
});
