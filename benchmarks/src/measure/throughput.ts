import { faultsOf, startLineup, stopLineup, type Contender } from "../contenders.ts";
import type { ThroughputProfile } from "../profiles/profile.ts";
import { Samples, type Measurement } from "./measurement.ts";
import { disturbanceNotice, readClocks, usageBetween } from "./reading.ts";
import type { ThroughputReport, ThroughputSample } from "./results.ts";
import { runWrk } from "./wrk.ts";

/**
 * The first turn warms longer: compilers in Node and Go processes work on the proxy's core too, in Node for the
 * first 60,000 requests or so.
 */
const FIRST_WARMUP_FACTOR = 8;

/** Full load on each proxy in turn, round after round: A B C A B C. */
export async function measureThroughput(
  measurement: Measurement,
  profile: ThroughputProfile,
): Promise<ThroughputReport> {
  const { bench, backend, proxies, rounds, say } = measurement;
  const samples = new Samples<ThroughputSample>();
  const lineup = await startLineup(bench, backend, profile, proxies);
  samples.failures.push(...lineup.failures);
  for (let round = 1; round <= rounds; round += 1) {
    for (const contender of lineup.contenders.filter(({ process }) => process.isRunning)) {
      const sample = await takeTurn(measurement, profile, contender, round === 1);
      samples.add(contender.name, sample);
      say(`round ${round}/${rounds}  ${describeTurn(contender.name, sample)}`);
      samples.failures.push(...faultsOf(contender, round, sample.errors));
      samples.notices.push(...disturbanceNotice(contender.name, round, sample.disturbance));
    }
  }
  await stopLineup(bench, lineup);
  const { results, failures, notices } = samples;
  const { name, title } = profile;
  return { kind: "throughput", profile: name, title, results, failures, notices };
}

async function takeTurn(
  { bench, connections, seconds, warmupSeconds }: Measurement,
  { request }: ThroughputProfile,
  contender: Contender,
  isFirst: boolean,
): Promise<ThroughputSample> {
  const run = { port: contender.port, request, connections };
  const warmup = warmupSeconds * (isFirst ? FIRST_WARMUP_FACTOR : 1);
  if (warmup > 0) await runWrk(bench, { ...run, seconds: warmup });
  const before = readClocks(bench, contender);
  const result = await runWrk(bench, { ...run, seconds });
  return { ...result, ...usageBetween(before, readClocks(bench, contender)) };
}

function describeTurn(name: string, sample: ThroughputSample): string {
  const microseconds = ((sample.userSeconds + sample.systemSeconds) * 1e6) / sample.requests;
  const rate = Math.round(sample.requests / sample.seconds);
  return `${name.padEnd(18)} ${microseconds.toFixed(1).padStart(7)} µs/request  ${rate} req/s`;
}
