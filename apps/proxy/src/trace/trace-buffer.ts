import type { PoolHealthStatus } from "../health/health-control.ts";
import type { AttemptRecord, CandidateRecord, TraceRecord } from "./trace-record.ts";

/** Which traces are asked for; null = any. */
export interface TraceFilter {
  readonly pool: string | null;
  /** Of one of its attempts. */
  readonly backend: string | null;
  readonly requestId: string | null;
  /** A status, or a class such as `5xx`. */
  readonly status: string | null;
  /** Of the path, from its beginning. */
  readonly path: string | null;
  /** Only those with more than one attempt. */
  readonly isRetried: boolean;
}

/** The newest traces of all threads. */
export class TraceBuffer {
  readonly #keep: () => number;
  readonly #health: () => readonly PoolHealthStatus[];
  /** The oldest first. */
  readonly #records: TraceRecord[] = [];
  #dropped = 0;

  /** `keep` is 1 or more, and may change. */
  constructor(keep: () => number, health: () => readonly PoolHealthStatus[]) {
    this.#keep = keep;
    this.#health = health;
  }

  /** `dropped`: sampled in the same time, and thrown away because there were too many. */
  readonly add = (records: readonly TraceRecord[], dropped: number): void => {
    this.#dropped += dropped;
    const health = this.#health();
    for (const record of records) this.#records.push(withReasons(record, health));
    this.#records.splice(0, Math.max(0, this.#records.length - this.#keep()));
  };

  get dropped(): number {
    return this.#dropped;
  }

  get size(): number {
    return this.#records.length;
  }

  /** The newest first. */
  find(filter: TraceFilter, limit: number): readonly TraceRecord[] {
    const found: TraceRecord[] = [];
    for (let index = this.#records.length - 1; index >= 0 && found.length < limit; index--) {
      const record = this.#records[index];
      if (record !== undefined && matches(record, filter)) found.push(record);
    }
    return found;
  }
}

function matches(record: TraceRecord, filter: TraceFilter): boolean {
  const { pool, backend, requestId, status, path, isRetried } = filter;
  if (pool !== null && record.pool !== pool) return false;
  if (requestId !== null && record.requestId !== requestId) return false;
  if (path !== null && !record.path.startsWith(path)) return false;
  if (isRetried && record.attempts.length < 2) return false;
  if (backend !== null && !record.attempts.some((one) => one.backend === backend)) return false;
  return status === null || isOfStatus(record.status, status);
}

function isOfStatus(status: number, asked: string): boolean {
  return /^[1-5]xx$/.test(asked) ? String(status)[0] === asked[0] : String(status) === asked;
}

/** Workers know that a backend gets nothing; the control plane knows why. */
function withReasons(record: TraceRecord, health: readonly PoolHealthStatus[]): TraceRecord {
  const backends = health.find(({ pool }) => pool === record.pool)?.backends ?? [];
  const reasons = new Map(
    backends.map(({ backend, status, reason }) => [backend.id, `${status}: ${reason}`]),
  );
  const explained = (candidate: CandidateRecord): CandidateRecord => {
    const reason = isOut.has(candidate.standing) ? reasons.get(candidate.backend) : undefined;
    return reason === undefined ? candidate : { ...candidate, reason };
  };
  const attempts = record.attempts.map((attempt): AttemptRecord => {
    return { ...attempt, candidates: attempt.candidates.map(explained) };
  });
  return { ...record, attempts };
}

const isOut: ReadonlySet<string> = new Set(["out", "down", "bound-only", "trial"]);
