/*
 * Does a long run need more memory than a short one? Sends a million requests (or as many as the argument
 * says) through driver, recorder, totals and CSV, all in this one thread so that its heap is all there is to
 * measure, and compares the heap after garbage collection at a tenth of the way with that at the end. Requests
 * are minutes apart as far as the series is concerned: the run looks as if it took days. Run with
 * `node --expose-gc test/long/flat-memory.ts [requests]`.
 */
import { spawn } from "node:child_process";
import { stat, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { driveShare } from "../../src/load/drive-share.ts";
import { resolveLoadPlan } from "../../src/load/load-options.ts";
import { LoadRecorder } from "../../src/load/load-recorder.ts";
import { LoadTotals } from "../../src/load/load-totals.ts";
import { RequestRows } from "../../src/load/request-rows.ts";

const requests = Number(process.argv[2] ?? 1_000_000);
/**
 * How much the heap may grow over nine tenths of the run, while rows over time fill up to their bound. A list
 * of 900,000 requests would take 27 MiB at the least.
 */
const allowedMiB = 6;
/** Of the run's clock per real second: a minute of load is two days of rows. */
const timesFaster = 3000;

const { gc } = globalThis;
if (gc === undefined) throw new Error("run it with node --expose-gc");
const collect = gc;

const heapMiB = (): number => {
  collect();
  return process.memoryUsage().heapUsed / 2 ** 20;
};

const target = spawn(
  process.execPath,
  [fileURLToPath(new URL("bare-target.ts", import.meta.url))],
  {
    stdio: ["ignore", "pipe", "inherit"],
  },
);
const [line] = (await once(target.stdout, "data")) as [Buffer];
const folder = await mkdtemp(join(tmpdir(), "evenkeel-memory-"));
const csvFile = join(folder, "requests.csv");
const url = `http://127.0.0.1:${line.toString().trim()}/{{seq}}`;
const plan = resolveLoadPlan({ url, requests, connections: 20, csvFile });
const share = { plan, worker: 0 };
const totals = new LoadTotals(plan);
const rows = new RequestRows(share, csvFile);
const recorder = new LoadRecorder(plan, rows);
const startedAt = performance.now();
const clock = (): number => (performance.now() - startedAt) * timesFaster;
const heaps: [sent: number, mib: number][] = [];
const drive = driveShare(share, recorder, clock, 0);
const ticker = setInterval(() => {
  totals.add(recorder.flush());
  const { ended } = recorder.counts();
  if (ended >= ((heaps.length + 1) * requests) / 10) heaps.push([ended, heapMiB()]);
}, 250);
await drive.done;
clearInterval(ticker);
totals.add(recorder.flush());
await rows.close();
heaps.push([recorder.counts().ended, heapMiB()]);
target.kill("SIGKILL");

const [first] = heaps;
const last = heaps.at(-1);
if (first === undefined || last === undefined) throw new Error("too few requests to compare");
const grown = last[1] - first[1];
const csvMiB = (await stat(csvFile)).size / 2 ** 20;
await rm(folder, { recursive: true });
console.log("| requests | heap after gc |");
console.log("| ---: | ---: |");
for (const [ended, mib] of heaps)
  console.log(`| ${ended.toLocaleString("en")} | ${mib.toFixed(1)} MiB |`);
const realSeconds = (performance.now() - startedAt) / 1000;
console.log(
  `\n${totals.counts.responses.toLocaleString("en")} responses in ${realSeconds.toFixed(0)} s, ${totals.series.rows.length} rows of ${totals.series.rowMs / 1000} s, CSV of ${csvMiB.toFixed(0)} MiB; grown by ${grown.toFixed(1)} MiB, ${allowedMiB} allowed`,
);
process.exitCode = grown <= allowedMiB && totals.counts.responses === requests ? 0 : 99;
