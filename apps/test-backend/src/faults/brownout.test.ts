import { afterEach, expect, test, vi } from "vitest";
import { exchangeRaw, head } from "../../test/raw-client.ts";
import { startForTest } from "../../test/start-for-test.ts";

afterEach(() => {
  vi.useRealTimers();
});

test("lets the share of errors rise to its peak, and stay there", async () => {
  vi.useFakeTimers({ toFake: ["performance"] });
  const faults = { fault: "brownout", over: "10s", errors: "100%", latency: "0s", code: 502 };
  const { port } = await startForTest({ faults });
  const shares: number[] = [];
  for (let second = 0; second <= 15; second += 5) {
    let errors = 0;
    for (let i = 0; i < 20; i++) {
      if ((await exchangeRaw(port, head("GET", "/"))).status === 502) errors += 1;
    }
    shares.push(errors / 20);
    vi.advanceTimersByTime(5000);
  }
  const [start, middle = 0, peak, after] = shares;
  expect([start, peak, after]).toEqual([0, 1, 1]);
  expect(middle).toBeGreaterThan(0.1);
  expect(middle).toBeLessThan(0.9);
});

test("lets the latency rise with it", async () => {
  vi.useFakeTimers({ toFake: ["performance", "setTimeout", "clearTimeout"] });
  const faults = { fault: "brownout", over: "10s", errors: "0%", latency: "1s" };
  const { port } = await startForTest({ faults });
  vi.advanceTimersByTime(5000);
  const answer = exchangeRaw(port, head("GET", "/"));
  while (vi.getTimerCount() === 0) await new Promise((resolve) => setImmediate(resolve));
  vi.advanceTimersByTime(499);
  expect(vi.getTimerCount()).toBe(1);
  vi.advanceTimersByTime(1);
  expect((await answer).status).toBe(200);
});
