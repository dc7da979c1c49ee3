import { readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { startLineup, stopLineup, type Contender } from "../contenders.ts";
import { targetOf, type IdleProfile } from "../profiles/profile.ts";
import { readTreeRssBytes } from "../proc/process-tree.ts";
import { Samples, type Measurement } from "./measurement.ts";
import { ResponseReader } from "./response-reader.ts";
import type { IdleReport, IdleSample } from "./results.ts";
import { runWrk } from "./wrk.ts";

/** Time for closed connections to be collected before a reading of memory. */
const SETTLE_MS = 3000;
const BATCH = 100;
const SPARE_DESCRIPTORS = 200;

/** Fresh start, warm-up, memory, idle connections, memory again; each proxy alone, each round. */
export async function measureIdle(
  measurement: Measurement,
  profile: IdleProfile,
): Promise<IdleReport> {
  const samples = new Samples<IdleSample>();
  const limit = openFileLimit(readFileSync("/proc/self/limits", "utf8"));
  if (limit < profile.idleConnections + SPARE_DESCRIPTORS) {
    samples.notices.push(`skipped: only ${limit} open files allowed (ulimit -n)`);
  } else {
    for (let round = 1; round <= measurement.rounds; round += 1) {
      await takeRound(measurement, profile, samples, round);
    }
  }
  const { results, failures, notices } = samples;
  const { name, title } = profile;
  return { kind: "idle", profile: name, title, results, failures, notices };
}

async function takeRound(
  measurement: Measurement,
  profile: IdleProfile,
  samples: Samples<IdleSample>,
  round: number,
): Promise<void> {
  const { bench, backend, proxies, rounds, say } = measurement;
  for (const proxy of proxies) {
    const lineup = await startLineup(bench, backend, profile, [proxy]);
    if (round === 1) samples.failures.push(...lineup.failures);
    for (const contender of lineup.contenders) {
      const sample = await takeTurn(measurement, profile, contender);
      samples.add(proxy.name, sample);
      say(`round ${round}/${rounds}  ${describeTurn(proxy.name, sample)}`);
      const lost = profile.idleConnections - sample.connections;
      if (lost > 0) samples.failures.push(`${proxy.name}: closed ${lost} idle connections`);
    }
    await stopLineup(bench, lineup);
  }
}

/** The soft limit on open files from `/proc/PID/limits`. */
export function openFileLimit(limits: string): number {
  const soft = /^Max open files\s+(\S+)/m.exec(limits)?.[1] ?? "0";
  return soft === "unlimited" ? Number.POSITIVE_INFINITY : Number(soft);
}

async function takeTurn(
  { bench, connections, warmupSeconds }: Measurement,
  { request, idleConnections }: IdleProfile,
  { port, process }: Contender,
): Promise<IdleSample> {
  const seconds = Math.max(1, warmupSeconds);
  await runWrk(bench, { port, request, connections, seconds });
  await sleep(SETTLE_MS);
  const rssBeforeBytes = readTreeRssBytes(process.pid);
  const sockets: Socket[] = [];
  while (sockets.length < idleConnections) {
    const batch = Array.from({ length: BATCH }, () => openIdle(port, targetOf(request)));
    sockets.push(...(await Promise.all(batch)));
  }
  await sleep(SETTLE_MS);
  const rssAfterBytes = readTreeRssBytes(process.pid);
  const open = sockets.filter((socket) => !socket.destroyed && !socket.readableEnded).length;
  for (const socket of sockets) socket.destroy();
  return { connections: open, rssBeforeBytes, rssAfterBytes };
}

/** A connection that has made one request and read its whole answer; destroyed if that failed. */
function openIdle(port: number, target: string): Promise<Socket> {
  return new Promise((resolve) => {
    const reader = new ResponseReader();
    const socket = connect(port, "127.0.0.1");
    socket.write(`GET ${target} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`);
    socket.on("data", (chunk: Buffer) => {
      try {
        if (reader.push(chunk) > 0) resolve(socket);
      } catch {
        socket.destroy();
      }
    });
    socket.on("error", () => undefined);
    socket.on("close", () => resolve(socket));
  });
}

function describeTurn(name: string, sample: IdleSample): string {
  const perConnection = (sample.rssAfterBytes - sample.rssBeforeBytes) / sample.connections / 1024;
  const total = Math.round(sample.rssAfterBytes / 1024 / 1024);
  return `${name.padEnd(18)} ${perConnection.toFixed(2)} KB per connection, ${total} MB in all`;
}
