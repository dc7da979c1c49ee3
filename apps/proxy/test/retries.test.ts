import { afterEach, describe, expect, test, vi } from "vitest";
import {
  startBatching,
  askTogether,
  numberOf,
  readyClients,
  untilWaiting,
} from "./support/batch.ts";
import { value } from "./support/message.ts";
import { eventually } from "./support/peer.ts";
import {
  type Answer,
  type RawBackend,
  ok,
  refusingPort,
  startBackend,
} from "./support/raw-backend.ts";
import { type RawClient, openClient } from "./support/raw-client.ts";
import { type TestProxy, get, post, startTestProxy } from "./support/run-proxy.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

const unavailable = (fields = ""): string =>
  `HTTP/1.1 503 Service Unavailable\r\nContent-Length: 4\r\n${fields}\r\nbusy`;
const statuses = { statuses: [503] };

interface Setup {
  readonly proxy: TestProxy;
  readonly client: RawClient;
  readonly backends: readonly RawBackend[];
}

/** The first backend is always asked first. */
async function start(
  answers: readonly (Answer | null)[],
  retry: Readonly<Record<string, unknown>>,
  listener: Readonly<Record<string, unknown>> = {},
): Promise<Setup> {
  const backends = await Promise.all(answers.map((answer) => startBackend(answer)));
  const proxy = await startTestProxy({
    backends: backends.map(({ url }) => url),
    pool: {
      strategy: "first",
      circuitBreaker: false,
      retry,
      // What ends before has not ended for having been idle.
      connections: { idleTimeout: "1m" },
    },
    listener,
  });
  return { proxy, backends, client: await openClient(proxy.port) };
}

const seenBy = (backends: readonly RawBackend[]): number[] =>
  backends.map(({ requests }) => requests.length);

const idOf = (backend: RawBackend | undefined): string => `127.0.0.1:${backend?.port}`;

const resetting: Answer = (_, connection) => {
  connection.reset();
  return null;
};

describe("an answer whose status the configuration names", () => {
  test("is asked for again elsewhere; its connection is kept", async () => {
    const { proxy, client, backends } = await start(
      [() => unavailable(), () => ok("fine")],
      statuses,
    );
    for (let turn = 0; turn < 3; turn++) {
      expect((await client.request(get())).body).toBe("fine");
    }
    expect(seenBy(backends)).toEqual([3, 3]);
    expect(backends[0]?.connections).toHaveLength(1);
    expect((await proxy.recorded(3))[2]).toMatchObject({
      status: 200,
      attempts: 2,
      bytes_out: 4,
      backend: idOf(backends[1]),
      error: null,
    });
    expect(proxy.running.inFlight()).toBe(0);
  });

  test("is passed on when the configuration does not name it", async () => {
    const { client, backends } = await start([() => unavailable(), () => ok()], {
      statuses: [502],
    });
    expect((await client.request(get())).body).toBe("busy");
    expect(seenBy(backends)).toEqual([1, 0]);
  });

  test.each([
    ["POST", "", "busy", [1, 0]],
    ["POST", "Idempotency-Key: 1\r\n", "fine", [1, 1]],
    ["PUT", "", "fine", [1, 1]],
  ])("is the answer to a %s with %j: %s", async (method, fields, body, seen) => {
    const { client, backends } = await start([() => unavailable(), () => ok("fine")], statuses);
    const request = post("hi", fields).replace("POST", method);
    expect((await client.request(request)).body).toBe(body);
    expect(seenBy(backends)).toEqual(seen);
  });

  test("is the answer when it is the last one, as the backend gave it", async () => {
    const { proxy, client, backends } = await start(
      [() => unavailable("X-Own: a\r\n"), () => unavailable("X-Own: b\r\n")],
      { ...statuses, maxRetries: 1 },
    );
    const response = await client.request(get());
    expect([response.body, value(response, "x-own")]).toEqual(["busy", "b"]);
    expect(value(response, "proxy-status")).toBeUndefined();
    expect(seenBy(backends)).toEqual([1, 1]);
    expect(await proxy.recorded(1)).toMatchObject([{ status: 503, attempts: 2, error: null }]);
  });

  test.each([
    ["in chunks", 1, "HTTP/1.1 503 X\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n0\r\n\r\n"],
    ["of 60 KB", 1, `HTTP/1.1 503 X\r\nContent-Length: 60000\r\n\r\n${"x".repeat(60_000)}`],
    ["that says close", 2, unavailable("Connection: close\r\n")],
    ["of 1 MB", 2, `HTTP/1.1 503 X\r\nContent-Length: 1000000\r\n\r\n${"x".repeat(1_000_000)}`],
  ])("%s takes its backend %i connection(s) for two requests", async (_, connections, answer) => {
    const { client, backends } = await start([() => answer, () => ok("fine")], statuses);
    expect((await client.request(get())).body).toBe("fine");
    if (connections === 2) await backends[0]?.connections[0]?.untilEnded();
    expect((await client.request(get())).body).toBe("fine");
    expect(backends[0]?.connections).toHaveLength(connections);
  });

  test("that never ends does not keep its connection", async () => {
    const half = "HTTP/1.1 503 X\r\nContent-Length: 10\r\n\r\nhalf";
    const { client, backends } = await start([() => half, () => ok("fine")], statuses);
    expect((await client.request(get())).body).toBe("fine");
    await backends[0]?.connections[0]?.untilEnded();
  });

  test("is final after an interim response went to the client", async () => {
    const hints = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n";
    const { client, backends } = await start([() => hints + unavailable(), () => ok()], statuses);
    expect((await client.request(get())).line).toBe("HTTP/1.1 103 Early Hints");
    expect((await client.response()).body).toBe("busy");
    expect(seenBy(backends)).toEqual([1, 0]);
  });

  test("in the middle of an upload moves the whole upload", async () => {
    const { proxy, client, backends } = await start([null, ({ body }) => ok(body)], statuses);
    client.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\none");
    const first = await (backends[0] as RawBackend).connection();
    await first.untilReceived("one");
    client.send("two");
    await first.untilReceived("two");
    first.send(unavailable());
    await first.untilEnded();
    client.send("end");
    expect((await client.response()).body).toBe("onetwoend");
    expect((await proxy.recorded(1))[0]).toMatchObject({ status: 200, attempts: 2, bytes_in: 9 });
    expect(proxy.running.inFlight()).toBe(0);
  });

  test("leaves the others of its batch their answers", async () => {
    const { proxy, backend } = await startBatching(1, { pool: { retry: statuses } });
    const clients = await readyClients(proxy.port, 4);
    askTogether(clients);
    const connection = await backend.connection();
    const targets = await untilWaiting(connection, 4);
    backend.answer = ({ line }) => ok(`again ${line.split(" ")[1]}`);
    connection.takeReceived();
    connection.send(ok(targets[0]) + unavailable() + ok(targets[2]) + ok(targets[3]));
    for (const [place, target] of targets.entries()) {
      const client = clients[numberOf(target)] as RawClient;
      const expected = place === 1 ? `again ${target}` : target;
      expect((await client.response()).body).toBe(expected);
    }
    expect(proxy.running.inFlight()).toBe(0);
  });
});

describe("Retry-After", () => {
  test("of one backend does not hold up the question to another", async () => {
    const pause = (): string => unavailable("Retry-After: 3600\r\n");
    const { client } = await start([pause, () => ok("fine")], statuses);
    expect((await client.request(get())).body).toBe("fine");
  });

  test.each(["1", "3600", "Wed, 21 Oct 2026 07:28:00 GMT"])(
    "%s of the only backend is the client's to keep to",
    async (time) => {
      const pause = (): string => unavailable(`Retry-After: ${time}\r\n`);
      const { client, backends } = await start([pause], statuses);
      const response = await client.request(get());
      expect([response.body, value(response, "retry-after")]).toEqual(["busy", time]);
      expect(seenBy(backends)).toEqual([1]);
    },
  );

  test("0 of the only backend lets us ask it again", async () => {
    let asked = 0;
    const once: Answer = () => (++asked === 1 ? unavailable("Retry-After: 0\r\n") : ok("fine"));
    const { client } = await start([once], statuses);
    expect((await client.request(get())).body).toBe("fine");
  });
});

describe("a budget that is used up", () => {
  test("lets failures through as they are, until it has room again", async () => {
    const backend = await startBackend(() => ok());
    const proxy = await startTestProxy({
      backends: [`http://127.0.0.1:${await refusingPort()}`, backend.url],
      pool: {
        strategy: "first",
        circuitBreaker: false,
        retry: { budget: "0%", minRetriesPerSecond: 1 },
      },
    });
    const client = await openClient(proxy.port);
    for (let turn = 0; turn < 10; turn++) {
      expect((await client.request(get())).line).toBe("HTTP/1.1 200 OK");
    }
    const response = await client.request(get());
    expect(response.line).toBe("HTTP/1.1 502 Bad Gateway");
    expect(value(response, "proxy-status")).toBe("evenkeel; error=connection_refused");
    expect((await proxy.recorded(11))[10]).toMatchObject({
      status: 502,
      attempts: 1,
      error: "connection_refused",
    });
    expect(backend.requests).toHaveLength(10);
    // Eleven seconds later the window is another one.
    const now = performance.now.bind(performance);
    vi.spyOn(performance, "now").mockImplementation(() => now() + 11_000);
    const fresh = await openClient(proxy.port);
    expect((await fresh.request(get())).line).toBe("HTTP/1.1 200 OK");
  });

  test("lets an answer through that would be asked for again", async () => {
    const retry = { ...statuses, budget: "0%", minRetriesPerSecond: 0 };
    const { client, backends } = await start([() => unavailable(), () => ok()], retry);
    expect((await client.request(get())).body).toBe("busy");
    expect(seenBy(backends)).toEqual([1, 0]);
  });

  test("grows with the requests", async () => {
    const retry = { ...statuses, budget: "50%", minRetriesPerSecond: 0 };
    const { client, backends } = await start([() => unavailable(), () => ok("fine")], retry);
    const bodies: string[] = [];
    for (let turn = 0; turn < 8; turn++) bodies.push((await client.request(get())).body);
    expect(bodies).toEqual(["fine", "busy", "fine", "busy", "fine", "busy", "fine", "busy"]);
    expect(seenBy(backends)).toEqual([8, 4]);
  });
});

describe("the second retry", () => {
  /** Half of `backoff`. */
  function halfTheBackoff(): void {
    vi.spyOn(Math, "random").mockReturnValue(0.5);
  }

  const tenMinutes = { backoff: "20m", maxBackoff: "20m" };

  /** The timer of a delay of ten minutes, once it is set. */
  function watchTimer(): () => Promise<NodeJS.Timeout> {
    vi.spyOn(globalThis, "clearTimeout");
    const { mock } = vi.spyOn(globalThis, "setTimeout");
    const find = (): number => mock.calls.findIndex(([, delayMs]) => delayMs === 600_000);
    return async () => {
      await eventually("the retry waits", () => find() !== -1);
      return mock.results[find()]?.value as NodeJS.Timeout;
    };
  }

  test("waits, and is called off when its client goes away", async () => {
    halfTheBackoff();
    const timerOf = watchTimer();
    const { proxy, client, backends } = await start([resetting, resetting, () => ok()], tenMinutes);
    client.send(get());
    const timer = await timerOf();
    expect(proxy.running.inFlight()).toBe(0);
    client.reset();
    expect(await proxy.recorded(1)).toMatchObject([
      { status: 499, attempts: 2, error: "client_aborted", backend: idOf(backends[1]) },
    ]);
    expect(clearTimeout).toHaveBeenCalledWith(timer);
    expect(backends[2]?.connections).toHaveLength(0);
  });

  test("waits no longer than a shutdown", async () => {
    halfTheBackoff();
    const timerOf = watchTimer();
    const { proxy, client, backends } = await start([resetting, resetting, () => ok()], tenMinutes);
    client.send(get());
    const timer = await timerOf();
    expect(await proxy.stop()).toEqual({ isClean: false });
    expect(clearTimeout).toHaveBeenCalledWith(timer);
    expect(backends[2]?.connections).toHaveLength(0);
  });

  test("waits, and then goes to the third backend", async () => {
    halfTheBackoff();
    const third: Answer = ({ line }) => ok(line.split(" ")[1]);
    const { proxy, client, backends } = await start([resetting, resetting, third], {
      backoff: "2ms",
    });
    client.send(get("/1") + get("/2"));
    expect((await client.response()).body).toBe("/1");
    expect((await client.response()).body).toBe("/2");
    expect(seenBy(backends)).toEqual([2, 2, 2]);
    expect((await proxy.recorded(2))[1]).toMatchObject({ status: 200, attempts: 3 });
  });

  test("does not count against the client whose body it waits for", async () => {
    halfTheBackoff();
    const { client, backends } = await start(
      [null, null, ({ body }): string => ok(body)],
      { backoff: "2s", maxBackoff: "2s" },
      { timeouts: { body: "500ms" } },
    );
    client.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\none");
    for (const backend of backends.slice(0, 2)) {
      const connection = await backend.connection();
      await connection.untilReceived("one");
      connection.reset();
    }
    await (await (backends[2] as RawBackend).connection()).untilReceived("one");
    client.send("two");
    expect((await client.response()).body).toBe("onetwo");
  });

  test("is left out when it would come after the request's deadline", async () => {
    halfTheBackoff();
    const retry = { backoff: "1m", maxBackoff: "1m" };
    const answers = [resetting, resetting, (): string => ok()];
    const { proxy, client } = await start(answers, retry, { timeouts: { total: "10s" } });
    expect((await client.request(get())).line).toBe("HTTP/1.1 502 Bad Gateway");
    expect(await proxy.recorded(1)).toMatchObject([
      { status: 502, attempts: 2, error: "connection_terminated" },
    ]);
  });
});
