import { afterEach, expect, test, vi } from "vitest";
import { exchangeRaw, head } from "../../test/raw-client.ts";
import { startForTest } from "../../test/start-for-test.ts";

afterEach(() => {
  vi.useRealTimers();
});

async function untilTimer(): Promise<void> {
  while (vi.getTimerCount() === 0) await new Promise((resolve) => setImmediate(resolve));
}

test.each([
  ["/delay/100", [], 1000],
  ["/", [{ fault: "latency", time: "7ms" }], 70],
])("stretches the waits of %s", async (target, others, expectedMs) => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const faults = [...others, { fault: "slow", factor: 10, base: "2ms" }];
  const { port } = await startForTest({ faults });
  const answer = exchangeRaw(port, head("GET", target));
  await untilTimer();
  vi.advanceTimersByTime(19);
  expect(vi.getTimerCount()).toBe(1);
  vi.advanceTimersByTime(1);
  await untilTimer();
  vi.advanceTimersByTime(expectedMs - 1);
  expect(vi.getTimerCount()).toBe(1);
  vi.advanceTimersByTime(1);
  expect((await answer).status).toBe(200);
});

test("stretches the time that a slot is taken for", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  const service = { slots: 1, serviceMs: 5 };
  const faults = { fault: "slow", factor: 4, base: "0s" };
  const { port } = await startForTest({ service, faults });
  const answer = exchangeRaw(port, head("GET", "/"));
  await untilTimer();
  vi.advanceTimersByTime(0);
  await untilTimer();
  vi.advanceTimersByTime(19);
  expect(vi.getTimerCount()).toBe(1);
  vi.advanceTimersByTime(1);
  expect((await answer).status).toBe(200);
});
