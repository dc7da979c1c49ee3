import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import { Scoreboard } from "../src/index.ts";
import type { LimitTask } from "./limit-in-a-thread.ts";

const workers = 4;
const backends = 7;

test("four threads that fight for every place never exceed a limit", async () => {
  const scoreboard = Scoreboard.allocate({ workers, pools: 1, backends });
  for (let slot = 0; slot < backends; slot++) scoreboard.setReady(slot, true);
  const cells = (count: number): SharedArrayBuffer =>
    new SharedArrayBuffer(count * Int32Array.BYTES_PER_ELEMENT);
  const shared = {
    buffer: scoreboard.buffer,
    gate: cells(2),
    held: cells(backends + 1),
    threads: workers,
    grants: 10_000,
    inFlightPerBackend: 2,
    inFlight: 11,
  };

  const reports = await Promise.all(
    [0, 1, 2, 3].map(async (worker) => {
      const report = cells(3);
      const url = new URL("./limit-in-a-thread.ts", import.meta.url);
      const workerData: LimitTask = { ...shared, worker, report };
      await once(new Worker(url, { workerData }), "exit");
      return new Int32Array(report);
    }),
  );

  for (const [granted = 0, mostAtOne = 0, mostInAll = 0] of reports) {
    expect(granted).toBe(shared.grants);
    expect(mostAtOne).toBeLessThanOrEqual(shared.inFlightPerBackend);
    expect(mostInAll).toBeLessThanOrEqual(shared.inFlight);
  }
  for (let slot = 0; slot < backends; slot++) expect(scoreboard.inFlight(slot)).toBe(0);
}, 30_000);
