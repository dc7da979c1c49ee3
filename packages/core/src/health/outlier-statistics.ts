import type { OutlierSettings } from "./health-settings.ts";
import { percentText, secondsText } from "./wording.ts";

/** One backend's attempts that ended within an interval. Canceled ones are in neither. */
export interface OutcomeCounts {
  readonly successes: number;
  readonly failures: number;
}

/** A backend that should be ejected, and why, for people. */
export interface Outlier {
  readonly id: string;
  readonly reason: string;
}

interface Sample {
  readonly id: string;
  readonly requests: number;
  /** 0 to 1. */
  readonly successRate: number;
}

/**
 * A success rate this close to the pool's mean is no outlier, however many deviations away it lies.
 * Without it, one failed request among a thousand ejects a backend as soon as the others had none:
 * one outlier of five always lies 2 deviations from the mean. A retry costs less than a fifth of the pool.
 */
const leastDifference = 0.05;

/**
 * Who failed too much, the worst first. Two rules, because each is blind where the other sees: the share
 * of failures knows nothing of the pool, and deviation from the mean sees nothing once more than
 * 1 / (1 + d^2) of the backends fail alike (21.7 % at d = 1.9), nor among four or fewer.
 */
export function findOutliers(
  counts: ReadonlyMap<string, OutcomeCounts>,
  settings: OutlierSettings,
): readonly Outlier[] {
  const samples = samplesOf(counts, settings.minRequests);
  const spread = samples.length >= settings.minBackends ? spreadOf(samples) : null;
  return samples.flatMap((sample) => {
    const reason = failureReason(sample, settings) ?? deviationReason(sample, spread, settings);
    return reason === null ? [] : [{ id: sample.id, reason }];
  });
}

function samplesOf(counts: ReadonlyMap<string, OutcomeCounts>, minRequests: number): Sample[] {
  const samples: Sample[] = [];
  for (const [id, { successes, failures }] of counts) {
    const requests = successes + failures;
    if (requests < minRequests || requests === 0) continue;
    samples.push({ id, requests, successRate: successes / requests });
  }
  return samples.toSorted((one, other) => one.successRate - other.successRate);
}

interface Spread {
  readonly mean: number;
  /** Of the population, as Envoy has it: the backends are all there are, not a sample of more. */
  readonly deviation: number;
}

function spreadOf(samples: readonly Sample[]): Spread {
  const mean = samples.reduce((sum, { successRate }) => sum + successRate, 0) / samples.length;
  const squares = samples.reduce((sum, { successRate }) => sum + (successRate - mean) ** 2, 0);
  return { mean, deviation: Math.sqrt(squares / samples.length) };
}

function failureReason(sample: Sample, settings: OutlierSettings): string | null {
  const failed = 1 - sample.successRate;
  if (failed < settings.failurePercentage) return null;
  const interval = secondsText(settings.intervalMs);
  return `failed ${percentText(failed)} of ${sample.requests} requests in ${interval}`;
}

function deviationReason(
  sample: Sample,
  spread: Spread | null,
  { successRateDeviation }: OutlierSettings,
): string | null {
  if (spread === null) return null;
  const { mean, deviation } = spread;
  const least = Math.max(successRateDeviation * deviation, leastDifference);
  if (sample.successRate >= mean - least) return null;
  const [own, pool] = [percentText(sample.successRate), percentText(mean)];
  return `success rate ${own} is more than ${successRateDeviation} deviations below the pool's ${pool}`;
}
