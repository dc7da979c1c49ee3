import { faultsOf, startLineup, stopLineup, type Contender } from "../contenders.ts";
import { targetOf, type LatencyProfile } from "../profiles/profile.ts";
import { Samples, type Measurement } from "./measurement.ts";
import { OpenLoopClient, type OpenLoopResult } from "./open-loop-client.ts";
import { disturbanceNotice, readClocks, usageBetween } from "./reading.ts";
import type { LatencyReport, LatencySample } from "./results.ts";
import { runWrk } from "./wrk.ts";

const CALIBRATION_SECONDS = 2;
/** Below this share of the wanted rate the client or the proxy could not keep up. */
const KEPT_UP = 0.98;

/** Each proxy at its share of its own full load, beside the backend without a proxy at that rate. */
export async function measureLatency(
  measurement: Measurement,
  profile: LatencyProfile,
): Promise<LatencyReport> {
  const { bench, backend, proxies, rounds, say } = measurement;
  const samples = new Samples<LatencySample>();
  const lineup = await startLineup(bench, backend, profile, proxies);
  samples.failures.push(...lineup.failures);
  const rates = new Map<string, number>();
  for (const contender of lineup.contenders) {
    rates.set(contender.name, await shareOfFullLoad(measurement, profile, contender));
  }
  for (let round = 1; round <= rounds; round += 1) {
    for (const contender of lineup.contenders.filter(({ process }) => process.isRunning)) {
      const rate = rates.get(contender.name) ?? 0;
      const sample = await takeTurn(measurement, profile, contender, rate);
      samples.add(contender.name, sample);
      say(`round ${round}/${rounds}  ${describeTurn(contender.name, sample)}`);
      samples.failures.push(...faultsOf(contender, round, sample.errors));
      samples.notices.push(...doubtsOf(contender.name, round, sample));
    }
  }
  await stopLineup(bench, lineup);
  const { results, failures, notices } = samples;
  const { name, title } = profile;
  return { kind: "latency", profile: name, title, results, failures, notices };
}

async function shareOfFullLoad(
  { bench, connections }: Measurement,
  { request, loadShare }: LatencyProfile,
  { port }: Contender,
): Promise<number> {
  const run = { port, request, connections, seconds: CALIBRATION_SECONDS };
  await runWrk(bench, run);
  const { requests, seconds } = await runWrk(bench, run);
  return Math.round((requests / seconds) * loadShare);
}

async function takeTurn(
  measurement: Measurement,
  profile: LatencyProfile,
  contender: Contender,
  rate: number,
): Promise<LatencySample> {
  const direct = await runAt(measurement, profile, measurement.backend.port, rate);
  const before = readClocks(measurement.bench, contender);
  const proxied = await runAt(measurement, profile, contender.port, rate);
  const { disturbance } = usageBetween(before, readClocks(measurement.bench, contender));
  return {
    rate,
    disturbance,
    achievedRate: proxied.achievedRate,
    errors: proxied.errors,
    p50Ms: proxied.p50Ms,
    p99Ms: proxied.p99Ms,
    directP50Ms: direct.p50Ms,
    directP99Ms: direct.p99Ms,
  };
}

async function runAt(
  { connections, seconds, warmupSeconds }: Measurement,
  { request }: LatencyProfile,
  port: number,
  rate: number,
): Promise<OpenLoopResult> {
  const client = await OpenLoopClient.open(port, targetOf(request), connections);
  try {
    if (warmupSeconds > 0) await client.run(rate, warmupSeconds * 1000);
    return await client.run(rate, seconds * 1000);
  } finally {
    client.close();
  }
}

function doubtsOf(name: string, round: number, sample: LatencySample): string[] {
  const doubts = disturbanceNotice(name, round, sample.disturbance);
  if (sample.achievedRate < sample.rate * KEPT_UP) {
    const rates = `${Math.round(sample.achievedRate)} of ${sample.rate} requests per second`;
    doubts.push(`${name}: only ${rates} in round ${round}; its latency is not at half load`);
  }
  return doubts;
}

function describeTurn(name: string, sample: LatencySample): string {
  const p50 = sample.p50Ms - sample.directP50Ms;
  const p99 = sample.p99Ms - sample.directP99Ms;
  const added = `${p50.toFixed(3)} ms p50, ${p99.toFixed(3)} ms p99 added`;
  return `${name.padEnd(18)} ${added} at ${sample.rate} req/s`;
}
