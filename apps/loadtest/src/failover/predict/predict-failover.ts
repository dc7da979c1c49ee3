/*
 * The worst case that a configuration allows, before anything is measured. Every bound comes with the sum it
 * was made of, in the words of the configuration, so that a person can check it and see what to change.
 */
import { formatDuration } from "@evenkeel/config/duration";
import type { ArrivalProcess } from "../../engine/arrivals.ts";
import type { DetectionSettings } from "./detection-settings.ts";
import { countsAsFailure, type FaultEffect } from "./fault-effect.ts";

/** The longest a thing may take, and why. */
export interface Bound {
  readonly ms: number;
  readonly because: string;
}

/** null: the configuration sets no bound. */
export interface FailoverPrediction {
  /** From the fault until the active checks call the victim unhealthy. */
  readonly activeDetection: Bound | null;
  /** From the fault until traffic alone has ejected it. */
  readonly passiveEjection: Bound | null;
  /** From the fault until it gets no more traffic: the earlier of the two. */
  readonly trafficEnds: Bound | null;
  /** From the fault until the last request has failed because of it. */
  readonly lastFailure: Bound | null;
  /** From when it is well again until it serves a request. */
  readonly readmission: Bound | null;
}

/** What is done to the pool. */
export interface FailoverFacts {
  readonly effect: FaultEffect;
  /** How long the victims are ill; undefined: for ever. */
  readonly faultMs: number | undefined;
  readonly victims: number;
  readonly backends: number;
  /** Requests per second over all backends, shared evenly. */
  readonly ratePerSecond: number;
  readonly arrivals: ArrivalProcess;
}

/** Computes the bounds. */
export function predictFailover(
  settings: DetectionSettings,
  facts: FailoverFacts,
): FailoverPrediction {
  const activeDetection = predictActiveDetection(settings, facts);
  const passiveEjection = predictPassiveEjection(settings, facts);
  const trafficEnds = earlier(activeDetection, passiveEjection);
  return {
    activeDetection,
    passiveEjection,
    trafficEnds,
    lastFailure: predictLastFailure(settings, facts, trafficEnds),
    readmission: predictReadmission(settings, facts, { activeDetection, passiveEjection }),
  };
}

/**
 * A check has just passed when the fault strikes: the next one comes after the longest interval, those that
 * confirm it after the longest fast interval, and the last one may take its timeout. Where checks hang, each
 * takes its timeout, and the next one is scheduled only then.
 */
function predictActiveDetection({ check }: DetectionSettings, facts: FailoverFacts): Bound | null {
  if (check === null) return null;
  const effect = effectOnChecks(check, facts.effect);
  if (effect === "passes") return null;
  const { intervalMs, timeoutMs, jitter, unhealthyThreshold } = check;
  const fastMs = Math.min(intervalMs, check.fastIntervalMs);
  const timeouts = effect === "times-out" ? unhealthyThreshold : 1;
  return sum(
    longestWait(intervalMs, jitter, 1),
    longestWait(fastMs, jitter, unhealthyThreshold - 1),
    times(timeoutMs, timeouts),
  );
}

/** The paths of test-backends that answer whatever is wrong with their traffic. */
const controlPaths: ReadonlySet<string> = new Set(["/health", "/__stats"]);

function effectOnChecks(
  check: NonNullable<DetectionSettings["check"]>,
  effect: FaultEffect,
): "fails" | "times-out" | "passes" {
  if (effect.check !== "as-traffic") return effect.check;
  if (check.type === "tcp" || controlPaths.has(check.path)) return "passes";
  if (effect.request === "slow") return "passes";
  return effect.request === "no-response" ? "times-out" : "fails";
}

/** So many failures in a row as the threshold says, at the rate at which one backend gets requests. */
function predictPassiveEjection(
  { breaker, responseTimeoutMs }: DetectionSettings,
  facts: FailoverFacts,
): Bound | null {
  if (breaker === null || !countsAsFailure(facts.effect)) return null;
  const mayBeOut = Math.max(1, Math.floor(facts.backends * breaker.maxEjected));
  if (facts.victims > mayBeOut) return null;
  const gapMs = (1000 * facts.backends) / facts.ratePerSecond;
  const gaps = gapsUntil(breaker.failureThreshold, facts.arrivals);
  const traffic = {
    ms: gaps * gapMs,
    because: `${number(gaps)} requests to it at ${number(1000 / gapMs)}/s`,
  };
  if (facts.effect.request !== "no-response") return traffic;
  return sum(traffic, { ms: responseTimeoutMs, because: duration(responseTimeoutMs) });
}

/**
 * Evenly spaced requests take `threshold` gaps. Random ones may take longer: the time of the k-th has a
 * deviation of √k gaps, and six of them are exceeded once in ten thousand runs.
 */
function gapsUntil(threshold: number, arrivals: ArrivalProcess): number {
  return arrivals === "constant" ? threshold : threshold + 6 * Math.sqrt(threshold);
}

/** Whatever went to the victim before traffic ended may still have to fail. */
function predictLastFailure(
  { responseTimeoutMs }: DetectionSettings,
  { effect, victims, backends }: FailoverFacts,
  trafficEnds: Bound | null,
): Bound | null {
  if (trafficEnds === null || victims === backends) return null;
  if (effect.request !== "no-response") return trafficEnds;
  return sum(trafficEnds, { ms: responseTimeoutMs, because: duration(responseTimeoutMs) });
}

function predictReadmission(
  settings: DetectionSettings,
  facts: FailoverFacts,
  out: Pick<FailoverPrediction, "activeDetection" | "passiveEjection">,
): Bound | null {
  const { check } = settings;
  if (facts.faultMs === undefined) return null;
  const byChecks = out.activeDetection === null || check === null ? null : passingChecks(check);
  const byBreaker =
    out.passiveEjection === null
      ? null
      : ejectionEnd(settings, facts.faultMs, 1000 / (facts.ratePerSecond / facts.backends));
  return later(byChecks, byBreaker);
}

function passingChecks(check: NonNullable<DetectionSettings["check"]>): Bound {
  const fastMs = Math.min(check.intervalMs, check.fastIntervalMs);
  return sum(
    longestWait(check.intervalMs, check.jitter, 1),
    longestWait(fastMs, check.jitter, check.healthyThreshold - 1),
    times(check.timeoutMs, 1),
  );
}

/** What is left of the longest ejection that can be running when the victim is well again. */
function ejectionEnd(
  { breaker, check }: DetectionSettings,
  faultMs: number,
  gapMs: number,
): Bound | null {
  if (breaker === null) return null;
  const left: Bound = {
    ms: longestRestOfEjection(breaker, faultMs),
    because: `ejection that is left after ${duration(faultMs)}`,
  };
  // Half-open begins with a check where there is one, then one request decides.
  const probe =
    check === null
      ? []
      : [
          longestWait(Math.min(check.intervalMs, check.fastIntervalMs), check.jitter, 1),
          times(check.timeoutMs, 1),
        ];
  return sum(left, ...probe, { ms: gapMs, because: "one request" });
}

/**
 * The k-th ejection in a row lasts k reset timeouts, up to the longest one, and up to `jitter` more. An
 * ejection that ends during the fault is followed by the next, longer one; how many there can be by then
 * depends on the jitter, so the worst of the possible ones counts.
 */
export function longestRestOfEjection(
  breaker: NonNullable<DetectionSettings["breaker"]>,
  faultMs: number,
): number {
  let soonestEndMs = 0;
  let latestEndMs = 0;
  let worstMs = 0;
  for (let k = 1; soonestEndMs <= faultMs; k++) {
    const lengthMs = Math.min(breaker.resetTimeoutMs * k, breaker.maxEjectionTimeMs);
    const longestMs = lengthMs * (1 + breaker.jitter);
    // The one before ended at the latest when the fault did: else this one was never needed.
    worstMs = Math.max(worstMs, Math.min(latestEndMs, faultMs) + longestMs - faultMs);
    soonestEndMs += lengthMs;
    latestEndMs += longestMs;
  }
  return worstMs;
}

function longestWait(intervalMs: number, jitter: number, count: number): Bound {
  const factor = jitter === 0 ? "" : ` × ${number(1 + jitter)}`;
  const often = count === 1 ? "" : ` × ${count}`;
  return {
    ms: intervalMs * (1 + jitter) * count,
    because: count === 0 ? "" : `${duration(intervalMs)}${factor}${often}`,
  };
}

function times(ms: number, count: number): Bound {
  return { ms: ms * count, because: count === 1 ? duration(ms) : `${duration(ms)} × ${count}` };
}

function sum(...parts: readonly Bound[]): Bound {
  return {
    ms: parts.reduce((total, { ms }) => total + ms, 0),
    because: parts
      .map(({ because }) => because)
      .filter((text) => text !== "")
      .join(" + "),
  };
}

function earlier(one: Bound | null, other: Bound | null): Bound | null {
  if (one === null || other === null) return one ?? other;
  return one.ms <= other.ms ? one : other;
}

function later(one: Bound | null, other: Bound | null): Bound | null {
  if (one === null || other === null) return one ?? other;
  return one.ms >= other.ms ? one : other;
}

function duration(ms: number): string {
  return formatDuration(Math.round(ms));
}

/** `1.2`, `100`, `18.4` */
function number(value: number): string {
  return String(Number(value.toPrecision(3)));
}
