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

/** One turn at a fixed rate, with a probe of its own that goes both ways. */
export interface LatencySample {
  /** Requests per second that were wanted through the proxy, those of the probe among them. */
  readonly rate: number;
  readonly achievedRate: number;
  /** Share of the turn that the proxy's core worked for somebody else, 0..1. */
  readonly disturbance: number;
  readonly errors: number;
  /** Of the probe's requests to the backend itself. */
  readonly direct: Latencies;
  /** Of the probe's requests through the proxy. */
  readonly through: Latencies;
  /** How late the probe sent. */
  readonly lagP99Ms: number;
  /** The longest pause of the probe's own garbage collector. */
  readonly longestGcMs: number;
  /** The load went on as long as the probe. */
  readonly isLoadedToTheEnd: boolean;
}

/** The turns of one proxy, and all of them together with how sure they make us. */
export interface LatencyResult extends ProxySamples<LatencySample> {
  readonly direct: Latencies;
  readonly through: Latencies;
  readonly addedP50Ms: Estimate;
  readonly addedP99Ms: Estimate;
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
