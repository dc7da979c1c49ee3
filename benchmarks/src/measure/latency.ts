import { faultsOf, startLineup, stopLineup, type Contender } from "../contenders.ts";
import { targetOf, type LatencyProfile } from "../profiles/profile.ts";
import type { LatencyAnswers } from "../latency-load/load-result.ts";
import {
  runLatencyLoad,
  startLoadProcess,
  type LoadProcess,
} from "../latency-load/load-process.ts";
import { seededRandom } from "../seeded-random.ts";
import { addedPercentile, blocksOf, type Block } from "./bootstrap.ts";
import { doubtsOf } from "./latency-doubts.ts";
import type { Measurement } from "./measurement.ts";
import { readClocks, usageBetween } from "./reading.ts";
import type { LatencyReport, LatencyResult, LatencySample, Latencies } from "./results.ts";
import { schedstatFiles } from "../proc/process-tree.ts";
import { percentile } from "./statistics.ts";
import { undisturbed } from "./undisturbed.ts";
import { runWrk } from "./wrk.ts";

const CALIBRATION_SECONDS = 2;
/** A p99 needs many more answers than a mean: a turn lasts this many times as long as others. */
const TURN_FACTOR = 4;
/** Requests per second to the backend itself: enough for their p99, little beside the proxy's load. */
const DIRECT_RATE = 1000;
/** For the last answers. */
const DRAIN_MS = 2000;
/** Longer than stalls last, so that blocks know nothing of each other; short enough to have many. */
const BLOCK_MS = 500;

interface Turn {
  readonly sample: LatencySample;
  /** Of the time in which nothing else took the cores. */
  readonly blocks: readonly Block[];
  /** Of all the time. */
  readonly allBlocks: readonly Block[];
}

/** Each proxy at its share of its own full load, in turn, round after round. */
export async function measureLatency(
  measurement: Measurement,
  profile: LatencyProfile,
): Promise<LatencyReport> {
  const { bench, proxies, rounds, say } = measurement;
  const notices: string[] = [];
  const turns = new Map<string, Turn[]>();
  const load = await startLoadProcess(bench, targetOf(profile.request));
  const lineup = await startLineup(bench, { port: load.backendPort }, profile, proxies);
  const failures = [...lineup.failures];
  const rates = new Map<string, number>();
  for (const contender of lineup.contenders) {
    rates.set(contender.name, await shareOfFullLoad(measurement, profile, contender));
  }
  for (let round = 1; round <= rounds; round += 1) {
    for (const contender of lineup.contenders.filter(({ process }) => process.isRunning)) {
      const { name } = contender;
      const rate = rates.get(name) ?? 0;
      const turn = await takeTurn(measurement, profile, load, contender, rate, round);
      turns.set(name, [...(turns.get(name) ?? []), turn]);
      say(`round ${round}/${rounds}  ${describeTurn(name, turn.sample)}`);
      failures.push(...faultsOf(contender, round, turn.sample.errors));
      notices.push(...doubtsOf(name, round, turn.sample));
    }
  }
  await stopLineup(bench, lineup);
  await bench.processes.stop(load.process);
  const results = [...turns].map(([name, own]) => resultOf(name, own));
  return {
    kind: "latency",
    profile: profile.name,
    title: profile.title,
    results,
    failures,
    notices,
  };
}

/**
 * Requests per second. Full is a core that does nothing but these requests; wrk and the backend need
 * not bring it there, so it is reckoned from the time that a request takes of it, warm.
 */
async function shareOfFullLoad(
  { bench, connections }: Measurement,
  { request, loadShare }: LatencyProfile,
  contender: Contender,
): Promise<number> {
  const run = { port: contender.port, request, connections, seconds: CALIBRATION_SECONDS };
  await runWrk(bench, { ...run, seconds: 2 * CALIBRATION_SECONDS });
  const before = readClocks(bench, contender);
  const { requests } = await runWrk(bench, run);
  const { userSeconds, systemSeconds } = usageBetween(before, readClocks(bench, contender));
  return Math.round((requests / (userSeconds + systemSeconds)) * loadShare);
}

async function takeTurn(
  measurement: Measurement,
  profile: LatencyProfile,
  load: LoadProcess,
  contender: Contender,
  rate: number,
  round: number,
): Promise<Turn> {
  const { bench, connections, seconds, warmupSeconds } = measurement;
  const durationMs = seconds * TURN_FACTOR * 1000;
  const before = readClocks(bench, contender);
  const answers = await runLatencyLoad(load, {
    directPort: load.backendPort,
    throughPort: contender.port,
    target: targetOf(profile.request),
    throughRate: rate,
    directRate: DIRECT_RATE,
    connections,
    schedstatFiles: schedstatFiles(contender.process.pid),
    warmupMs: warmupSeconds * 1000,
    durationMs,
    drainMs: DRAIN_MS,
    seed: round,
  });
  const { disturbance } = usageBetween(before, readClocks(bench, contender));
  const { direct, through, stalls, errors, lagP99Ms } = answers;
  const quiet = undisturbed(direct, through, stalls, durationMs);
  const sample = {
    rate,
    achievedRate: (through.latenciesMs.length * 1000) / durationMs,
    disturbance,
    errors,
    direct: latenciesOf(quiet.direct.latenciesMs),
    through: latenciesOf(quiet.through.latenciesMs),
    quietShare: quiet.share,
    lagP99Ms,
  };
  return {
    sample,
    blocks: blocksOf(quiet.direct, quiet.through, durationMs, BLOCK_MS),
    allBlocks: blocksOf(direct, through, durationMs, BLOCK_MS),
  };
}

function resultOf(name: string, turns: readonly Turn[]): LatencyResult {
  const random = seededRandom(0);
  const blocks = turns.flatMap((turn) => turn.blocks);
  const allBlocks = turns.flatMap((turn) => turn.allBlocks);
  return {
    name,
    samples: turns.map(({ sample }) => sample),
    direct: latenciesOf(blocks.flatMap(({ direct }) => direct)),
    through: latenciesOf(blocks.flatMap(({ through }) => through)),
    addedP50Ms: addedPercentile(blocks, 0.5, random),
    addedP99Ms: addedPercentile(blocks, 0.99, random),
    disturbedP99Ms: addedPercentile(allBlocks, 0.99, random),
  };
}

function latenciesOf(latenciesMs: LatencyAnswers["latenciesMs"]): Latencies {
  const sorted = Float64Array.from(latenciesMs).toSorted();
  return {
    answers: sorted.length,
    p50Ms: percentile(sorted, 0.5),
    p99Ms: percentile(sorted, 0.99),
  };
}

function describeTurn(name: string, sample: LatencySample): string {
  const { direct, through, rate, quietShare } = sample;
  const p50 = through.p50Ms - direct.p50Ms;
  const p99 = through.p99Ms - direct.p99Ms;
  const added = `${p50.toFixed(3)} ms p50, ${p99.toFixed(3)} ms p99 added`;
  return `${name.padEnd(18)} ${added} at ${rate} req/s (${Math.round(quietShare * 100)} % of the time)`;
}
