import { afterEach, expect, test, vi } from "vitest";
import { exchangeRaw, head, RawClient } from "../../test/raw-client.ts";
import { startForTest } from "../../test/start-for-test.ts";

afterEach(() => {
  vi.useRealTimers();
});

test("answers when the time is over and not before", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const { port } = await startForTest();
  const answer = exchangeRaw(port, head("GET", "/delay/5000"));
  // Polls in real time: setInterval is not faked.
  while (vi.getTimerCount() === 0) await new Promise((resolve) => setImmediate(resolve));
  vi.advanceTimersByTime(4999);
  expect(vi.getTimerCount()).toBe(1);
  vi.advanceTimersByTime(1);
  expect(JSON.parse((await answer).body)).toEqual({ backend: "A", delayMs: 5000 });
});

test("drops its timer when the client leaves, and counts that", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const backend = await startForTest();
  const client = new RawClient(backend.port);
  client.send(head("GET", "/delay/3600000"));
  while (vi.getTimerCount() === 0) await new Promise((resolve) => setImmediate(resolve));
  client.socket.destroy();
  while (vi.getTimerCount() > 0) await new Promise((resolve) => setImmediate(resolve));
  expect(backend.stats().aborted).toBe(1);
});

test.each(["", "x", "-1", "3600001"])("refuses /delay/%s with 400", async (argument) => {
  const { port } = await startForTest();
  expect((await exchangeRaw(port, head("GET", `/delay/${argument}`))).status).toBe(400);
});
