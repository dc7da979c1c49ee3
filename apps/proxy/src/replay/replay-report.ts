/** What a log tells about two configurations. */
export interface ReplayReport {
  readonly lines: {
    readonly total: number;
    readonly used: number;
    readonly unused: readonly {
      readonly reason: string;
      readonly count: number;
      readonly firstLine: number;
    }[];
  };
  /** When the first and the last request began, in ISO 8601; null without requests. */
  readonly period: { readonly from: string; readonly to: string } | null;
  /** Requests whose route both configurations decide by what the log has. */
  readonly compared: number;
  /** Of those, the ones with another fate. */
  readonly moved: number;
  /** 0 to 1. */
  readonly movedShare: number;
  readonly byOutcome: readonly Change[];
  readonly byRoute: readonly Change[];
  /** Requests about which the log does not say enough. */
  readonly undecided: readonly { readonly missing: string; readonly count: number }[];
  readonly hashKeys: readonly HashKeyReport[];
  readonly limits: readonly LimitReport[];
  readonly neverMatch: readonly UnusedRoute[];
  /** Questions that no access log answers. */
  readonly unanswered: readonly string[];
}

export interface Change {
  readonly from: string;
  readonly to: string;
  readonly count: number;
  /** Of all that were compared. */
  readonly share: number;
  readonly examples: readonly string[];
}

export interface HashKeyReport {
  /** In the configuration of before. */
  readonly pool: string;
  readonly requests: number;
  readonly requestsMoved: number;
  readonly keys: number;
  /** 0 to 1. */
  readonly keysMovedShare: number;
  /** The keys are an estimate, from tens of thousands of them. */
  readonly isEstimate: boolean;
}

export interface LimitReport {
  readonly configuration: "before" | "after";
  readonly route: number;
  readonly asks: string;
  readonly limit: string;
  /** That the limit was asked about. */
  readonly requests: number;
  readonly refused: number;
}

export interface UnusedRoute {
  readonly route: number;
  readonly asks: string;
  /** `unknown`: some requests may have been its own; the log does not have what it asks for. */
  readonly verdict: "never" | "unknown";
}
