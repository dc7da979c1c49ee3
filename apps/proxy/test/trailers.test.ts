import { describe, expect } from "vitest";
import { test } from "./support/concurrent.ts";
import { type Message, value, values } from "./support/message.ts";
import { type Answer, ok, startBackend } from "./support/raw-backend.ts";
import { openClient } from "./support/raw-client.ts";
import { get, startPair, startTestProxy } from "./support/run-proxy.ts";

const chunked = "Transfer-Encoding: chunked\r\n";
const put = (fields = ""): string => `PUT / HTTP/1.1\r\nHost: a\r\n${fields}${chunked}\r\n`;
const reply = (trailers: string, content = "2\r\nok\r\n", fields = ""): string =>
  `HTTP/1.1 200 OK\r\n${fields}${chunked}\r\n${content}0\r\n${trailers}\r\n`;

/** The request that a backend got for `text`. */
async function forwarded(
  text: string,
  setup: Parameters<typeof startPair>[0] = {},
): Promise<Message> {
  const { proxy, backend } = await startPair(setup, () => ok());
  const client = await openClient(proxy.port);
  expect((await client.request(text)).body).toBe("ok");
  return backend.requests[0] as Message;
}

/** What a client got when the backend said `answer`. */
async function answered(
  answer: string,
  request = get(),
  setup: Parameters<typeof startPair>[0] = {},
): Promise<Message> {
  const { proxy } = await startPair(setup, (_, connection) => {
    connection.send(answer);
    return null;
  });
  return await (await openClient(proxy.port)).request(request);
}

describe("trailers of a request", () => {
  test("reach the backend as they were, with what announced them", async () => {
    const lines = "Content-Digest: sha-256=:eA==:\r\nx-sum:  \xe9 \r\n";
    const request = await forwarded(
      `${put("Trailer: Content-Digest, X-Sum\r\n")}1\r\na\r\n0\r\n${lines}\r\n`,
    );
    expect(request).toMatchObject({ body: "a", trailers: lines });
    expect(values(request, "trailer")).toEqual(["Content-Digest, X-Sum"]);
    expect(request.head).not.toMatch(/digest:|x-sum:/i);
  });

  test("that would say who asks, what for or how much never do", async () => {
    const claims =
      "Host: evil\r\nContent-Length: 3\r\nX-Forwarded-For: 192.0.2.9\r\nX_Real_IP: 1\r\n" +
      "Authorization: Basic x\r\nCookie: a=b\r\nIf-Match: x\r\nX-Request-Id: theirs\r\n";
    const request = await forwarded(`${put("Trailer: Host, X-A\r\n")}0\r\n${claims}X-A: 1\r\n\r\n`);
    expect(request.trailers).toBe("X-A: 1\r\n");
    expect(values(request, "trailer")).toEqual(["X-A"]);
    expect(request.head).not.toContain("evil");
  });

  test("end here where Connection names them", async () => {
    const request = await forwarded(
      `${put("Connection: x-hop\r\n")}0\r\nX-Hop: 1\r\nX-A: 1\r\n\r\n`,
    );
    expect(request.trailers).toBe("X-A: 1\r\n");
  });

  test("end here where their route removes the field", async () => {
    const top = { routes: [{ pool: "web", requestHeaders: { remove: ["X-Secret"] } }] };
    const request = await forwarded(`${put()}0\r\nx-secret: 1\r\nX-A: 1\r\n\r\n`, { top });
    expect(request.trailers).toBe("X-A: 1\r\n");
  });

  test("byte by byte are the same, and what follows them is the next request", async () => {
    const { proxy, backend } = await startPair({}, () => ok());
    const client = await openClient(proxy.port);
    for (const byte of `${put()}1\r\na\r\n0\r\nX-A: 1\r\nHost: b\r\nX-B: 2\r\n\r\n${get("/next")}`) {
      client.send(byte);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await client.response();
    await client.response();
    expect(backend.requests.map(({ line, trailers }) => [line, trailers])).toEqual([
      ["PUT / HTTP/1.1", "X-A: 1\r\nX-B: 2\r\n"],
      ["GET /next HTTP/1.1", ""],
    ]);
  });

  test.each([
    ["malformed", "X-A : 1\r\n"],
    ["too large", `X-A: ${"x".repeat(9_000)}\r\n`],
    ["too many", "X-A: 1\r\n".repeat(101)],
  ])("that are %s end the request before the backend has it whole", async (_, lines) => {
    const { proxy, backend } = await startPair();
    const client = await openClient(proxy.port);
    client.send(`${put()}1\r\na\r\n`);
    const connection = await backend.connection();
    await connection.untilReceived("1\r\na\r\n");
    const response = await client.send(`0\r\n${lines}\r\n`).response();
    expect(response.line).toMatch(/^HTTP\/1\.1 4(00|31) /);
    await connection.untilEnded();
    expect(connection.received).toMatch(/\r\n1\r\na\r\n$/);
  });

  test.each([
    ["with the head", ""],
    ["behind it", "1\r\na\r\n"],
  ])("that came %s go to the backend that the request moves to, too", async (_, early) => {
    const resetting: Answer = (_request, connection) => {
      connection.reset();
      return null;
    };
    const [bad, good] = [await startBackend(resetting), await startBackend(() => ok())] as const;
    const pool = { strategy: "first" };
    const proxy = await startTestProxy({ backends: [bad.url, good.url], pool });
    const client = await openClient(proxy.port);
    client.send(put() + early);
    if (early !== "") await (await bad.connection()).untilReceived(early);
    client.send("2\r\nbc\r\n0\r\nX-A: 1\r\n\r\n");
    expect((await client.response()).body).toBe("ok");
    const body = early === "" ? "bc" : "abc";
    expect(good.requests[0]).toMatchObject({ body, trailers: "X-A: 1\r\n" });
  });

  test("are announced as wanted only by a client that wants them", async () => {
    const asked = "GET / HTTP/1.1\r\nHost: a\r\n";
    const wanting = await forwarded(`${asked}TE: gzip, trailers\r\nConnection: TE, close\r\n\r\n`);
    expect(value(wanting, "te")).toBe("trailers");
    expect(values(wanting, "connection")).toEqual(["TE"]);
    const other = await forwarded(`${asked}TE: gzip\r\nConnection: TE\r\n\r\n`);
    expect(values(other, "te")).toEqual([]);
  });
});

describe("trailers of a response", () => {
  test("reach the client as they were, but those that would control it", async () => {
    const lines = "X-Sum: 1\r\nSet-Cookie: a=b\r\nLocation: /x\r\nServer-Timing: db;dur=1\r\n";
    const response = await answered(reply(lines, "2\r\nok\r\n", "Trailer: X-Sum, Set-Cookie\r\n"));
    expect(response.body).toBe("ok");
    expect(response.trailers).toBe("X-Sum: 1\r\nServer-Timing: db;dur=1\r\n");
    expect(values(response, "trailer")).toEqual(["X-Sum"]);
  });

  test("come whole behind a body that streams", async () => {
    const { proxy, backend } = await startPair();
    const client = await openClient(proxy.port);
    client.send(get());
    const connection = await backend.connection();
    await connection.request();
    connection.send(`HTTP/1.1 200 OK\r\n${chunked}\r\n3\r\none\r\n`);
    await client.untilReceived("3\r\none\r\n");
    for (const byte of "0\r\nX-Sum: 1\r\nX-B: 2\r\n\r\n") {
      connection.send(byte);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await client.response()).toMatchObject({
      body: "one",
      trailers: "X-Sum: 1\r\nX-B: 2\r\n",
    });
    client.send(get("/next"));
    await connection.untilReceived("GET /next");
  });

  test("come behind a body of many kilobytes", async () => {
    const content = "x".repeat(20_000);
    const response = await answered(reply("X-Sum: 1\r\n", `4e20\r\n${content}\r\n`));
    expect(response).toMatchObject({ body: content, trailers: "X-Sum: 1\r\n" });
  });

  test("end here where Connection or their route names them", async () => {
    const top = { routes: [{ pool: "web", responseHeaders: { remove: ["x-secret"] } }] };
    const lines = "X-Hop: 1\r\nX-Secret: 2\r\nX-A: 3\r\n";
    const fields = "Connection: X-Hop\r\nTrailer: X-Hop, X-Secret, X-A\r\n";
    const response = await answered(reply(lines, "", fields), get(), { top });
    expect(response.trailers).toBe("X-A: 3\r\n");
    expect(values(response, "trailer")).toEqual(["X-A"]);
  });

  test("are not for a client of HTTP/1.0, which knows no chunks", async () => {
    const answer = reply("X-Sum: 1\r\n", "2\r\nok\r\n", "Trailer: X-Sum\r\n");
    const response = await answered(answer, "GET / HTTP/1.0\r\n\r\n");
    expect(response.body).toBe("ok");
    expect(values(response, "trailer")).toEqual([]);
  });

  test("do not follow the answer to HEAD", async () => {
    const { proxy } = await startPair({}, ({ line }) =>
      line.startsWith("HEAD") ? `HTTP/1.1 200 OK\r\nTrailer: X-A\r\n${chunked}\r\n` : ok(),
    );
    const client = await openClient(proxy.port);
    const head = await client.request("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", "bodyless-response");
    expect(value(head, "transfer-encoding")).toBe("chunked");
    expect((await client.request(get())).body).toBe("ok");
  });

  test.each([
    ["malformed", "X-A : 1\r\n"],
    ["too large", `X-A: ${"x".repeat(9_000)}\r\n`],
    ["too many", "X-A: 1\r\n".repeat(101)],
  ])("that are %s never make the response whole", async (_, lines) => {
    const { proxy, backend } = await startPair();
    const client = await openClient(proxy.port);
    client.send(get());
    const connection = await backend.connection();
    await connection.request();
    connection.send(`HTTP/1.1 200 OK\r\n${chunked}\r\n3\r\none\r\n`);
    await client.untilReceived("3\r\none\r\n");
    connection.send(`0\r\n${lines}\r\n`);
    await client.untilClosed();
    expect(client.received).not.toContain("\r\n0\r\n");
  });
});
