import { afterEach, expect, test, vi } from "vitest";
import { exchangeRaw, head, parseAnswer, RawClient } from "../../test/raw-client.ts";
import { startForTest } from "../../test/start-for-test.ts";

afterEach(() => {
  vi.useRealTimers();
});

test("sends the next piece when its time has come, and the whole body in the end", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const { port } = await startForTest({ faults: { fault: "drip", bytes: 2, every: "10s" } });
  const client = new RawClient(port);
  client.send(head("GET", "/bytes/5"));
  const seen: number[] = [];
  for (let i = 0; i < 2; i++) {
    while (vi.getTimerCount() === 0) await new Promise((resolve) => setImmediate(resolve));
    await client.take(i === 0 ? "\0\u0001" : "\u0002\u0003");
    seen.push(client.received.length);
    vi.advanceTimersByTime(10_000);
  }
  expect(await client.takeAll()).toBe("\u0004");
  expect(seen).toEqual([0, 0]);
});

test("drips a chunked body with its trailer, and as much as comes", async () => {
  const { port } = await startForTest({ faults: { fault: "drip", bytes: "10kB", every: "1ms" } });
  const stream = await exchangeRaw(port, head("GET", "/stream?pieces=2&interval=0"));
  expect(stream.body).toContain("X-Pieces: 2");
  const bytes = await exchangeRaw(port, head("GET", "/bytes/300000"));
  expect(bytes.body).toHaveLength(300_000);
  expect(bytes.body.charCodeAt(299_999)).toBe(299_999 % 251);
});

test("drips to a reset, when both are asked for", async () => {
  const faults = [
    { fault: "reset", after: 3 },
    { fault: "drip", bytes: 2, every: "1ms" },
  ];
  const { port } = await startForTest({ faults });
  const client = new RawClient(port);
  client.send(head("GET", "/bytes/9"));
  expect(parseAnswer(await client.takeAll()).body).toBe("\0\u0001\u0002");
  expect(client.ending).toBe("reset");
});
