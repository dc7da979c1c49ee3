import { afterEach, expect, test, vi } from "vitest";
import { exchangeRaw, head } from "../../test/raw-client.ts";
import { startForTest } from "../../test/start-for-test.ts";

afterEach(() => {
  vi.useRealTimers();
});

test("delays every traffic response by the given time", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const { port } = await startForTest({ faults: { fault: "latency", time: "150ms" } });
  const answer = exchangeRaw(port, head("POST", "/echo", "Content-Length: 2") + "ab");
  while (vi.getTimerCount() === 0) await new Promise((resolve) => setImmediate(resolve));
  vi.advanceTimersByTime(149);
  expect(vi.getTimerCount()).toBe(1);
  vi.advanceTimersByTime(1);
  expect(JSON.parse((await answer).body)).toMatchObject({ body: "ab" });
});

test.each(["/health", "/__stats", "/recover", "/fail"])(
  "leaves the control route %s alone",
  async (path) => {
    const { port } = await startForTest({ faults: { fault: "latency", time: "1h" } });
    expect((await exchangeRaw(port, head("GET", path))).status).toBe(200);
  },
);
