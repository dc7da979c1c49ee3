import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { exchangeRaw, head, RawClient } from "../../test/raw-client.ts";
import { startForTest } from "../../test/start-for-test.ts";
import type { EchoAnswer } from "./echo.ts";

function sha256(text: string): string {
  return createHash("sha256").update(text, "latin1").digest("hex");
}

async function echoOf(request: string): Promise<EchoAnswer> {
  const { port } = await startForTest();
  const { body } = await exchangeRaw(port, request);
  return JSON.parse(Buffer.from(body, "latin1").toString("utf8")) as EchoAnswer;
}

test("shows the head byte for byte: target, order, case, duplicates, latin1", async () => {
  const request =
    "PROPFIND /echo?a=%2F%00&&b=[]| HTTP/1.1\r\nhOsT: x\r\nX-b: 2\r\nX-A:  1 \r\nx-B: \xff\r\n" +
    "Connection: close\r\n\r\n";
  expect(await echoOf(request)).toEqual({
    backend: "A",
    method: "PROPFIND",
    target: "/echo?a=%2F%00&&b=[]|",
    httpVersion: "1.1",
    headers: [
      ["hOsT", "x"],
      ["X-b", "2"],
      ["X-A", "1"],
      ["x-B", "\xff"],
      ["Connection", "close"],
    ],
    trailers: [],
    bodyLength: 0,
    bodySha256: sha256(""),
    body: "",
    connectionId: 1,
    requestsOnConnection: 1,
  });
});

test("shows an absolute target unchanged and routes it by its path", async () => {
  const echo = await echoOf(head("GET", "http://a.test/echo?x"));
  expect(echo.target).toBe("http://a.test/echo?x");
});

test("shows a chunked body without its framing, and the trailers in order and case", async () => {
  const echo = await echoOf(
    head("POST", "/echo", "Transfer-Encoding: chunked") +
      "3;ext=1\r\nab\x00\r\n2\r\n\xe9d\r\n0\r\nX-tRAILER: 1\r\nX-Other: 2\r\n\r\n",
  );
  expect(echo).toMatchObject({
    body: "ab\x00\xe9d",
    bodyLength: 5,
    bodySha256: sha256("ab\x00\xe9d"),
    trailers: [
      ["X-tRAILER", "1"],
      ["X-Other", "2"],
    ],
  });
});

test.each([
  [16 * 1024, true],
  [16 * 1024 + 1, false],
  [3_000_000, false],
])("gives a body of %i bytes back as text: %s", async (length, isText) => {
  const body = "z".repeat(length);
  const echo = await echoOf(head("PUT", "/echo", `Content-Length: ${length}`) + body);
  expect(echo.body).toBe(isText ? body : null);
  expect(echo).toMatchObject({ bodyLength: length, bodySha256: sha256(body) });
});

test("counts connections and the requests on each", async () => {
  const { port } = await startForTest();
  const first = new RawClient(port);
  const ids: unknown[] = [];
  const ask = async (client: RawClient): Promise<void> => {
    client.send("GET /echo HTTP/1.1\r\nHost: a\r\n\r\n");
    await client.take("\r\n\r\n");
    const echo = JSON.parse(await client.take("}\n")) as EchoAnswer;
    ids.push([echo.connectionId, echo.requestsOnConnection]);
  };
  await ask(first);
  await ask(first);
  await ask(new RawClient(port));
  await ask(first);
  expect(ids).toEqual([
    [1, 1],
    [1, 2],
    [2, 1],
    [1, 3],
  ]);
});

test("shows all of 4,000 header fields", async () => {
  const fields = Array.from({ length: 4000 }, (_, i) => `n${i}:`);
  const echo = await echoOf(head("GET", "/echo", ...fields));
  expect(echo.headers).toHaveLength(4002);
});

test("answers HEAD with the length but no body", async () => {
  const { port } = await startForTest();
  const answer = await exchangeRaw(port, head("HEAD", "/echo"));
  expect(answer.body).toBe("");
  expect(answer.fields.some((field) => /^Content-Length: [1-9]/.test(field))).toBe(true);
});

test("answers pipelined requests in order", async () => {
  const { port } = await startForTest();
  const { body } = await exchangeRaw(
    port,
    "GET /delay/20 HTTP/1.1\r\nHost: a\r\n\r\n" + head("GET", "/echo"),
  );
  expect(body.indexOf('"delayMs"')).toBeLessThan(body.indexOf('"connectionId"'));
});
