import type { Estimate } from "./bootstrap.ts";

/** One turn of one proxy under full load. */
export interface ThroughputSample {
  readonly requests: number;
  readonly seconds: number;
  readonly userSeconds: number;
  readonly systemSeconds: number;
  /** Share of the turn that the proxy's core worked for somebody else, 0..1. */
  readonly disturbance: number;
  readonly errors: number;
  readonly p50Us: number;
  readonly p99Us: number;
}

/** One fresh start of one proxy with idle connections. */
export interface IdleSample {
  readonly connections: number;
  readonly rssBeforeBytes: number;
  readonly rssAfterBytes: number;
}

/** What a number of requests took, in ms. */
export interface Latencies {
  readonly answers: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** One turn at a fixed rate. */
export interface LatencySample {
  /** Requests per second that were wanted through the proxy. */
  readonly rate: number;
  /** Those that were sent in the counted time and answered. */
  readonly achievedRate: number;
  /** Share of the turn that the proxy's core worked for somebody else, 0..1. */
  readonly disturbance: number;
  readonly errors: number;
  /** Of the requests to the backend itself, in the time that counts. */
  readonly direct: Latencies;
  readonly through: Latencies;
  /** Share of the time that counts, because nothing else took the cores, 0..1. */
  readonly quietShare: number;
  /** How late the load sent. */
  readonly lagP99Ms: number;
}

/** The turns of one proxy, and all of them together with how sure they make us. */
export interface LatencyResult extends ProxySamples<LatencySample> {
  readonly direct: Latencies;
  readonly through: Latencies;
  readonly addedP50Ms: Estimate;
  readonly addedP99Ms: Estimate;
  /** The same with the time in which something else took the cores. */
  readonly disturbedP99Ms: Estimate;
}

/** All turns of one proxy in one profile, in the order of the rounds. */
export interface ProxySamples<Sample> {
  readonly name: string;
  readonly samples: readonly Sample[];
}

interface ReportBase {
  readonly profile: string;
  readonly title: string;
  /** Proxies that did not start or pass the check, failed requests, lost connections. */
  readonly failures: readonly string[];
  /** What makes a figure doubtful without being the proxy's fault. */
  readonly notices: readonly string[];
}

export interface ThroughputReport extends ReportBase {
  readonly kind: "throughput";
  readonly results: readonly ProxySamples<ThroughputSample>[];
}

/** One worker against two: `results` is empty where the cores do not allow it. */
export interface ScalingReport extends ReportBase {
  readonly kind: "scaling";
  readonly results: readonly ProxySamples<ThroughputSample>[];
}

export interface IdleReport extends ReportBase {
  readonly kind: "idle";
  readonly results: readonly ProxySamples<IdleSample>[];
}

export interface LatencyReport extends ReportBase {
  readonly kind: "latency";
  readonly results: readonly LatencyResult[];
}

export type ProfileReport = ThroughputReport | ScalingReport | IdleReport | LatencyReport;
