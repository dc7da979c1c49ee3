import { describe, expect } from "vitest";
import { test } from "./support/concurrent.ts";
import { startDeafBackend } from "./support/deaf-backend.ts";
import { status, value } from "./support/message.ts";
import { ok, startBackend } from "./support/raw-backend.ts";
import { type RawClient, openClient } from "./support/raw-client.ts";
import { type TestProxy, get, post, startPair, startTestProxy } from "./support/run-proxy.ts";

/** Requests on one connection until the response that says that it closes, that one included. */
async function servedUntilClose(client: RawClient, request = get()): Promise<number> {
  for (let served = 1; ; served++) {
    const response = await client.request(request);
    expect(status(response)).toBe(200);
    if (value(response, "connection") === "close") return served;
  }
}

async function servedBy(proxy: TestProxy, connections: number): Promise<number[]> {
  return await Promise.all(
    Array.from({ length: connections }, async () => {
      const client = await openClient(proxy.port);
      const served = await servedUntilClose(client);
      await client.untilEnded();
      expect(client.errorCode).toBeNull();
      return served;
    }),
  );
}

describe("limits.requestsPerConnection", () => {
  test("closes a connection with a response, after so many give or take a tenth", async () => {
    const { proxy } = await startPair({ listener: { limits: { requestsPerConnection: 30 } } }, () =>
      ok(),
    );
    for (const served of await servedBy(proxy, 20)) {
      expect(served).toBeGreaterThanOrEqual(27);
      expect(served).toBeLessThanOrEqual(33);
    }
  });

  test("of one is one request on each connection", async () => {
    const { proxy } = await startPair({ listener: { limits: { requestsPerConnection: 1 } } }, () =>
      ok(),
    );
    expect(new Set(await servedBy(proxy, 40))).toEqual(new Set([1]));
  });

  test("of zero is no limit", async () => {
    const { proxy } = await startPair({ listener: { limits: { requestsPerConnection: 0 } } }, () =>
      ok(),
    );
    const client = await openClient(proxy.port);
    for (let turn = 0; turn < 1_200; turn++) {
      expect(value(await client.request(get()), "connection")).toBeUndefined();
    }
  });

  test("leaves pipelined requests behind the last one unread", async () => {
    const { proxy, backend } = await startPair(
      { listener: { limits: { requestsPerConnection: 10 } } },
      () => ok(""),
    );
    const client = await openClient(proxy.port);
    client.send(get().repeat(100));
    await client.untilEnded();
    const responses = client.received.match(/HTTP\/1\.1 200 OK/g)?.length ?? 0;
    expect(responses).toBeGreaterThanOrEqual(9);
    expect(responses).toBeLessThanOrEqual(11);
    expect(client.received.match(/Connection: close/g)).toHaveLength(1);
    expect(backend.requests).toHaveLength(responses);
  });
});

describe("timeouts.connection", () => {
  test("closes a connection with the first response after it, never inside one", async () => {
    const { proxy } = await startPair({ listener: { timeouts: { connection: "300ms" } } }, () =>
      ok(),
    );
    expect(await servedBy(proxy, 10)).toHaveLength(10);
  });

  test("does not end a request that takes longer", async () => {
    const { proxy, backend } = await startPair({ listener: { timeouts: { connection: "100ms" } } });
    const client = await openClient(proxy.port);
    client.send(get("/long"));
    const connection = await backend.connection();
    await connection.request();
    backend.answer = () => ok();
    // Ages are jittered by a tenth: two lives after one another are longer than any one.
    for (let life = 0; life < 2; life++) await servedUntilClose(await openClient(proxy.port));
    connection.send(ok("long"));
    expect((await client.response()).body).toBe("long");
    expect(await servedUntilClose(client)).toBe(1);
  });
});

const total = (duration: string): { readonly listener: Readonly<Record<string, unknown>> } => ({
  listener: { timeouts: { total: duration } },
});

describe("timeouts.total", () => {
  test("is a 504 before the response, and the connection may go on", async () => {
    const { proxy, backend } = await startPair(total("300ms"));
    const client = await openClient(proxy.port);
    const response = await client.request(get("/never"));
    expect(response.line).toBe("HTTP/1.1 504 Gateway Timeout");
    expect(value(response, "proxy-status")).toBe("evenkeel; error=http_response_timeout");
    expect(value(response, "connection")).toBeUndefined();
    await (await backend.connection()).untilEnded();
    expect(proxy.running.inFlight()).toBe(0);
    expect(await proxy.recorded(1)).toMatchObject([
      { status: 504, error: "http_response_timeout", attempts: 1 },
    ]);
    backend.answer = () => ok("next");
    expect((await client.request(get())).body).toBe("next");
  });

  test("cuts a response that is still running, and the client can see it", async () => {
    const { proxy, backend } = await startPair(total("300ms"));
    const client = await openClient(proxy.port);
    client.send(get());
    const connection = await backend.connection();
    await connection.request();
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");
    const dripping = setInterval(() => connection.send("x"), 20);
    await client.untilClosed();
    clearInterval(dripping);
    expect(client.errorCode).toBe("ECONNRESET");
    await connection.untilEnded();
    expect(await proxy.recorded(1)).toMatchObject([
      { status: 200, error: "http_response_timeout" },
    ]);
  });

  test("ends an upload that keeps arriving", async () => {
    const { proxy, backend } = await startPair(total("300ms"));
    const client = await openClient(proxy.port);
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n");
    const dripping = setInterval(() => client.send("x"), 20);
    const response = await client.response();
    clearInterval(dripping);
    expect(response.line).toBe("HTTP/1.1 504 Gateway Timeout");
    expect(value(response, "connection")).toBe("close");
    await (await backend.connection()).untilEnded();
  });

  test("begins anew with every request", async () => {
    const { proxy } = await startPair(
      { listener: { timeouts: { total: "500ms" }, limits: { requestsPerConnection: 0 } } },
      ({ line }) => (line.includes("/never") ? null : ok()),
    );
    const client = await openClient(proxy.port);
    const clock = await openClient(proxy.port);
    clock.send(get("/never"));
    while (!clock.received.includes("504")) {
      expect(status(await client.request(get()))).toBe(200);
      expect(status(await client.request(post("body")))).toBe(200);
    }
  });

  test("includes the attempts that failed before", async () => {
    const deaf = `http://127.0.0.1:${await startDeafBackend()}`;
    const slow = await startBackend();
    const proxy = await startTestProxy({
      backends: [deaf, slow.url],
      pool: { timeouts: { connect: "100ms" } },
      ...total("500ms"),
    });
    const client = await openClient(proxy.port);
    expect((await client.request(get())).line).toBe("HTTP/1.1 504 Gateway Timeout");
    expect(await proxy.recorded(1)).toMatchObject([{ status: 504, attempts: 2 }]);
    expect(proxy.running.inFlight()).toBe(0);
  });

  test("at the same moment as a retry leaves one request to a backend, not two", async () => {
    const deaf = `http://127.0.0.1:${await startDeafBackend()}`;
    const backend = await startBackend(({ line }) => ok(line.split(" ")[1]));
    const proxy = await startTestProxy({
      backends: [deaf, backend.url],
      pool: { timeouts: { connect: "500ms" }, retry: { maxRetries: 1 } },
      listener: { timeouts: { header: "200ms", total: "500ms" } },
    });
    await Promise.all(
      Array.from({ length: 40 }, async (_, index) => {
        const client = await openClient(proxy.port);
        const [first, second] = [`/first-${index}`, `/second-${index}`];
        client.send(get(first) + get(second));
        const codes = [status(await client.response()), status(await client.response())];
        for (const code of codes) expect([200, 504]).toContain(code);
        // The third is answered by us, so that whatever came too much would be seen before it.
        const last = await client.request(
          "OPTIONS * HTTP/1.1\r\nHost: a\r\nMax-Forwards: 0\r\n\r\n",
        );
        expect(value(last, "allow")).toBeDefined();
        expect(client.received).toBe("");
      }),
    );
    const lines = backend.requests.map(({ line }) => line);
    const twice = lines.filter((line, index) => lines.indexOf(line) !== index);
    expect({ twice, inFlight: proxy.running.inFlight() }).toEqual({ twice: [], inFlight: 0 });
  });
});
