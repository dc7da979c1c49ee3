import { expect, test } from "vitest";
import { eventually } from "../../test/eventually.ts";
import { exchangeRaw, head } from "../../test/raw-client.ts";
import { startForTest } from "../../test/start-for-test.ts";
import { readFault } from "./read-fault.ts";

/** Milliseconds that a timer of this event loop came late at most, while the call ran. */
async function longestStall(call: () => Promise<unknown>): Promise<number> {
  let longest = 0;
  let last = performance.now();
  const timer = setInterval(() => {
    longest = Math.max(longest, performance.now() - last);
    last = performance.now();
  }, 1);
  await call();
  // The pause may end with the call; a turn later the timer has noticed.
  await new Promise((resolve) => setTimeout(resolve, 2));
  clearInterval(timer);
  return longest;
}

test("stops the whole event loop for that long at a request", async () => {
  const { port } = await startForTest({ faults: { fault: "gc-pause", time: "150ms" } });
  const ask = (): Promise<unknown> => exchangeRaw(port, head("GET", "/"));
  expect(await longestStall(ask)).toBeGreaterThanOrEqual(149);
});

test("stops it again and again, without any request", async () => {
  const backend = await startForTest();
  let stalls = 0;
  let last = performance.now();
  const timer = setInterval(() => {
    if (performance.now() - last >= 49) stalls += 1;
    last = performance.now();
  }, 1);
  backend.setFaults({ fault: "gc-pause", time: "50ms", every: "60ms" });
  await eventually(() => stalls >= 2);
  clearInterval(timer);
  expect(backend.stats().byFault).toEqual({ "gc-pause": 1 });
});

test("refuses to stop it for good", () => {
  const spec = { fault: "gc-pause", time: "2s", every: "2s" };
  expect(() => readFault(spec)).toThrow("every must be longer than the pause");
});
