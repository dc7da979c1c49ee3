import type { PickFacts, Standing } from "@evenkeel/core";

/** One real request, with every decision that was taken about it. */
export interface TraceRecord {
  /** When it ended, in ISO 8601. */
  readonly time: string;
  readonly requestId: string;
  readonly clientIp: string;
  readonly method: string;
  readonly path: string;
  /** Its place in the file, from 1; null when none matched. */
  readonly route: number | null;
  readonly pool: string | null;
  readonly status: number;
  readonly error: string | null;
  readonly latencyMs: number;
  /** What the strategy hashed; null where it hashes nothing. */
  readonly hashKey: string | null;
  /** Where its sticky cookie said that it belongs; null = nowhere. */
  readonly boundTo: string | null;
  /** Times that no backend had room, so that it waited. */
  readonly waits: number;
  readonly attempts: readonly AttemptRecord[];
}

export interface AttemptRecord {
  /** Since the request began. */
  readonly startedMs: number;
  /** null while it was not the one that ended the request: a copy that another one overtook. */
  readonly ms: number | null;
  readonly backend: string;
  readonly outcome: string;
  /** Whether another backend was asked after it; null when that was no question. */
  readonly retry: RetryRecord | null;
  /** How the pool's backends stood when this one was chosen. */
  readonly candidates: readonly CandidateRecord[];
  /** Backends beyond those that are listed. */
  readonly others: number;
}

export interface RetryRecord {
  readonly isGranted: boolean;
  /** Before the next attempt. */
  readonly delayMs: number;
  /** Why there was none. */
  readonly reason: string | null;
}

export interface CandidateRecord {
  readonly backend: string;
  readonly standing: Standing;
  readonly inFlight: number;
  /** Below 1 in slow start. */
  readonly share: number;
  /** What the strategy compared. */
  readonly score: PickFacts;
  /** For those that got no requests: what health says of them, a moment later. */
  readonly reason?: string | undefined;
}
