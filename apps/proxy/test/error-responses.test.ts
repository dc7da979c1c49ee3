import { describe, expect, test } from "vitest";
import { names, status, value } from "./support/message.ts";
import { ok, refusingPort } from "./support/raw-backend.ts";
import { openClient } from "./support/raw-client.ts";
import { get, post, startPair, startTestProxy } from "./support/run-proxy.ts";

const httpDate = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/;
const lengthAndChunks =
  "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked";
const onlyKnown = { routes: [{ path: "/known", pool: "web" }] };

describe("an error of our own", () => {
  test("is a problem document whose token is also in Proxy-Status", async () => {
    const { proxy } = await startPair({ top: onlyKnown });
    const client = await openClient(proxy.port);
    const response = await client.request(get("/unknown"));
    const [record] = await proxy.recorded(1);

    expect(response.line).toBe("HTTP/1.1 404 Not Found");
    expect(response.fields.filter(([name]) => name !== "Date")).toEqual([
      ["Content-Type", "application/problem+json"],
      ["Content-Length", String(response.body.length)],
      ["Cache-Control", "no-store"],
      ["Proxy-Status", "evenkeel; error=destination_not_found"],
    ]);
    expect(value(response, "date")).toMatch(httpDate);
    expect(JSON.parse(response.body)).toEqual({
      type: "about:blank",
      title: "Not Found",
      status: 404,
      detail: "no route matches",
      error: "destination_not_found",
      requestId: record?.request_id,
    });
    expect(record).toMatchObject({ status: 404, error: "destination_not_found", pool: null });
  });

  test("leaves the connection open when the request was whole", async () => {
    const { proxy } = await startPair({ top: onlyKnown }, () => ok());
    const client = await openClient(proxy.port);
    expect(status(await client.request(get("/unknown")))).toBe(404);
    expect(status(await client.request(get("/known")))).toBe(200);
  });

  test("closes the connection when the request's body was not read", async () => {
    const { proxy, backend } = await startPair({ top: onlyKnown }, () => ok());
    const client = await openClient(proxy.port);
    client.send(post(get("/known")));
    const response = await client.response();
    expect(status(response)).toBe(404);
    expect(value(response, "connection")).toBe("close");
    await client.untilEnded();
    expect(client.received).toBe("");
    expect(backend.requests).toHaveLength(0);
  });

  test("has no body for HEAD, but says how long it would be", async () => {
    const { proxy } = await startPair({ top: onlyKnown });
    const client = await openClient(proxy.port);
    const head = await client.request(
      "HEAD /unknown HTTP/1.1\r\nHost: a\r\n\r\n",
      "bodyless-response",
    );
    expect(head.line).toBe("HTTP/1.1 404 Not Found");
    const got = await client.request(get("/unknown"));
    expect(got.line).toBe("HTTP/1.1 404 Not Found");
    expect(value(head, "content-length")).toBe(value(got, "content-length"));
    expect(client.received).toBe("");
  });

  test("tells an HTTP/1.0 client that the connection closes", async () => {
    const { proxy } = await startPair({ top: onlyKnown });
    const client = await openClient(proxy.port);
    const response = await client.request("GET /unknown HTTP/1.0\r\n\r\n");
    expect(value(response, "connection")).toBe("close");
    await client.untilEnded();
  });

  test("reflects nothing of the request and names no address", async () => {
    const backend = await refusingPort();
    const proxy = await startTestProxy({ backends: [`http://127.0.0.1:${backend}`] });
    const client = await openClient(proxy.port);
    const response = await client.request(get("/<script>secret", "X-Secret: secret\r\n"));
    expect(status(response)).toBe(502);
    const text = response.head + response.body;
    expect(text).not.toContain("secret");
    expect(text).not.toContain("127.0.0.1");
    expect(text).not.toContain(String(backend));
  });
});

describe("a request that breaks the rules", () => {
  test.each([
    ["no Host", 400, "GET / HTTP/1.1\r\n\r\n"],
    ["two Host lines", 400, "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"],
    ["another version", 505, "GET / HTTP/2.0\r\nHost: a\r\n\r\n"],
    ["a climbing path", 400, "GET /../x HTTP/1.1\r\nHost: a\r\n\r\n"],
    ["an encoded NUL", 400, "GET /a%00 HTTP/1.1\r\nHost: a\r\n\r\n"],
    ["a backslash", 400, "GET /a\\b HTTP/1.1\r\nHost: a\r\n\r\n"],
    ["a fragment", 400, "GET /#x HTTP/1.1\r\nHost: a\r\n\r\n"],
    ["TRACE", 405, "TRACE / HTTP/1.1\r\nHost: a\r\n\r\n"],
    ["CONNECT", 405, "CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n"],
    ["a long method", 501, `${"M".repeat(40)} / HTTP/1.1\r\nHost: a\r\n\r\n`],
    ["a long target", 414, `GET /${"x".repeat(9_000)} HTTP/1.1\r\nHost: a\r\n\r\n`],
    ["a long field", 431, `GET / HTTP/1.1\r\nHost: a\r\nX: ${"x".repeat(20_000)}\r\n\r\n`],
    ["many fields", 431, `GET / HTTP/1.1\r\nHost: a\r\n${"X: 1\r\n".repeat(200)}\r\n`],
    [
      "1,100 fields before its length",
      431,
      `POST / HTTP/1.1\r\nHost: a\r\n${"a:b\r\n".repeat(1_100)}Content-Length: 5\r\n\r\n`,
    ],
    ["another coding", 501, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n"],
    ["length and chunks", 400, `${lengthAndChunks}\r\n\r\n`],
    ["a TLS hello", 400, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"],
    ["an HTTP/2 preface", 505, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
  ])("(%s) is answered with %i and closed, and reaches no backend", async (_, code, request) => {
    const { proxy, backend } = await startPair({}, () => ok());
    const client = await openClient(proxy.port);
    client.send(request + get("/behind"));
    const response = await client.response();
    expect(status(response)).toBe(code);
    expect(value(response, "connection")).toBe("close");
    expect(value(response, "proxy-status")).toBe("evenkeel; error=http_request_error");
    expect(names(response).includes("Allow")).toBe(code === 405);
    await client.untilEnded();
    expect(client.received).toBe("");
    expect(backend.connections).toHaveLength(0);
    expect(await proxy.recorded(1)).toHaveLength(1);
  });
});

test("encoded line breaks add no line to what a backend or a client gets", async () => {
  const { proxy, backend } = await startPair({ top: onlyKnown }, () => ok());
  const client = await openClient(proxy.port);
  const evil = "%0d%0aX-Evil:%201%0d%0a%0d%0a";
  await client.request(get(`/known/${evil}?q=${evil}`, `Referer: ${evil}\r\n`));
  await client.request(get("/known/x?q=y", "Referer: z\r\n"));
  const [bent, straight] = backend.requests.map(names);
  expect(bent).toEqual(straight);
  expect(backend.requests[0]?.line).toBe(`GET /known/${evil}?q=${evil} HTTP/1.1`);

  const refused = await client.request(get(`/${evil}`));
  const plain = await client.request(get("/unknown"));
  expect(names(refused)).toEqual(names(plain));
  expect(refused.head + refused.body).not.toMatch(/evil/i);
});

describe("routes", () => {
  const routes = [
    { host: "api.test", path: "/v1", pool: "web" },
    { host: "www.test", pool: "web" },
  ];
  test.each([
    ["/v1", "api.test", 200],
    ["/v1/", "api.test", 200],
    ["/v1/x?y=/z", "api.test", 200],
    ["/v1?x", "api.test", 200],
    ["/v1/x", "API.Test:8080", 200],
    ["/v1/x", "api.test.", 200],
    ["/v1/x", "api.test.:8080", 200],
    ["/v10", "api.test", 404],
    ["/v1%2Fx", "api.test", 404],
    ["/V1/x", "api.test", 404],
    ["/%76%31/x", "api.test", 404],
    ["/x?/v1", "api.test", 404],
    ["/anything", "www.test", 200],
    ["/v1", "other.test", 404],
    ["http://www.test/absolute", "www.test", 200],
  ])("send %s for %s to a backend or answer 404", async (target, host, expected) => {
    const { proxy, backend } = await startPair({ top: { routes } }, () => ok());
    const client = await openClient(proxy.port);
    const response = await client.request(`GET ${target} HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
    expect(status(response)).toBe(expected);
    expect(backend.requests).toHaveLength(expected === 200 ? 1 : 0);
  });

  test("forward the target byte for byte", async () => {
    const { proxy, backend } = await startPair({}, () => ok());
    const client = await openClient(proxy.port);
    const target = "/@scope%2fname/%E2%82%AC//x;y=1/./%2e?q=%00&r=a+b&&=?/..";
    await client.request(get(target));
    expect(backend.requests[0]?.line).toBe(`GET ${target} HTTP/1.1`);
  });
});
