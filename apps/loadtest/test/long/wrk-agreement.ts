/*
 * Does our closed loop see what wrk sees? Both load the same target in turns, a test-backend whose capacity is
 * virtual (slots and a timer), so that neither the target's CPU nor ours sets the pace; the medians of
 * throughput, p50 and p99 must agree within 10 %. wrk corrects its latencies for coordinated omission, so ours
 * are the corrected ones. Run with `node test/long/wrk-agreement.ts`; prints the table of docs/load-engines.md.
 */
import { execFile, type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { resolveLoadPlan } from "../../src/load/load-options.ts";
import { correctedOf } from "../../src/load/report.ts";
import { startLoad } from "../../src/load/start-load.ts";
import { throughputOf } from "../../src/load/throughput.ts";
import { quantile } from "../../src/statistics/bootstrap.ts";

interface Figures {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/**
 * Chance without a tail, hardly a queue, and a queue; all slow, so that the target and not the scheduler of a
 * busy machine makes the percentiles, and with hundreds of responses behind each p99.
 */
const targets = [
  {
    connections: 80,
    name: "uniform(400ms,1200ms)",
    flags: ["--latency", "uniform(400ms,1200ms)"],
  },
  {
    connections: 10,
    name: "8 slots of 100 ms",
    flags: ["--slots", "8", "--service-time", "100ms"],
  },
  {
    connections: 40,
    name: "16 slots of 300 ms",
    flags: ["--slots", "16", "--service-time", "300ms"],
  },
] as const;
const turns = 3;
const seconds = 8;
const allowed = 0.1;
/**
 * wrk leaves a request on each connection behind, and the target works on them: whoever came next would stand in
 * line for its first second, and with slots of one service time stay out of step for the whole turn.
 */
const leftoversMs = 2_000;

const run = promisify(execFile);
const evenkeel = fileURLToPath(new URL("../../../cli/bin/evenkeel.js", import.meta.url));

async function hasWrk(): Promise<boolean> {
  try {
    await run("wrk", ["-v"]);
    return true;
  } catch (error) {
    // wrk -v prints its version and fails.
    return (error as NodeJS.ErrnoException).code !== "ENOENT";
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

async function startTarget(
  port: number,
  { flags }: (typeof targets)[number],
): Promise<ChildProcess> {
  const args = [evenkeel, "backend", "--port", String(port), "--name", "wrk", ...flags];
  const child = spawn(process.execPath, args, { stdio: "ignore" });
  for (let tries = 0; tries < 200; tries++) {
    await sleep(50);
    const answer = await fetch(`http://127.0.0.1:${port}/health`).catch(() => undefined);
    if (answer?.ok === true) return child;
  }
  throw new Error("the target did not start");
}

async function wrk(url: string, connections: number): Promise<Figures> {
  const args = ["-t1", `-c${connections}`, `-d${seconds}s`, "--latency", url];
  const { stdout } = await run("wrk", args);
  const number = (pattern: RegExp): string => pattern.exec(stdout)?.[1] ?? "";
  return {
    perSecond: Number(number(/Requests\/sec:\s+([\d.]+)/)),
    p50Ms: milliseconds(number(/50%\s+([\d.]+\w+)/)),
    p99Ms: milliseconds(number(/99%\s+([\d.]+\w+)/)),
  };
}

function milliseconds(text: string): number {
  const scale = text.endsWith("us") ? 0.001 : text.endsWith("ms") ? 1 : 1000;
  return Number.parseFloat(text) * scale;
}

async function ours(url: string, connections: number): Promise<Figures> {
  const load = resolveLoadPlan({ url, connections, durationMs: seconds * 1000 });
  const result = await startLoad(load).result;
  const plan = {
    load,
    thresholds: [],
    abortOnFailAfterMs: undefined,
    ledgers: undefined,
    allowsSaturation: true,
  };
  const latency = correctedOf({ plan, result });
  return {
    perSecond: throughputOf(load.shape, result).perSecond,
    p50Ms: latency.percentile(50) / 1000,
    p99Ms: latency.percentile(99) / 1000,
  };
}

function median(figures: readonly Figures[], key: keyof Figures): number {
  return quantile(
    figures.map((each) => each[key]).toSorted((a, b) => a - b),
    0.5,
  );
}

/** Prints a row, and says whether it agrees. */
function compare(what: string, theirs: number, own: number): boolean {
  const difference = own / theirs - 1;
  const agrees = Math.abs(difference) <= allowed;
  const percent = `${difference >= 0 ? "+" : ""}${(difference * 100).toFixed(1)} %`;
  console.log(
    `| ${what} | ${theirs.toFixed(1)} | ${own.toFixed(1)} | ${percent} | ${agrees ? "yes" : "NO"} |`,
  );
  return agrees;
}

async function measure(target: (typeof targets)[number]): Promise<boolean> {
  const port = await freePort();
  const child = await startTarget(port, target);
  const { connections } = target;
  const url = `http://127.0.0.1:${port}/`;
  const figures: Record<"wrk" | "ours", Figures[]> = { wrk: [], ours: [] };
  try {
    for (let turn = 0; turn < turns; turn++) {
      figures.wrk.push(await wrk(url, connections));
      await sleep(leftoversMs);
      figures.ours.push(await ours(url, connections));
      await sleep(leftoversMs);
    }
  } finally {
    child.kill("SIGKILL");
  }
  const name = `${connections} connections, ${target.name}`;
  const rows = [
    ["responses/s", "perSecond"],
    ["p50 ms", "p50Ms"],
    ["p99 ms", "p99Ms"],
  ] as const;
  const agree = rows.map(([what, key]) =>
    compare(`${name}: ${what}`, median(figures.wrk, key), median(figures.ours, key)),
  );
  return agree.every(Boolean);
}

if (await hasWrk()) {
  console.log(
    `| medians of ${turns} runs of ${seconds} s in turns | wrk | evenkeel | difference | within 10 % |`,
  );
  console.log("| --- | ---: | ---: | ---: | --- |");
  const agreements: boolean[] = [];
  for (const target of targets) agreements.push(await measure(target));
  process.exitCode = agreements.every(Boolean) ? 0 : 99;
} else {
  console.log("SKIPPED: wrk is not installed, so there is nothing to agree with");
}
