import { expect, test } from "vitest";
import { exchangeRaw, head, RawClient } from "../../test/raw-client.ts";
import { startForTest } from "../../test/start-for-test.ts";

test("sends events with ids, as text/event-stream", async () => {
  const { port } = await startForTest();
  const answer = await exchangeRaw(port, head("GET", "/sse?events=2&interval=0"));
  expect(answer.status).toBe(200);
  expect(answer.fields).toContain("Content-Type: text/event-stream");
  expect(answer.body.match(/^(id|data): .*$/gm)).toEqual([
    "id: 1",
    'data: {"backend":"A","event":1,"of":2}',
    "id: 2",
    'data: {"backend":"A","event":2,"of":2}',
  ]);
});

test("sends the first event before the second one exists", async () => {
  const { port } = await startForTest();
  const client = new RawClient(port);
  client.send(head("GET", "/sse?interval=3600000"));
  expect(await client.take("\n\n\r\n")).toContain("id: 1\n");
});

test("goes on after the last event that the client has seen", async () => {
  const { port } = await startForTest();
  const request = head("GET", "/sse?events=4&interval=0", "Last-Event-ID: 2");
  const { body } = await exchangeRaw(port, request);
  expect(body.match(/^id: \d/gm)).toEqual(["id: 3", "id: 4"]);
});

test.each(["events=x", "interval=-1"])("refuses ?%s with 400", async (query) => {
  const { port } = await startForTest();
  expect((await exchangeRaw(port, head("GET", `/sse?${query}`))).status).toBe(400);
});
