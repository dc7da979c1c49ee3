import { faultsOf, startLineup, stopLineup, type Contender } from "../contenders.ts";
import { targetOf, type LatencyProfile } from "../profiles/profile.ts";
import { isProbeRealTime, runProbe } from "../probe/run-probe.ts";
import type { ProbeAnswers, ProbeResult } from "../probe/probe-result.ts";
import { seededRandom } from "../seeded-random.ts";
import { addedPercentile, blocksOf, type Block } from "./bootstrap.ts";
import { doubtsOf } from "./latency-doubts.ts";
import { Samples, type Measurement } from "./measurement.ts";
import { readClocks, usageBetween } from "./reading.ts";
import type { LatencyReport, LatencyResult, LatencySample, Latencies } from "./results.ts";
import { percentile } from "./statistics.ts";
import { runWrk, type WrkResult } from "./wrk.ts";

const CALIBRATION_SECONDS = 2;
/** A p99 needs many more answers than a mean: a turn lasts this many times as long as others. */
const TURN_FACTOR = 4;
/** Requests per second of the probe, both ways together: a percent or so of what keeps the proxy busy. */
const PROBE_RATE = 500;
/** The background goes on for the time that the probe takes to start and to end. */
const MARGIN_SECONDS = 3;
/** Longer than stalls last, so that blocks know nothing of each other; short enough to have many. */
const BLOCK_MS = 500;

const NOT_REAL_TIME =
  "the probe has no real-time priority (chrt --rr is not allowed here): what it waits for its core is in the figures of both ways";

interface Turn {
  readonly sample: LatencySample;
  readonly blocks: readonly Block[];
}

/** Each proxy at its share of its own full load, a probe beside it; in turn, round after round. */
export async function measureLatency(
  measurement: Measurement,
  profile: LatencyProfile,
): Promise<LatencyReport> {
  const { bench, backend, proxies, rounds, say } = measurement;
  const samples = new Samples<LatencySample>();
  const blocks = new Map<string, Block[]>();
  const lineup = await startLineup(bench, backend, profile, proxies);
  samples.failures.push(...lineup.failures);
  if (!isProbeRealTime()) samples.notices.push(NOT_REAL_TIME);
  const rates = new Map<string, number>();
  for (const contender of lineup.contenders) {
    rates.set(contender.name, await shareOfFullLoad(measurement, profile, contender));
  }
  for (let round = 1; round <= rounds; round += 1) {
    for (const contender of lineup.contenders.filter(({ process }) => process.isRunning)) {
      const { name } = contender;
      const turn = await takeTurn(measurement, profile, contender, rates.get(name) ?? 0, round);
      samples.add(name, turn.sample);
      blocks.set(name, [...(blocks.get(name) ?? []), ...turn.blocks]);
      say(`round ${round}/${rounds}  ${describeTurn(name, turn.sample)}`);
      samples.failures.push(...faultsOf(contender, round, turn.sample.errors));
      samples.notices.push(...doubtsOf(name, round, turn.sample));
    }
  }
  await stopLineup(bench, lineup);
  const { failures, notices } = samples;
  const results = samples.results.map(({ name, samples: own }) =>
    resultOf(name, own, blocks.get(name) ?? []),
  );
  return {
    kind: "latency",
    profile: profile.name,
    title: profile.title,
    results,
    failures,
    notices,
  };
}

/** Requests per second; the full load of one proxy is what wrk gets out of it, warm. */
async function shareOfFullLoad(
  { bench, connections }: Measurement,
  { request, loadShare }: LatencyProfile,
  { port }: Contender,
): Promise<number> {
  const run = { port, request, connections, seconds: CALIBRATION_SECONDS };
  await runWrk(bench, { ...run, seconds: 2 * CALIBRATION_SECONDS });
  const { requests, seconds } = await runWrk(bench, run);
  return Math.round((requests / seconds) * loadShare);
}

async function takeTurn(
  measurement: Measurement,
  profile: LatencyProfile,
  contender: Contender,
  rate: number,
  round: number,
): Promise<Turn> {
  const { bench } = measurement;
  const before = readClocks(bench, contender);
  const { load, probe, isLoadedToTheEnd } = await loadAndProbe(
    measurement,
    profile,
    contender.port,
    rate,
    round,
  );
  const { disturbance } = usageBetween(before, readClocks(bench, contender));
  const { direct, through, lagP99Ms, longestGcMs } = probe;
  const sample = {
    rate,
    achievedRate: load.requests / load.seconds + PROBE_RATE / 2,
    disturbance,
    errors: load.errors + probe.errors,
    direct: latenciesOf(direct.latenciesMs),
    through: latenciesOf(through.latenciesMs),
    lagP99Ms,
    longestGcMs,
    isLoadedToTheEnd,
  };
  const durationMs = measurement.seconds * TURN_FACTOR * 1000;
  return { sample, blocks: blocksOf(direct, through, durationMs, BLOCK_MS) };
}

interface LoadAndProbe {
  readonly load: WrkResult;
  readonly probe: ProbeResult;
  readonly isLoadedToTheEnd: boolean;
}

async function loadAndProbe(
  { bench, backend, connections, seconds, warmupSeconds }: Measurement,
  { request }: LatencyProfile,
  port: number,
  rate: number,
  seed: number,
): Promise<LoadAndProbe> {
  const durationSeconds = seconds * TURN_FACTOR;
  let isLoaded = true;
  const loading = runWrk(bench, {
    port,
    request,
    connections,
    seconds: warmupSeconds + durationSeconds + MARGIN_SECONDS,
    ratePerSecond: Math.max(1, rate - PROBE_RATE / 2),
  }).finally(() => (isLoaded = false));
  // It is waited for after the probe; until then a failure of the load is not an unhandled one.
  loading.catch(() => undefined);
  const probe = await runProbe(bench, {
    directPort: backend.port,
    throughPort: port,
    target: targetOf(request),
    ratePerSecond: PROBE_RATE,
    warmupMs: warmupSeconds * 1000,
    durationMs: durationSeconds * 1000,
    seed,
  });
  const isLoadedToTheEnd = isLoaded;
  return { load: await loading, probe, isLoadedToTheEnd };
}

function resultOf(
  name: string,
  samples: readonly LatencySample[],
  blocks: readonly Block[],
): LatencyResult {
  const random = seededRandom(0);
  return {
    name,
    samples,
    direct: latenciesOf(blocks.flatMap(({ direct }) => direct)),
    through: latenciesOf(blocks.flatMap(({ through }) => through)),
    addedP50Ms: addedPercentile(blocks, 0.5, random),
    addedP99Ms: addedPercentile(blocks, 0.99, random),
  };
}

function latenciesOf(latenciesMs: ProbeAnswers["latenciesMs"]): Latencies {
  const sorted = Float64Array.from(latenciesMs).toSorted();
  return {
    answers: sorted.length,
    p50Ms: percentile(sorted, 0.5),
    p99Ms: percentile(sorted, 0.99),
  };
}

function describeTurn(name: string, { direct, through, rate }: LatencySample): string {
  const p50 = through.p50Ms - direct.p50Ms;
  const p99 = through.p99Ms - direct.p99Ms;
  const added = `${p50.toFixed(3)} ms p50, ${p99.toFixed(3)} ms p99 added`;
  return `${name.padEnd(18)} ${added} at ${rate} req/s (direct p99 ${direct.p99Ms.toFixed(3)})`;
}
