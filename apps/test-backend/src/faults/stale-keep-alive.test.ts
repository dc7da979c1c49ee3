import { expect, onTestFinished, test, vi } from "vitest";
import { exchangeRaw, head, RawClient } from "../../test/raw-client.ts";
import { startForTest } from "../../test/start-for-test.ts";

const ask = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

test("closes after a response that promised to keep the connection", async () => {
  const { port } = await startForTest({ faults: { fault: "stale-keep-alive" } });
  const client = new RawClient(port);
  client.send(ask);
  const received = await client.takeAll();
  expect(received).toContain("Connection: keep-alive");
  expect([received.endsWith("}\n"), client.ending]).toEqual([true, "closed"]);
});

test("does not close under a request that came within its idle time", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  onTestFinished(() => void vi.useRealTimers());
  const faults = { fault: "stale-keep-alive", idle: "10s" };
  const { port } = await startForTest({ faults });
  const client = new RawClient(port);
  client.send(ask);
  await client.take("}\n");
  while (vi.getTimerCount() === 0) await new Promise((resolve) => setImmediate(resolve));
  client.send("GET /stream?pieces=2&interval=20000 HTTP/1.1\r\nHost: a\r\n\r\n");
  await client.take('"piece":1');
  vi.advanceTimersByTime(10_000);
  await exchangeRaw(port, head("GET", "/health"));
  expect(client.ending).toBe("open");
  vi.advanceTimersByTime(10_000);
  await client.take('"piece":2');
});

test("loses the second request of a connection with at=request", async () => {
  const backend = await startForTest({ faults: { fault: "stale-keep-alive", at: "request" } });
  const client = new RawClient(backend.port);
  client.send(ask);
  await client.take("}\n");
  client.send(ask);
  expect(await client.takeAll()).toBe("");
  expect(client.ending).toBe("closed");
  expect(backend.stats().byEnding).toMatchObject({ answered: 1, "closed-by-us": 1 });
});
