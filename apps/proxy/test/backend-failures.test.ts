import { describe, expect, test } from "vitest";
import { value } from "./support/message.ts";
import { type RawBackend, ok, refusingPort, startBackend } from "./support/raw-backend.ts";
import { openClient } from "./support/raw-client.ts";
import { get, post, startPair, startTestProxy } from "./support/run-proxy.ts";

const refusingUrl = async (): Promise<string> => `http://127.0.0.1:${await refusingPort()}`;

/** Resets the connection as soon as a request is whole. */
async function startResetting(): Promise<RawBackend> {
  return await startBackend((_, connection) => {
    connection.reset();
    return null;
  });
}

describe("a backend that refuses the connection", () => {
  test.each(["GET", "HEAD", "POST", "PATCH", "DELETE", "FOO"])(
    "loses a %s to another one",
    async (method) => {
      const backend = await startBackend(() => ok(""));
      const proxy = await startTestProxy({ backends: [await refusingUrl(), backend.url] });
      const client = await openClient(proxy.port);
      const response = await client.request(`${method} / HTTP/1.1\r\nHost: a\r\n\r\n`);
      expect(response.line).toBe("HTTP/1.1 200 OK");
      expect((await proxy.recorded(1))[0]).toMatchObject({
        status: 200,
        attempts: 2,
        backend: `127.0.0.1:${backend.port}`,
        error: null,
      });
    },
  );

  test("is a 502 when it is the only one, after the tries that the configuration allows", async () => {
    const proxy = await startTestProxy({
      backends: [await refusingUrl()],
      pool: { retry: { maxRetries: 1 } },
    });
    const client = await openClient(proxy.port);
    const response = await client.request(get());
    expect(response.line).toBe("HTTP/1.1 502 Bad Gateway");
    expect(value(response, "proxy-status")).toBe("evenkeel; error=connection_refused");
    expect((await proxy.recorded(1))[0]).toMatchObject({
      status: 502,
      attempts: 2,
      error: "connection_refused",
    });
    expect(proxy.running.inFlight()).toBe(0);
    expect((await client.request(get())).line).toBe("HTTP/1.1 502 Bad Gateway");
  });

  test("never costs more than maxRetries further tries", async () => {
    const urls = await Promise.all(Array.from({ length: 5 }, refusingUrl));
    const proxy = await startTestProxy({ backends: urls, pool: { retry: { maxRetries: 2 } } });
    const client = await openClient(proxy.port);
    await client.request(get());
    expect((await proxy.recorded(1))[0]?.attempts).toBe(3);
  });

  test("is not asked twice for one request while another is untried", async () => {
    const backend = await startBackend(() => ok(""));
    const urls = [await refusingUrl(), await refusingUrl(), backend.url];
    const proxy = await startTestProxy({ backends: urls });
    const client = await openClient(proxy.port);
    for (let turn = 0; turn < 30; turn++) {
      expect((await client.request(get())).line).toBe("HTTP/1.1 200 OK");
    }
  });
});

describe("a backend that resets the connection after the request", () => {
  test.each(["GET", "HEAD", "PUT", "DELETE", "OPTIONS"])(
    "loses a %s to another one, which sees it once",
    async (method) => {
      const backends = [await startResetting(), await startBackend(() => ok(""))] as const;
      const proxy = await startTestProxy({ backends: backends.map(({ url }) => url) });
      const client = await openClient(proxy.port);
      const response = await client.request(`${method} / HTTP/1.1\r\nHost: a\r\n\r\n`);
      expect(response.line).toBe("HTTP/1.1 200 OK");
      expect(backends.map(({ requests }) => requests.length)).toEqual([1, 1]);
      expect((await proxy.recorded(1))[0]).toMatchObject({ status: 200, attempts: 2 });
    },
  );

  test.each(["POST", "PATCH", "FOO", "get"])(
    "is a 502 for a %s, which was sent exactly once",
    async (method) => {
      const backends = [await startResetting(), await startBackend(() => ok(""))] as const;
      const proxy = await startTestProxy({ backends: backends.map(({ url }) => url) });
      const client = await openClient(proxy.port);
      const response = await client.request(
        `${method} / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi`,
      );
      expect(response.line).toBe("HTTP/1.1 502 Bad Gateway");
      expect(value(response, "proxy-status")).toBe("evenkeel; error=connection_terminated");
      expect(backends.map(({ requests }) => requests.length)).toEqual([1, 0]);
      expect((await proxy.recorded(1))[0]).toMatchObject({ status: 502, attempts: 1 });
    },
  );

  test("on a kept connection loses a GET to another one, and a POST is a 502", async () => {
    let isResetting = false;
    const backend = await startBackend((_, connection) => {
      if (!isResetting) return ok();
      connection.reset();
      return null;
    });
    const proxy = await startTestProxy({ backends: [backend.url] });
    const client = await openClient(proxy.port);
    await client.request(get());
    isResetting = true;
    expect((await client.request(post("hi"))).line).toBe("HTTP/1.1 502 Bad Gateway");
    expect(backend.requests).toHaveLength(2);
    isResetting = false;
    expect((await client.request(get())).line).toBe("HTTP/1.1 200 OK");
  });

  test("with FIN is treated like one that resets", async () => {
    const closing = await startBackend((_, connection) => {
      connection.end();
      return null;
    });
    const other = await startBackend(() => ok("other"));
    const proxy = await startTestProxy({ backends: [closing.url, other.url] });
    const client = await openClient(proxy.port);
    expect((await client.request(get())).body).toBe("other");
  });

  test("after part of a response head gets no second try", async () => {
    const half = await startBackend((_, connection) => {
      connection.send("HTTP/1.1 200 OK\r\nConte").end();
      return null;
    });
    const other = await startBackend(() => ok("other"));
    const proxy = await startTestProxy({ backends: [half.url, other.url] });
    const client = await openClient(proxy.port);
    expect((await client.request(get())).line).toBe("HTTP/1.1 502 Bad Gateway");
    expect(other.requests).toHaveLength(0);
  });
});

describe("a response that is not HTTP/1.1", () => {
  test.each([
    ["garbage", "SSH-2.0-OpenSSH_9.2\r\n\r\n"],
    [
      "length and chunks",
      "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
    ],
    ["two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\na"],
    ["another coding", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n"],
    ["HTTP/2.0", "HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n"],
    ["status 600", "HTTP/1.1 600 Odd\r\nContent-Length: 0\r\n\r\n"],
    ["a folded field", "HTTP/1.1 200 OK\r\nX-A: 1\r\n 2\r\nContent-Length: 0\r\n\r\n"],
    ["too many fields", `HTTP/1.1 200 OK\r\n${"X: 1\r\n".repeat(200)}\r\n`],
    ["an endless head", `HTTP/1.1 200 OK\r\nX: ${"x".repeat(100_000)}`],
  ])("(%s) is a 502, and the connection is not used again", async (_, answer) => {
    const { proxy, backend } = await startPair({}, () => answer);
    const client = await openClient(proxy.port);
    const response = await client.request(get());
    expect(response.line).toBe("HTTP/1.1 502 Bad Gateway");
    expect(value(response, "proxy-status")).toBe("evenkeel; error=http_protocol_error");
    await backend.connections[0]?.untilEnded();
    backend.answer = () => ok("fine");
    expect((await client.request(get())).body).toBe("fine");
    expect(proxy.running.inFlight()).toBe(0);
  });
});

test("an error page of the backend passes untouched, and is told from ours", async () => {
  const page = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 4\r\nX-Own: 1\r\n\r\nmine";
  const { proxy } = await startPair({}, () => page);
  const client = await openClient(proxy.port);
  const response = await client.request(get());
  expect(response.body).toBe("mine");
  expect(value(response, "proxy-status")).toBeUndefined();
  expect((await proxy.recorded(1))[0]).toMatchObject({ status: 503, error: null, attempts: 1 });
});
