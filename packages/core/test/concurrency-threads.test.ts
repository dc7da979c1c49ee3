import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import { ConcurrencyTable } from "../src/index.ts";
import type { ConcurrencyTask } from "./concurrency-in-a-thread.ts";
import { createGate } from "./gate.ts";

const workers = 4;

interface Rush {
  readonly limit: number;
  readonly maxKeys: number;
  readonly keys: number;
  readonly rounds: number;
}

/** Four threads begin and end requests as fast as they can. */
async function rush({ limit, maxKeys, keys, rounds }: Rush): Promise<{
  readonly most: number;
  readonly counted: number;
  readonly table: ConcurrencyTable;
}> {
  const options = { limit, maxKeys, workers };
  const buffer = ConcurrencyTable.allocate(options, [3, 4]);
  const gate = createGate();
  const underWay = new SharedArrayBuffer(keys * Int32Array.BYTES_PER_ELEMENT);
  const reports = await Promise.all(
    Array.from({ length: workers }, async (_, worker) => {
      const report = new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT);
      const shared = { buffer, options, gate, underWay, report };
      const workerData: ConcurrencyTask = { ...shared, worker, keys, rounds };
      const url = new URL("./concurrency-in-a-thread.ts", import.meta.url);
      const [code] = (await once(new Worker(url, { workerData }), "exit")) as [number];
      expect(code).toBe(0);
      return new Int32Array(report);
    }),
  );
  const most = Math.max(...reports.map(([one = 0]) => one));
  const counted = reports.reduce((sum, [, one = 0]) => sum + one, 0);
  return { most, counted, table: new ConcurrencyTable(buffer, options, 0) };
}

test("four threads never have more of one key under way than the limit, and end with none", async () => {
  const { most, counted, table } = await rush({ limit: 3, maxKeys: 100, keys: 1, rounds: 20_000 });
  expect(most).toBe(3);
  expect(counted).toBeGreaterThan(5_000);
  expect([table.underWay("client-0"), table.uncounted]).toEqual([0, 0]);
}, 60_000);

test("keys that come and go in a full table are never in it twice", async () => {
  const { most, table } = await rush({ limit: 2, maxKeys: 6, keys: 40, rounds: 20_000 });
  expect(most).toBe(2);
  for (let key = 0; key < 40; key++) expect(table.underWay(`client-${key}`)).toBe(0);
  const words = new BigUint64Array(table.buffer, 0, 8 + 2 * 8).subarray(8);
  for (let bucket = 0; bucket < words.length; bucket += 8) {
    const entries = [...words.subarray(bucket + 1, bucket + 8)].map((word) => word >> 40n);
    const used = entries.filter((fingerprint) => fingerprint !== 0n);
    expect(new Set(used).size).toBe(used.length);
    // No wish is left over.
    expect((words[bucket] ?? 0n) & 0xffff_ffffn).toBe(0n);
  }
}, 60_000);
