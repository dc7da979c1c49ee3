import type {
  IdleReport,
  IdleSample,
  LatencyReport,
  ProfileReport,
  ProxySamples,
  ScalingReport,
  ThroughputReport,
  ThroughputSample,
} from "../measure/results.ts";
import type { Estimate } from "../measure/bootstrap.ts";
import { rangeOf, type Range } from "../measure/statistics.ts";
import type { Table } from "./table.ts";

/** The proxies that all others are compared with. */
const REFERENCES = ["nginx", "nginx-16k", "haproxy"] as const;

/** The table of one profile: medians, with least and greatest over the rounds. */
export function profileTable(report: ProfileReport): Table {
  if (report.kind === "throughput") return throughputTable(report);
  if (report.kind === "scaling") return scalingTable(report);
  return report.kind === "idle" ? idleTable(report) : latencyTable(report);
}

/** CPU microseconds of the proxy per request. */
export function cpuMicroseconds(sample: ThroughputSample): number {
  return ((sample.userSeconds + sample.systemSeconds) * 1e6) / sample.requests;
}

/** Requests that one second of CPU time serves. */
export function requestsPerCpuSecond(sample: ThroughputSample): number {
  return sample.requests / (sample.userSeconds + sample.systemSeconds);
}

/**
 * How many times the reference's requests per CPU-second the proxy serves, over the rounds that
 * both have. Rounds are compared one by one, so a slow moment of the machine hits both sides.
 */
export function ratioTo(
  samples: readonly ThroughputSample[],
  reference: readonly ThroughputSample[],
): Range | undefined {
  const ratios = samples.flatMap((sample, round) => {
    const other = reference[round];
    return other === undefined ? [] : [requestsPerCpuSecond(sample) / requestsPerCpuSecond(other)];
  });
  return ratios.length === 0 ? undefined : rangeOf(ratios);
}

function throughputTable({ results }: ThroughputReport): Table {
  const references = REFERENCES.filter((name) => results.some((result) => result.name === name));
  return {
    header: [
      "proxy",
      "CPU µs per request",
      "user",
      "sys",
      "requests per CPU-second",
      "req/s",
      "core busy",
      ...references.map((name) => `vs ${name}`),
    ],
    rows: results.map((result) => throughputRow(result, results, references)),
  };
}

function throughputRow(
  { name, samples }: ProxySamples<ThroughputSample>,
  all: readonly ProxySamples<ThroughputSample>[],
  references: readonly string[],
): string[] {
  const perRequest = (seconds: (sample: ThroughputSample) => number): Range =>
    over(samples, (sample) => (seconds(sample) * 1e6) / sample.requests);
  const busy = over(samples, busyCores);
  return [
    name,
    showRange(over(samples, cpuMicroseconds), 1),
    perRequest((sample) => sample.userSeconds).median.toFixed(1),
    perRequest((sample) => sample.systemSeconds).median.toFixed(1),
    showRange(over(samples, requestsPerCpuSecond), 0),
    showNumber(over(samples, (sample) => sample.requests / sample.seconds).median, 0),
    `${Math.round(busy.median * 100)}%`,
    ...references.map((reference) => {
      const other = all.find((candidate) => candidate.name === reference);
      const ratio = other === undefined ? undefined : ratioTo(samples, other.samples);
      if (reference === name || ratio === undefined) return "";
      return showRange(ratio, 2);
    }),
  ];
}

function scalingTable({ results }: ScalingReport): Table {
  const rate = (sample: ThroughputSample): number => sample.requests / sample.seconds;
  const first = results[0]?.samples ?? [];
  return {
    header: ["workers", "req/s", "CPU µs per request", "cores busy", "× 1 worker"],
    rows: results.map(({ name, samples }, index) => [
      name,
      showRange(over(samples, rate), 0),
      showRange(over(samples, cpuMicroseconds), 1),
      over(samples, busyCores).median.toFixed(2),
      index === 0 ? "" : speedup(samples, first, rate),
    ]),
  };
}

/** Round by round, over those that both have. */
function speedup(
  samples: readonly ThroughputSample[],
  reference: readonly ThroughputSample[],
  rate: (sample: ThroughputSample) => number,
): string {
  const ratios = samples.flatMap((sample, round) => {
    const other = reference[round];
    return other === undefined ? [] : [rate(sample) / rate(other)];
  });
  return ratios.length === 0 ? "" : showRange(rangeOf(ratios), 2);
}

function busyCores(sample: ThroughputSample): number {
  return (sample.userSeconds + sample.systemSeconds) / sample.seconds;
}

function idleTable({ results }: IdleReport): Table {
  const perConnection = (sample: IdleSample): number =>
    (sample.rssAfterBytes - sample.rssBeforeBytes) / sample.connections / 1024;
  return {
    header: ["proxy", "RSS per connection (KB)", "connections", "memory before (MB)", "after (MB)"],
    rows: results.map(({ name, samples }) => [
      name,
      showRange(over(samples, perConnection), 2),
      showNumber(over(samples, (sample) => sample.connections).min, 0),
      (over(samples, (sample) => sample.rssBeforeBytes).median / 1024 ** 2).toFixed(0),
      (over(samples, (sample) => sample.rssAfterBytes).median / 1024 ** 2).toFixed(0),
    ]),
  };
}

function latencyTable({ results }: LatencyReport): Table {
  const milliseconds = (value: number): string => value.toFixed(2);
  return {
    header: [
      "proxy",
      "rate (req/s)",
      "added p50 (ms)",
      "added p99 (ms)",
      "of the time",
      "added p99, all the time",
      "p50",
      "direct p50",
      "p99",
      "direct p99",
      "requests",
    ],
    rows: results.map(
      ({ name, samples, direct, through, addedP50Ms, addedP99Ms, disturbedP99Ms }) => [
        name,
        showNumber(over(samples, (sample) => sample.achievedRate).median, 0),
        showEstimate(addedP50Ms),
        showEstimate(addedP99Ms),
        `${Math.round(over(samples, (sample) => sample.quietShare).median * 100)} %`,
        showEstimate(disturbedP99Ms),
        milliseconds(through.p50Ms),
        milliseconds(direct.p50Ms),
        milliseconds(through.p99Ms),
        milliseconds(direct.p99Ms),
        showNumber(direct.answers + through.answers, 0),
      ],
    ),
  };
}

/** `0.24 (0.21 to 0.29)`: an end of the interval may be negative. */
export function showEstimate({ value, low, high }: Estimate): string {
  return `${value.toFixed(2)} (${low.toFixed(2)} to ${high.toFixed(2)})`;
}

function over<Sample>(samples: readonly Sample[], value: (sample: Sample) => number): Range {
  return rangeOf(samples.map(value));
}

/** `14.2 (13.9–14.6)`; the median alone when there was one round. */
export function showRange({ median, min, max }: Range, digits: number): string {
  const middle = showNumber(median, digits);
  if (min === max) return middle;
  return `${middle} (${showNumber(min, digits)}–${showNumber(max, digits)})`;
}

function showNumber(value: number, digits: number): string {
  return value.toLocaleString("en-US", {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}
