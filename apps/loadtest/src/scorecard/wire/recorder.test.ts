import { expect, onTestFinished, test } from "vitest";
import { statusOf, targetOf, valuesOf } from "./message.ts";
import { Recorder } from "./recorder.ts";
import { WireClient } from "./wire-client.ts";

async function start(): Promise<{ recorder: Recorder; client: WireClient }> {
  const recorder = await Recorder.start("/health");
  const client = new WireClient(recorder.port);
  onTestFinished(async () => {
    client.close();
    await recorder.close();
  });
  return { recorder, client };
}

test("keeps what arrived, byte for byte, and answers", async () => {
  const { recorder, client } = await start();
  client.send("POST /a%2Fb HTTP/1.1\r\nhOST : x\r\nContent-Length: 3\r\n\r\nabc");
  await client.untilAnswered(10_000);
  const { messages } = client.take();
  expect(messages.map(statusOf)).toEqual([200]);
  const [arrival] = recorder.take();
  expect(arrival).toMatchObject({ body: "abc", isComplete: true, connection: 1 });
  expect(arrival?.raw).toContain("hOST : x");
  expect(recorder.take()).toEqual([]);
});

test("answers checks and does not keep them", async () => {
  const { recorder, client } = await start();
  client.send("GET /health HTTP/1.1\r\nHost: x\r\n\r\n");
  await client.untilAnswered(10_000);
  expect(client.take().messages).toHaveLength(1);
  expect(recorder.take()).toEqual([]);
});

test("keeps a request that never became whole, as such", async () => {
  const { recorder, client } = await start();
  recorder.answersEarly = true;
  client.send("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab");
  await client.untilAnswered(10_000);
  expect(recorder.take()).toMatchObject([{ isComplete: false }]);
});

test("two requests in one piece are two", async () => {
  const { recorder, client } = await start();
  client.send("GET /1 HTTP/1.1\r\nA: 1\r\n\r\nGET /2 HTTP/1.1\r\nA: 2\r\n\r\n");
  await client.untilAnswered(10_000, 2);
  const arrivals = recorder.take();
  expect(arrivals.map(targetOf)).toEqual(["/1", "/2"]);
  expect(arrivals.map((arrival) => valuesOf(arrival, "a"))).toEqual([["1"], ["2"]]);
});

test("a script answers in its own way, once", async () => {
  const { recorder, client } = await start();
  recorder.script = (socket) =>
    socket.write("HTTP/1.1 103 Early\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n");
  client.send("GET / HTTP/1.1\r\n\r\n");
  await client.untilAnswered(10_000);
  expect(client.take().messages.map(statusOf)).toEqual([103, 204]);
  recorder.take();
  client.send("GET / HTTP/1.1\r\n\r\n");
  await client.untilAnswered(10_000);
  expect(client.take().messages.map(statusOf)).toEqual([200]);
});

test("a client says how its connection ended", async () => {
  const { recorder, client } = await start();
  recorder.script = (socket) => socket.resetAndDestroy();
  client.send("GET / HTTP/1.1\r\n\r\n");
  await client.untilAnswered(10_000);
  expect(client.take()).toMatchObject({ messages: [], ending: "reset" });
});
