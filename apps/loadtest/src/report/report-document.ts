/*
 * What every run looks like to whoever shows or stores it. Each check maps its own result onto this one
 * document in its own folder; the page, CSV, .hgrm and Prometheus writers know nothing else. Plain JSON:
 * times are milliseconds since the start of the run unless the name says otherwise, latencies are whole
 * microseconds, shares are fractions, `null` is "not known" or "none".
 */

/** The schema's name; its number changes when a field changes meaning or goes, not when one is added. */
export const reportSchemaName = "evenkeel-report/1";

/** The commands that write reports. */
export const reportKinds = [
  "distribution",
  "failover",
  "chaos",
  "sticky",
  "run",
  "sweep",
  "compare",
  "scorecard",
] as const;

/** One of {@link reportKinds}. */
export type ReportKind = (typeof reportKinds)[number];

/** One command's result: usually one run; failover and sweep have several. */
export interface ReportDocument {
  readonly schema: typeof reportSchemaName;
  readonly kind: ReportKind;
  /** For the heading: `Failover: kill of Server-1`. */
  readonly title: string;
  /** The URL that was asked, its password hidden. */
  readonly target: string;
  /** As it was typed, values of headers hidden. */
  readonly command: string;
  /** Wall-clock time, ISO 8601. */
  readonly startedAt: string;
  /** Of all runs together. */
  readonly durationMs: number;
  readonly verdict: ReportVerdict;
  /** Interrupted: counts are right as far as they go. */
  readonly partial: boolean;
  /** Remarks on what the numbers can say. */
  readonly notes: readonly string[];
  /** Doubts about the measurement itself. */
  readonly warnings: readonly string[];
  readonly environment: ReportEnvironment;
  readonly runs: readonly ReportRun[];
  /** What only all runs together say, such as a sweep's latency against load. */
  readonly curves: readonly ReportCurve[];
  /** What only this kind of run has, such as a summary of all runs. */
  readonly tables: readonly ReportTable[];
}

/** What came out. `invalid`: the generator spoiled it; `not-judged`: nothing was promised. */
export interface ReportVerdict {
  readonly kind: "pass" | "fail" | "invalid" | "not-judged";
  /** One sentence each; of a pass too, what it means. */
  readonly reasons: readonly string[];
}

/** Where it was measured; `null` where nobody could tell. */
export interface ReportEnvironment {
  /** Of Evenkeel. */
  readonly version: string | null;
  /** Commit of the working copy, `-dirty` behind it when files were changed. */
  readonly commit: string | null;
  readonly node: string;
  /** `linux 6.8.0 x64` */
  readonly os: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
}

/** One stretch of load and what it showed. */
export interface ReportRun {
  /** `kill of Server-1`; "" where the document has only this run. */
  readonly title: string;
  readonly startedAt: string;
  readonly durationMs: number;
  readonly verdict: ReportVerdict;
  readonly partial: boolean;
  readonly thresholds: readonly ReportThreshold[];
  /** What was predicted or promised beside what was measured. */
  readonly checks: readonly ReportCheck[];
  readonly figures: readonly ReportFigure[];
  /** `null` where nothing was recorded over time. */
  readonly series: ReportSeries | null;
  /** Complete responses only; `null` where it was not measured. */
  readonly latency: ReportLatency | null;
  /** From when a request was really sent, beside a `latency` that counts from when it was due. */
  readonly serviceTime: ReportLatency | null;
  readonly backends: readonly ReportBackend[];
  /** Complete responses by status. */
  readonly statuses: Readonly<Record<string, number>>;
  /** Requests without a complete response by reason. */
  readonly errors: Readonly<Record<string, number>>;
  /** What was broken when. */
  readonly faults: readonly ReportFault[];
  /** `null` where requests had no ids. */
  readonly ledger: ReportLedger | null;
  readonly tables: readonly ReportTable[];
}

/** One `--threshold`, or a promise that the run makes by itself. */
export interface ReportThreshold {
  /** As it was typed. */
  readonly text: string;
  /** `87 ms`, `never`, `not measured` */
  readonly value: string;
  readonly verdict: "met" | "not-met" | "unknown";
}

/** One row of "expected beside measured". */
export interface ReportCheck {
  readonly what: string;
  /** "" where nothing is expected. */
  readonly expected: string;
  readonly measured: string;
  readonly verdict: "pass" | "fail" | "not-judged";
  /** Why that is expected, or why it is not judged. */
  readonly note: string;
}

/** The units of figures, columns and axes. */
export const reportUnits = ["count", "perSecond", "share", "ms", "us", "bytes", "number"] as const;

/** One of {@link reportUnits}. */
export type ReportUnit = (typeof reportUnits)[number];

/** One number worth a place of its own. */
export interface ReportFigure {
  /** `requests sent` */
  readonly name: string;
  readonly value: number | null;
  readonly unit: ReportUnit;
}

/**
 * The run over time, in columns: the n-th entry is of the interval from `n * intervalMs`; the last one may
 * be cut short by the end of the run. A request counts in the interval in which it was due (in a closed
 * loop: ended), however late its outcome came; only `achieved` counts responses where they came.
 */
export interface ReportSeries {
  readonly intervalMs: number;
  /** Requests due, dropped ones included. */
  readonly offered: readonly number[];
  /** Complete responses that arrived. */
  readonly achieved: readonly number[];
  /** Without a complete response of 2xx or 3xx; dropped and aborted ones are not. */
  readonly failed: readonly number[];
  /** By status class and error reason: `2xx`, `5xx`, `timeout`, `dropped`. */
  readonly outcomes: Readonly<Record<string, readonly number[]>>;
  /** Responses by backend. */
  readonly backends: Readonly<Record<string, readonly number[]>>;
  /** Latency of complete responses; `null` in an interval without any. */
  readonly p50Us: readonly (number | null)[];
  readonly p90Us: readonly (number | null)[];
  readonly p99Us: readonly (number | null)[];
  readonly maxUs: readonly (number | null)[];
  /** For the heat map: 16 buckets per doubling. */
  readonly latency: readonly SparseCounts[];
}

/**
 * `[highest, count]` of every bucket that is not empty, in order: `count` values were at most `highest`
 * whole microseconds and above the bucket before. Buckets never move, so adding counts of the same
 * `highest` merges two histograms without loss.
 */
export type SparseCounts = readonly (readonly [highestUs: number, count: number])[];

/** A latency distribution: values are exact up to 255 µs and known to within 1/128 above. */
export interface ReportLatency {
  /** What it counts from: `due` includes waiting for a late generator or a stalled target. */
  readonly from: "due" | "sent";
  readonly count: number;
  /** Exact; 0 where there is none, as are the following. */
  readonly sumUs: number;
  readonly minUs: number;
  readonly maxUs: number;
  readonly buckets: SparseCounts;
}

/** Who answered how much. */
export interface ReportBackend {
  readonly name: string;
  readonly requests: number;
  /** Of the responses that named a backend. */
  readonly share: number;
  /** `null` where nothing was expected. */
  readonly expectedShare: number | null;
  /** Shares that are still as promised; `null` where nothing was promised. */
  readonly leastShare: number | null;
  readonly mostShare: number | null;
  readonly verdict: "within" | "outside" | "not-judged";
  /** `missing`, `unexpected` and the like; "" for nothing. */
  readonly note: string;
}

/** Something was broken on purpose. */
export interface ReportFault {
  readonly fromMs: number;
  /** `null`: to the end of the run. */
  readonly toMs: number | null;
  /** `kill` */
  readonly label: string;
  /** Names as in the backend header. */
  readonly backends: readonly string[];
}

/** Every request by id, in what the client, the balancer and the backends wrote down. */
export interface ReportLedger {
  readonly due: number;
  readonly sent: number;
  readonly succeeded: number;
  readonly errorResponses: number;
  readonly lost: number;
  readonly aborted: number;
  readonly dropped: number;
  /** Attempts of the balancer beyond the first; `null`: its log does not say. */
  readonly retries: number | null;
  readonly doubled: number | null;
  readonly unexplained: number | null;
  readonly unlogged: number | null;
  readonly entries: {
    readonly client: number;
    readonly balancer: number | null;
    readonly backends: number | null;
  };
  /** The first ids of each kind that is not as it should be. */
  readonly listed: readonly { readonly what: string; readonly ids: readonly string[] }[];
}

/** Numbers that fit nowhere else, in rows. */
export interface ReportTable {
  readonly title: string;
  readonly columns: readonly { readonly heading: string; readonly unit: ReportUnit | "text" }[];
  readonly rows: readonly (readonly (string | number | null)[])[];
}

/** A chart that is not over time. */
export interface ReportCurve {
  readonly title: string;
  readonly x: ReportAxis;
  readonly y: ReportAxis;
  readonly lines: readonly {
    readonly name: string;
    readonly points: readonly (readonly [x: number, y: number | null])[];
  }[];
  /** Worth a vertical line, such as the knee. */
  readonly marks: readonly { readonly x: number; readonly label: string }[];
}

/** What a curve's numbers are. */
export interface ReportAxis {
  readonly label: string;
  readonly unit: ReportUnit;
  readonly isLog: boolean;
}
