import { afterEach, expect, test, vi } from "vitest";
import { exchangeRaw, head } from "../../test/raw-client.ts";
import { startForTest } from "../../test/start-for-test.ts";

afterEach(() => {
  vi.useRealTimers();
});

/** Time stands still but for what the test says. */
function holdTime(): void {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
}

async function untilTimers(count: number): Promise<void> {
  while (vi.getTimerCount() < count) await new Promise((resolve) => setImmediate(resolve));
}

test("one slot serves one request after the other", async () => {
  holdTime();
  const { port } = await startForTest({ service: { slots: 1, serviceMs: 100 } });
  const done: string[] = [];
  const ask = async (name: string): Promise<void> => {
    await exchangeRaw(port, head("GET", "/"));
    done.push(name);
  };
  const first = ask("first");
  await untilTimers(1);
  const second = ask("second");
  await untilTimers(2);
  vi.advanceTimersByTime(100);
  await first;
  expect(done).toEqual(["first"]);
  vi.advanceTimersByTime(99);
  expect(vi.getTimerCount()).toBe(1);
  vi.advanceTimersByTime(1);
  await second;
});

test("X-Work-Ms says what this request takes", async () => {
  holdTime();
  const { port } = await startForTest({ service: { slots: 1, serviceMs: 3_600_000 } });
  const answer = exchangeRaw(port, head("GET", "/status/201", "X-Work-Ms: 12.5"));
  await untilTimers(1);
  vi.advanceTimersByTime(13);
  expect((await answer).status).toBe(201);
});

test("a full queue answers 503 at once and says when to come again", async () => {
  holdTime();
  const { port } = await startForTest({ service: { slots: 1, queue: 0, serviceMs: 100 } });
  const served = exchangeRaw(port, head("GET", "/"));
  await untilTimers(1);
  const refused = await exchangeRaw(port, head("GET", "/"));
  expect(refused.status).toBe(503);
  vi.advanceTimersByTime(100);
  expect((await served).status).toBe(200);
});

test.each(["", "x", "-1", "1e3", "99999999"])("refuses X-Work-Ms: %s with 400", async (work) => {
  const { port } = await startForTest({ service: { slots: 1 } });
  expect((await exchangeRaw(port, head("GET", "/", `X-Work-Ms: ${work}`))).status).toBe(400);
});

test("the health check does not wait in the queue", async () => {
  holdTime();
  const { port } = await startForTest({ service: { slots: 1, queue: 0, serviceMs: 3_600_000 } });
  void exchangeRaw(port, head("GET", "/")).catch(() => {});
  await untilTimers(1);
  expect((await exchangeRaw(port, head("GET", "/health"))).status).toBe(200);
});
