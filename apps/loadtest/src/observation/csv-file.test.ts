import { execFileSync } from "node:child_process";
import { createReadStream, existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, onTestFinished, test } from "vitest";
import { CsvFile } from "./csv-file.ts";

async function newFile(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "csv-test-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  return join(folder, "rows.csv");
}

test("quotes what must be quoted, and leaves unknown values empty", async () => {
  const file = await newFile();
  const csv = new CsvFile(file, ["name", "value"]);
  csv.row(['a "b", c', 1.5]);
  csv.row(["two\nlines", null]);
  csv.row(["plain", Number.NaN]);
  await csv.close();
  expect(await readFile(file, "utf8")).toBe(
    'name,value\n"a ""b"", c",1.5\n"two\nlines",\nplain,\n',
  );
});

test("a million rows arrive complete and in order while little waits in memory", async () => {
  const file = await newFile();
  const csv = new CsvFile(file, ["n", "text"]);
  let mostWaiting = 0;
  for (let n = 0; n < 1_000_000; n++) {
    csv.row([n, "a row that is written without ever letting the event loop turn"]);
    mostWaiting = Math.max(mostWaiting, csv.waitingBytes);
  }
  await csv.close();
  expect(mostWaiting).toBeGreaterThan(0);
  expect(mostWaiting).toBeLessThanOrEqual(4 * 1024 * 1024);
  let expected = -1;
  for await (const line of createInterface({ input: createReadStream(file) })) {
    if (expected >= 0 && !line.startsWith(`${expected},a row`))
      throw new Error(`not ${expected}: ${line}`);
    expected += 1;
  }
  expect(expected).toBe(1_000_000);
});

test("writes into a pipe, which has no places", async () => {
  const file = await newFile();
  execFileSync("mkfifo", [file]);
  const reader = readFile(file, "utf8");
  const { Worker } = await import("node:worker_threads");
  // Opening a pipe for writing blocks until somebody reads: not in this thread, which has to start reading.
  const source = `
    const { workerData } = require("node:worker_threads");
    import(workerData.module).then(async ({ CsvFile }) => {
      const csv = new CsvFile(workerData.file, ["n"]);
      for (let n = 0; n < 50000; n++) csv.row([n]);
      await csv.close();
    });`;
  const module = new URL("./csv-file.ts", import.meta.url).href;
  const worker = new Worker(source, { eval: true, workerData: { module, file } });
  const lines = (await reader).trimEnd().split("\n");
  await worker.terminate();
  expect(lines.length).toBe(50_001);
  expect(lines.at(-1)).toBe("49999");
});

test("an address that cannot be written is an error at once; a full disk is one at the end", async () => {
  expect(() => new CsvFile("/nowhere/at/all.csv", ["n"])).toThrow("ENOENT");
  if (!existsSync("/dev/full")) return;
  const csv = new CsvFile("/dev/full", ["n"]);
  csv.row([1]);
  await expect(csv.close()).rejects.toThrow("ENOSPC");
});
