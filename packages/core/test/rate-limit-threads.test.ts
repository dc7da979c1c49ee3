import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import { RateLimitTable, type RateLimitTableOptions } from "../src/index.ts";
import { createGate } from "./gate.ts";
import type { RateLimitTask } from "./rate-limit-in-a-thread.ts";

const threads = 4;

interface Rush {
  readonly options: RateLimitTableOptions;
  readonly keys: number;
  readonly requests: number;
  readonly timesMs: readonly number[];
}

/** Four threads ask at once; how many passed in all, by step and key. */
async function rush(
  { options, keys, requests, timesMs }: Rush,
  { buffer }: RateLimitTable = RateLimitTable.allocate(options, [3, 4]),
): Promise<readonly number[]> {
  const stepGates = timesMs.map(createGate);
  const cells = keys * timesMs.length;
  const reports = await Promise.all(
    Array.from({ length: threads }, async () => {
      const report = new SharedArrayBuffer(cells * Int32Array.BYTES_PER_ELEMENT);
      const task = { buffer, options, threads, keys, requests, timesMs, report, stepGates };
      const workerData: RateLimitTask = task;
      const url = new URL("./rate-limit-in-a-thread.ts", import.meta.url);
      const [code] = (await once(new Worker(url, { workerData }), "exit")) as [number];
      expect(code).toBe(0);
      return new Int32Array(report);
    }),
  );
  return Array.from({ length: cells }, (_, cell) =>
    reports.reduce((sum, report) => sum + (report[cell] ?? 0), 0),
  );
}

test("of what four threads ask for one key at one moment, exactly the burst passes", async () => {
  const options = { count: 1, perMs: 1_000, burst: 25_000, maxKeys: 1_000 };
  expect(await rush({ options, keys: 1, requests: 25_000, timesMs: [0] })).toEqual([25_000]);
}, 60_000);

test("keys that four threads see for the first time at once get one burst each", async () => {
  const options = { count: 1, perMs: 1_000, burst: 3, maxKeys: 20_000 };
  const passed = await rush({ options, keys: 5_000, requests: 2, timesMs: [0] });
  expect(passed.filter((count) => count !== 3)).toEqual([]);
}, 60_000);

test("over time four threads together give out exactly the burst and the rate", async () => {
  const options = { count: 50, perMs: 1_000, burst: 20, maxKeys: 1_000 };
  const timesMs = Array.from({ length: 40 }, (_, step) => step * 100);
  const passed = await rush({ options, keys: 3, requests: 30, timesMs });
  const byStep = timesMs.map((_, step) => passed.slice(step * 3, step * 3 + 3));
  expect(byStep[0]).toEqual([20, 20, 20]);
  // 100 ms give five tokens.
  for (const step of byStep.slice(1)) expect(step).toEqual([5, 5, 5]);
}, 60_000);

test("no key is inserted twice, however many threads insert and evict at once", async () => {
  const options = { count: 1, perMs: 1_000, burst: 10, maxKeys: 90 };
  const table = RateLimitTable.allocate(options, [3, 4]);
  const timesMs = Array.from({ length: 30 }, (_, step) => step * 2_000);
  await rush({ options, keys: 900, requests: 3, timesMs }, table);
  expect(table.evictions).toBeGreaterThan(1_000);
  const words = new BigUint64Array(table.buffer).subarray(8);
  for (let bucket = 0; bucket < words.length; bucket += 8) {
    const entries = [...words.subarray(bucket + 1, bucket + 8)].map((word) => word >> 40n);
    expect(new Set(entries).size).toBe(7);
    // No wish is left over.
    expect((words[bucket] ?? 0n) & 0xffff_ffffn).toBe(0n);
  }
}, 60_000);
