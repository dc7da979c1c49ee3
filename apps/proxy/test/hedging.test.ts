import { describe, expect, test } from "vitest";
import { eventually } from "./support/peer.ts";
import { type RawBackend, ok, startBackend } from "./support/raw-backend.ts";
import { type RawClient, openClient } from "./support/raw-client.ts";
import { type TestProxy, get, post, startTestProxy } from "./support/run-proxy.ts";

interface Hedged {
  readonly proxy: TestProxy;
  readonly client: RawClient;
  /** Gets the first copies. */
  readonly one: RawBackend;
  readonly other: RawBackend;
}

/** Enough for the proxy to know how long an answer takes. */
const answersNeeded = 100;

/** Both backends leave their requests to the test from now on. */
async function startHedged(hedge: object = {}, pool: object = {}): Promise<Hedged> {
  const [one, other] = [await startBackend(() => ok()), await startBackend()] as const;
  const proxy = await startTestProxy({
    backends: [one.url, other.url],
    pool: {
      strategy: "first",
      circuitBreaker: false,
      hedge: { minDelay: "50ms", budget: "100%", ...hedge },
      ...pool,
    },
  });
  const client = await openClient(proxy.port);
  for (let answer = 0; answer < answersNeeded; answer++) await client.request(get("/before"));
  one.answer = null;
  for (const connection of one.connections) connection.takeReceived();
  return { proxy, client, one, other };
}

/** The record of the only request after those that were needed. */
async function recordOf(proxy: TestProxy): Promise<unknown> {
  return (await proxy.recorded(answersNeeded + 1))[answersNeeded];
}

describe("a GET whose answer takes longer than most", () => {
  test("is answered by a second backend; the first copy is given up", async () => {
    const { proxy, client, one, other } = await startHedged();
    client.send(get("/slow"));
    const first = await one.connection();
    await first.untilReceived("/slow");
    const second = await other.connection();
    await second.request();
    expect(proxy.running.inFlight()).toBe(2);
    second.send(ok("second"));
    expect((await client.response()).body).toBe("second");
    await first.untilEnded();
    expect(await recordOf(proxy)).toMatchObject({
      status: 200,
      attempts: 2,
      backend: `127.0.0.1:${other.port}`,
      bytes_out: 6,
      error: null,
    });
    expect(proxy.running.inFlight()).toBe(0);
  });

  test("is answered by the first one after all; the second copy is given up", async () => {
    const { proxy, client, one, other } = await startHedged();
    client.send(get("/slow"));
    const second = await other.connection();
    await second.request();
    (await one.connection()).send(ok("first"));
    expect((await client.response()).body).toBe("first");
    await second.untilEnded();
    expect(await recordOf(proxy)).toMatchObject({
      attempts: 2,
      backend: `127.0.0.1:${one.port}`,
    });
    expect(proxy.running.inFlight()).toBe(0);
    client.send(get("/next"));
    await (await one.connection()).untilReceived("/next");
  });

  test.each([
    ["fails fast", ok().replace("200", "500")],
    ["has enough", ok().replace("200", "429")],
  ])("does not get the answer of a second backend that %s", async (_, answer) => {
    const { proxy, client, one, other } = await startHedged();
    client.send(get("/slow"));
    const second = await other.connection();
    await second.request();
    second.send(answer);
    await eventually("one copy is left", () => proxy.running.inFlight() === 1);
    (await one.connection()).send(ok("first"));
    expect((await client.response()).body).toBe("first");
    expect(await recordOf(proxy)).toMatchObject({ status: 200, attempts: 2 });
    expect(proxy.running.inFlight()).toBe(0);
  });

  test("gets a failure when both copies failed", async () => {
    const { proxy, client, one, other } = await startHedged({}, { retry: { maxRetries: 1 } });
    client.send(get("/slow"));
    const second = await other.connection();
    await second.request();
    second.send(ok().replace("200", "500"));
    await eventually("one copy is left", () => proxy.running.inFlight() === 1);
    (await one.connection()).send(ok("down").replace("200", "503"));
    const response = await client.response();
    expect([response.line, response.body]).toEqual(["HTTP/1.1 503 OK", "down"]);
    expect(await recordOf(proxy)).toMatchObject({ status: 503, attempts: 2 });
    expect(proxy.running.inFlight()).toBe(0);
  });

  test.each([
    ["first", 0],
    ["second", 1],
  ])("does not notice that the %s copy's connection breaks", async (_, broken) => {
    const { proxy, client, one, other } = await startHedged();
    client.send(get("/slow"));
    const second = await other.connection();
    await second.request();
    const copies = [await one.connection(), second] as const;
    copies[broken]?.reset();
    await copies[broken]?.untilClosed();
    copies[1 - broken]?.send(ok("whole"));
    expect((await client.response()).body).toBe("whole");
    expect(await recordOf(proxy)).toMatchObject({ status: 200, attempts: 2, error: null });
    expect(proxy.running.inFlight()).toBe(0);
  });

  test("is tried again when both connections broke", async () => {
    const { proxy, client, one, other } = await startHedged();
    client.send(get("/slow"));
    const second = await other.connection();
    await second.request();
    one.answer = (): string => ok("again");
    other.answer = (): string => ok("again");
    second.reset();
    (await one.connection()).reset();
    expect((await client.response()).body).toBe("again");
    expect(await recordOf(proxy)).toMatchObject({ status: 200, attempts: 3 });
    expect(proxy.running.inFlight()).toBe(0);
  });

  test("takes both copies with it when its client goes away", async () => {
    const { proxy, client, one, other } = await startHedged();
    client.send(get("/slow"));
    const second = await other.connection();
    await second.request();
    client.reset();
    await second.untilEnded();
    await (await one.connection()).untilEnded();
    await proxy.untilQuiet();
    expect(await recordOf(proxy)).toMatchObject({ error: "client_aborted", attempts: 2 });
  });
});

describe("no second copy is sent", () => {
  test.each([
    ["a POST", post("")],
    ["a PUT with a body", post("body").replace("POST", "PUT")],
    ["an upgrade", get("/", "Connection: upgrade\r\nUpgrade: websocket\r\n")],
  ])("of %s", async (_, request) => {
    const { proxy, client, one, other } = await startHedged();
    client.send(request);
    await (await one.connection()).untilReceived("\r\n\r\n");
    const second = await openClient(proxy.port);
    // It has begun later and waits as long.
    second.send(get("/slow"));
    const copy = await other.connection();
    expect((await copy.request()).line).toBe("GET /slow HTTP/1.1");
    expect(other.connections).toHaveLength(1);
    expect(copy.received).toBe("");
  });

  test("beyond the budget", async () => {
    const { proxy, one, other } = await startHedged({ budget: "2%" });
    const clients = await Promise.all([1, 2, 3, 4].map(() => openClient(proxy.port)));
    for (const client of clients) client.send(get("/slow"));
    await other.connection(1);
    for (const connection of other.connections) connection.send(ok("second"));
    const answered = (): number => clients.filter(({ received }) => received !== "").length;
    await eventually("the copies are answered", () => answered() === 2);
    for (const connection of one.connections) connection.send(ok("first"));
    const bodies = await Promise.all(clients.map(async (one) => (await one.response()).body));
    expect(bodies.toSorted()).toEqual(["first", "first", "second", "second"]);
    expect(other.connections).toHaveLength(2);
  });

  test("before the proxy knows how long answers take", async () => {
    const [one, other] = [await startBackend(), await startBackend(() => ok())] as const;
    const proxy = await startTestProxy({
      backends: [one.url, other.url],
      pool: {
        strategy: "first",
        hedge: {},
        retry: { maxTimeoutRetries: 0 },
        timeouts: { response: "200ms" },
      },
    });
    const client = await openClient(proxy.port);
    expect((await client.request(get())).line).toBe("HTTP/1.1 504 Gateway Timeout");
    expect(other.connections).toHaveLength(0);
  });
});
