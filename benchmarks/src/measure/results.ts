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

/** One turn at a fixed rate, beside going direct at the same rate just before. Times in ms. */
export interface LatencySample {
  readonly rate: number;
  readonly achievedRate: number;
  /** Share of the turn that the proxy's core worked for somebody else, 0..1. */
  readonly disturbance: number;
  readonly errors: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly directP50Ms: number;
  readonly directP99Ms: number;
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
  readonly results: readonly ProxySamples<LatencySample>[];
}

export type ProfileReport = ThroughputReport | ScalingReport | IdleReport | LatencyReport;
