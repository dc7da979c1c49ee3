import { describe, expect, test } from "vitest";
import { type Message, names, value, values } from "./support/message.ts";
import { ok } from "./support/raw-backend.ts";
import { openClient } from "./support/raw-client.ts";
import { type ProxySettings, startPair } from "./support/run-proxy.ts";

type Listener = ProxySettings["listener"];

/** What a backend sees of a GET with these fields. */
async function forwarded(fields: string, listener: Listener = {}): Promise<Message> {
  const { proxy, backend } = await startPair({ listener }, () => ok());
  const client = await openClient(proxy.port);
  await client.request(`GET / HTTP/1.1\r\nHost: a.test\r\n${fields}\r\n`);
  return backend.requests[0] as Message;
}

/** What a client sees of a response with this head. */
async function answered(head: string): Promise<Message> {
  const { proxy } = await startPair({}, () => `HTTP/1.1 200 OK\r\n${head}\r\n`);
  const client = await openClient(proxy.port);
  return await client.request("GET / HTTP/1.1\r\nHost: a.test\r\n\r\n");
}

const trusting = { trustedProxies: ["127.0.0.1"] };
const claims =
  "X-Forwarded-For: 1.1.1.1, 2.2.2.2\r\nX-Forwarded-For: 3.3.3.3\r\nX-Forwarded-Proto: https\r\n" +
  "X-Forwarded-Host: claimed.test\r\nForwarded: for=1.1.1.1\r\nX-Real-IP: 1.1.1.1\r\n" +
  "X-Forwarded-Port: 443\r\nX-Forwarded-Prefix: /x\r\n";

describe("to the backend", () => {
  test("go the client's fields in their order and case, then ours", async () => {
    const request = await forwarded("x-b: 1\r\nX-A: 2\r\nACCEPT: */*\r\nx-b:   3  \r\nEmpty:\r\n");
    expect(request.fields.slice(0, 6)).toEqual([
      ["Host", "a.test"],
      ["x-b", "1"],
      ["X-A", "2"],
      ["ACCEPT", "*/*"],
      ["x-b", "3"],
      ["Empty", ""],
    ]);
    expect(names(request).slice(6)).toEqual([
      "X-Forwarded-For",
      "X-Forwarded-Proto",
      "X-Forwarded-Host",
      "Via",
      "X-Request-Id",
    ]);
  });

  test("goes who the client is, whatever an untrusted one claims", async () => {
    const request = await forwarded(`${claims}X_Forwarded_For: 6.6.6.6\r\nX-Request-Id: mine\r\n`);
    expect(values(request, "x-forwarded-for")).toEqual(["127.0.0.1"]);
    expect(values(request, "x-forwarded-proto")).toEqual(["http"]);
    expect(values(request, "x-forwarded-host")).toEqual(["a.test"]);
    expect(values(request, "x-request-id")).not.toEqual(["mine"]);
    expect(values(request, "x-request-id")).toHaveLength(1);
    for (const name of ["Forwarded", "X-Real-IP", "X-Forwarded-Port", "X-Forwarded-Prefix"]) {
      expect(values(request, name)).toEqual([]);
    }
    expect(request.head).not.toContain("6.6.6.6");
    expect(request.head).not.toContain("1.1.1.1");
  });

  test("goes what a trusted peer says about the client, with the peer added", async () => {
    const request = await forwarded(`${claims}X-Request-Id: mine-1\r\n`, trusting);
    expect(values(request, "x-forwarded-for")).toEqual(["1.1.1.1, 2.2.2.2, 3.3.3.3, 127.0.0.1"]);
    expect(values(request, "x-forwarded-proto")).toEqual(["https"]);
    expect(values(request, "x-forwarded-host")).toEqual(["claimed.test"]);
    expect(values(request, "x-request-id")).toEqual(["mine-1"]);
    expect(values(request, "x-real-ip")).toEqual(["1.1.1.1"]);
    expect(values(request, "forwarded")).toEqual(["for=1.1.1.1"]);
  });

  test("goes the same for a trusted peer that says nothing", async () => {
    const request = await forwarded("", trusting);
    expect(values(request, "x-forwarded-for")).toEqual(["127.0.0.1"]);
    expect(values(request, "x-forwarded-proto")).toEqual(["http"]);
    expect(values(request, "x-forwarded-host")).toEqual(["a.test"]);
  });

  test("goes no trust in a peer outside the listed networks", async () => {
    const request = await forwarded(claims, { trustedProxies: ["10.0.0.0/8", "::1"] });
    expect(values(request, "x-forwarded-for")).toEqual(["127.0.0.1"]);
  });

  test.each(["has spaces in it", "x".repeat(129), 'quo"te', "semi;colon"])(
    "goes an id of ours instead of a trusted peer's odd one (%s)",
    async (id) => {
      const request = await forwarded(`X-Request-Id: ${id}\r\n`, trusting);
      expect(value(request, "x-request-id")).toMatch(/^[a-z0-9]+-[a-z0-9]+$/);
    },
  );

  test("the record names the client that a trusted peer names, of each request", async () => {
    const { proxy } = await startPair({ listener: trusting }, () => ok());
    const client = await openClient(proxy.port);
    for (const lines of [claims, "", "X-Forwarded-For: 4.4.4.4, 127.0.0.1\r\n"]) {
      await client.request(`GET / HTTP/1.1\r\nHost: a.test\r\n${lines}\r\n`);
    }
    const records = await proxy.recorded(3);
    expect(records.map((record) => record.client_ip)).toEqual(["3.3.3.3", "127.0.0.1", "4.4.4.4"]);
  });

  test("the record of a stranger's request names the stranger", async () => {
    const { proxy } = await startPair({ listener: { trustedProxies: ["10.0.0.0/8"] } }, () => ok());
    await (await openClient(proxy.port)).request(`GET / HTTP/1.1\r\nHost: a.test\r\n${claims}\r\n`);
    expect((await proxy.recorded(1))[0]?.client_ip).toBe("127.0.0.1");
  });

  test("goes Via with our name after those before us", async () => {
    expect(values(await forwarded(""), "via")).toEqual(["1.1 evenkeel"]);
    expect(values(await forwarded("Via: 1.0 a\r\nVia: 1.1 b\r\n"), "via")).toEqual([
      "1.0 a, 1.1 b, 1.1 evenkeel",
    ]);
  });

  test("go no fields of this hop and none that Connection names", async () => {
    const request = await forwarded(
      "Connection: X-Hop, close\r\nConnection: ,, x-OTHER ,\r\nX-Hop: 1\r\nX-Other: 2\r\n" +
        "Keep-Alive: timeout=5\r\nProxy-Connection: close\r\nTE: gzip\r\nTrailer: X\r\n" +
        "Upgrade: h2c\r\nHTTP2-Settings: AAA\r\nX-Stays: 3\r\n",
    );
    expect(request.head.toLowerCase()).not.toMatch(
      /\r\n(connection|x-hop|x-other|keep-alive|proxy-connection|te|trailer|upgrade|http2-settings):/,
    );
    expect(value(request, "x-stays")).toBe("3");
  });

  test("go the fields that Connection must not be able to name", async () => {
    const { proxy, backend } = await startPair({}, () => ok());
    const client = await openClient(proxy.port);
    await client.request(
      "POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 5\r\nCookie: c=1\r\n" +
        "Authorization: Basic x\r\n" +
        "Connection: Host, Content-Length, Cookie, Authorization, X-Forwarded-For, Via, X-Request-Id\r\n\r\nhello",
    );
    const request = backend.requests[0] as Message;
    expect(request.body).toBe("hello");
    for (const name of ["Host", "Content-Length", "Cookie", "Authorization"]) {
      expect(values(request, name)).toHaveLength(1);
    }
    for (const name of ["X-Forwarded-For", "Via", "X-Request-Id"]) {
      expect(values(request, name)).toHaveLength(1);
    }
  });

  test("goes a chunked body in frames although Connection names Transfer-Encoding", async () => {
    const { proxy, backend } = await startPair({}, () => ok());
    const client = await openClient(proxy.port);
    await client.request(
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n" +
        "Connection: Transfer-Encoding\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    );
    expect(backend.requests[0]?.body).toBe("hello");
  });

  test("go conditions, ranges and prototype-like names untouched", async () => {
    const fields =
      'If-None-Match: "x"\r\nRange: bytes=0-1\r\n__proto__: 1\r\nconstructor: 2\r\nToString: 3\r\n';
    const request = await forwarded(fields);
    expect(value(request, "if-none-match")).toBe('"x"');
    expect(value(request, "range")).toBe("bytes=0-1");
    expect(value(request, "constructor")).toBe("2");
    expect(value(request, "tostring")).toBe("3");
  });

  test.each(["*", "http://a.test"])("goes OPTIONS %s with an asterisk", async (target) => {
    const { proxy, backend } = await startPair({}, () => ok());
    const client = await openClient(proxy.port);
    await client.request(`OPTIONS ${target} HTTP/1.1\r\nHost: a.test\r\n\r\n`);
    expect(backend.requests[0]?.line).toBe("OPTIONS * HTTP/1.1");
    expect(values(backend.requests[0] as Message, "host")).toEqual(["a.test"]);
  });

  test("goes Max-Forwards of OPTIONS one lower, and 0 is answered here", async () => {
    const { proxy, backend } = await startPair({}, () => ok());
    const client = await openClient(proxy.port);
    await client.request("OPTIONS * HTTP/1.1\r\nHost: a\r\nMax-Forwards: 5\r\n\r\n");
    expect(backend.requests[0]?.line).toBe("OPTIONS * HTTP/1.1");
    expect(values(backend.requests[0] as Message, "max-forwards")).toEqual(["4"]);
    const own = await client.request("OPTIONS * HTTP/1.1\r\nHost: a\r\nMax-Forwards: 0\r\n\r\n");
    expect(own.line).toBe("HTTP/1.1 200 OK");
    expect(value(own, "allow")).toContain("GET");
    expect(backend.requests).toHaveLength(1);
  });
});

describe("in both directions", () => {
  test("values keep every byte, also those outside ASCII", async () => {
    const bytes = "caf\xe9 \xff\x80 \xc3\xa9\ttab";
    const { proxy, backend } = await startPair({}, () => ok("", `X-Bytes: ${bytes}\r\n`));
    const client = await openClient(proxy.port);
    const response = await client.request(`GET / HTTP/1.1\r\nHost: a\r\nX-Bytes: ${bytes}\r\n\r\n`);
    expect(backend.requests[0]?.head).toContain(`\r\nX-Bytes: ${bytes}\r\n`);
    expect(response.head).toContain(`\r\nX-Bytes: ${bytes}\r\n`);
  });
});

describe("to the client", () => {
  test("go the backend's fields in their order and case", async () => {
    const response = await answered(
      'server: x\r\nX-B: 1\r\nx-a: 2\r\nX-B: 3\r\nContent-Length: 0\r\nETag: W/"1"\r\n',
    );
    expect(response.fields.filter(([name]) => name !== "Date")).toEqual([
      ["server", "x"],
      ["X-B", "1"],
      ["x-a", "2"],
      ["X-B", "3"],
      ["Content-Length", "0"],
      ["ETag", 'W/"1"'],
    ]);
  });

  test("go three Set-Cookie lines as three lines", async () => {
    const cookies = ["a=1; Path=/", "b=2; Expires=Wed, 21 Oct 2026 07:28:00 GMT", "c=\xe9"];
    const response = await answered(
      `${cookies.map((cookie) => `Set-Cookie: ${cookie}\r\n`).join("")}Content-Length: 0\r\n`,
    );
    expect(values(response, "set-cookie")).toEqual(cookies);
  });

  test("goes a Date when the backend sent none", async () => {
    expect(values(await answered("Content-Length: 0\r\n"), "date")).toHaveLength(1);
  });

  test("goes the backend's own Date when it sent one", async () => {
    const date = "Sun, 06 Nov 1994 08:49:37 GMT";
    const response = await answered(`date: ${date}\r\nContent-Length: 0\r\n`);
    expect(values(response, "date")).toEqual([date]);
  });

  test("go no fields of this hop and none that Connection names", async () => {
    const response = await answered(
      "Connection: keep-alive, X-Hop\r\nX-Hop: 1\r\nKeep-Alive: timeout=5\r\n" +
        "Proxy-Connection: x\r\nTrailer: X\r\nContent-Length: 0\r\n",
    );
    expect(names(response).toSorted()).toEqual(["Content-Length", "Date"]);
  });

  test("go Set-Cookie and framing although Connection names them", async () => {
    const response = await answered(
      "Connection: Set-Cookie, Content-Length\r\nSet-Cookie: a=1\r\nContent-Length: 0\r\n",
    );
    expect(values(response, "set-cookie")).toEqual(["a=1"]);
    expect(values(response, "content-length")).toEqual(["0"]);
  });

  test.each([
    ["HTTP/1.1 200 Very fine \xe9", "HTTP/1.1 200 Very fine \xe9"],
    ["HTTP/1.1 299 ", "HTTP/1.1 299 "],
    ["HTTP/1.1 404", "HTTP/1.1 404 "],
    ["HTTP/1.0 200 OK", "HTTP/1.1 200 OK"],
  ])("goes the status line %s with our version", async (line, expected) => {
    const { proxy } = await startPair({}, () => `${line}\r\nContent-Length: 0\r\n\r\n`);
    const client = await openClient(proxy.port);
    const response = await client.request("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    expect(response.line).toBe(expected);
  });
});
