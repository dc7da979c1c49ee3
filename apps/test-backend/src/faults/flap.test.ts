import { afterEach, expect, test, vi } from "vitest";
import { exchangeRaw, head, tryConnect } from "../../test/raw-client.ts";
import { startForTest } from "../../test/start-for-test.ts";

afterEach(() => {
  vi.useRealTimers();
});

test("answers its status in the second part of every period", async () => {
  vi.useFakeTimers({ toFake: ["performance"] });
  const { port } = await startForTest({ faults: { fault: "flap", up: "2s", down: "1s", as: 502 } });
  const statuses: number[] = [];
  for (let i = 0; i < 6; i++) {
    statuses.push((await exchangeRaw(port, head("GET", "/"))).status);
    vi.advanceTimersByTime(1000);
  }
  expect(statuses).toEqual([200, 200, 502, 200, 200, 502]);
});

test("refuses connections in the second part of every period, until it is removed", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  const backend = await startForTest({ faults: { fault: "flap", up: "2s", down: "1s" } });
  const seen: string[] = [];
  for (let i = 0; i < 6; i++) {
    vi.advanceTimersByTime(i === 0 ? 1 : 1000);
    seen.push(await tryConnect(backend.port));
  }
  expect(seen).toEqual(["accepted", "accepted", "refused", "accepted", "accepted", "refused"]);
  backend.setFaults([]);
  expect(await tryConnect(backend.port)).toBe("accepted");
});
