import { expect, test } from "vitest";
import { exchangeRaw, head, RawClient } from "../../test/raw-client.ts";
import { startForTest } from "../../test/start-for-test.ts";

test("sends its pieces in chunks and the count as a trailer", async () => {
  const { port } = await startForTest();
  const { body, fields } = await exchangeRaw(port, head("GET", "/stream?pieces=3&interval=0"));
  expect(fields).toContain("Transfer-Encoding: chunked");
  expect(fields).toContain("Trailer: X-Pieces");
  expect(body.match(/"piece":\d/g)).toEqual(['"piece":1', '"piece":2', '"piece":3']);
  expect(body.endsWith("\r\n0\r\nX-Pieces: 3\r\n\r\n")).toBe(true);
});

test("sends the first piece before the last one exists", async () => {
  const { port } = await startForTest();
  const client = new RawClient(port);
  client.send(head("GET", "/stream?pieces=2&interval=3600000"));
  expect(await client.take("}\n\r\n")).toContain('"piece":1,"of":2');
});

test.each([
  ["HTTP/1.0", "GET /stream?pieces=1 HTTP/1.0\r\n\r\n", '{"backend":"A","piece":1,"of":1}\n'],
  ["HEAD", head("HEAD", "/stream?pieces=1"), ""],
])("announces no trailer to %s", async (_, request, body) => {
  const { port } = await startForTest();
  const answer = await exchangeRaw(port, request);
  expect(answer).toMatchObject({ status: 200, body });
  expect(answer.fields).not.toContain("Trailer: X-Pieces");
});

test.each(["pieces=x", "pieces=-1", "interval=soon"])("refuses ?%s with 400", async (query) => {
  const { port } = await startForTest();
  expect((await exchangeRaw(port, head("GET", `/stream?${query}`))).status).toBe(400);
});
