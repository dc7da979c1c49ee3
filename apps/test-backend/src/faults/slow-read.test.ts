import { afterEach, expect, test, vi } from "vitest";
import { exchangeRaw, head, parseAnswer, RawClient } from "../../test/raw-client.ts";
import { startForTest } from "../../test/start-for-test.ts";

afterEach(() => {
  vi.useRealTimers();
});

test("reads so many bytes at a time, and the whole body in the end", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const faults = { fault: "slow-read", bytes: 4, every: "10s" };
  const backend = await startForTest({ faults });
  const client = new RawClient(backend.port);
  client.send(head("POST", "/echo", "Content-Length: 10") + "0123456789");
  const read: number[] = [];
  for (let i = 0; i < 3; i++) {
    while (vi.getTimerCount() === 0) await new Promise((resolve) => setImmediate(resolve));
    read.push(backend.stats().bodyBytes);
    vi.advanceTimersByTime(10_000);
  }
  expect(read).toEqual([4, 8, 10]);
  const answer = parseAnswer(await client.takeAll());
  expect(JSON.parse(answer.body)).toMatchObject({ body: "0123456789" });
});

test("reads chunks and nothing at all as well", async () => {
  const { port } = await startForTest({ faults: { fault: "slow-read", bytes: 1, every: "1ms" } });
  const chunked = head("POST", "/echo", "Transfer-Encoding: chunked");
  const answer = await exchangeRaw(port, `${chunked}3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n`);
  expect(JSON.parse(answer.body)).toMatchObject({ body: "abcde" });
  const empty = await exchangeRaw(port, head("POST", "/echo", "Content-Length: 0"));
  expect(JSON.parse(empty.body)).toMatchObject({ body: "" });
});

test("makes a client that sends more than fits wait", async () => {
  const faults = { fault: "slow-read", bytes: 1, every: "1h" };
  const backend = await startForTest({ faults });
  const client = new RawClient(backend.port);
  client.send(head("POST", "/", "Content-Length: 50000000"));
  for (let i = 0; i < 50; i++) client.send("x".repeat(1_000_000));
  await vi.waitUntil(() => backend.stats().bodyBytes === 1, { timeout: 20_000 });
  expect(client.socket.writableLength).toBeGreaterThan(10_000_000);
});
