import { ClientLedger, type ClientOutcome, isSuccess } from "../engine/client-ledger.ts";
import type { ErrorKind } from "../engine/outcome.ts";
import { SparseRecorder } from "../observation/sparse-histogram.ts";
import { intervalMs, type LoadDelta, mostBackends, otherBackends } from "./load-delta.ts";
import type { LoadPlan, RequestKind } from "./load-plan.ts";
import type { PreparedRequest } from "./request-mix.ts";
import type { FollowedRequest, RequestRows } from "./request-rows.ts";
import { passes } from "./response-checks.ts";

/** How a request ended, with what checks want to know. */
export type LoadOutcome = ClientOutcome & {
  readonly body?: string;
  readonly bodyBytes?: number;
  /** The system's code, such as `ECONNREFUSED`, where there was one. */
  readonly code?: string | undefined;
};

interface InFlight extends FollowedRequest {
  sentAtMs: number;
}

/**
 * Follows every request of one worker from due to ended. Times are milliseconds since the start of the run.
 * Keeps what is in flight and what it has not yet said, and nothing else, unless the plan wants a ledger.
 */
export class LoadRecorder {
  readonly ledger: ClientLedger | undefined;
  readonly #plan: LoadPlan;
  readonly #rows: RequestRows | undefined;
  readonly #sendingMs: number;
  readonly #inFlight: Map<number, InFlight> = new Map();
  readonly #backendNames: Set<string> = new Set();
  #due = 0;
  #ended = 0;
  #dropped = 0;
  #delta: DeltaRecorder;

  /** `rows` gets every request that is over. */
  constructor(plan: LoadPlan, rows?: RequestRows) {
    this.#plan = plan;
    this.#sendingMs = plan.shape.loop === "closed" ? (plan.shape.durationMs ?? Infinity) : Infinity;
    this.#rows = rows;
    this.ledger = plan.ledgerId === undefined ? undefined : new ClientLedger();
    this.#delta = new DeltaRecorder(plan);
  }

  /** Requests so far; those that are neither ended nor dropped are in flight. */
  counts(): { readonly due: number; readonly ended: number; readonly dropped: number } {
    return { due: this.#due, ended: this.#ended, dropped: this.#dropped };
  }

  /** The number that the next request will have. */
  get nextIndex(): number {
    return this.#due;
  }

  /** A request became due; returns its number. */
  due({ kind, method }: PreparedRequest, intendedAtMs: number): number {
    const index = this.#due++;
    this.ledger?.add(method, intendedAtMs);
    this.#inFlight.set(index, { kind, intendedAtMs, sentAtMs: Number.NaN });
    this.#delta.counts.due += 1;
    if (this.#plan.shape.loop === "open") this.#delta.interval(intendedAtMs).offered += 1;
    return index;
  }

  /** It was due and there was no room for it. */
  drop(index: number, nowMs: number): void {
    const request = this.#take(index);
    this.ledger?.settle(index, { kind: "dropped" }, nowMs);
    this.#rows?.add(request, index, { kind: "dropped" }, nowMs);
    this.#dropped += 1;
    this.#delta.counts.dropped += 1;
    increment(this.#delta.interval(request.intendedAtMs).outcomes, "dropped");
  }

  /** It goes out now. */
  sent(index: number, nowMs: number): void {
    const request = this.#inFlight.get(index);
    if (request === undefined) return;
    request.sentAtMs = nowMs;
    this.ledger?.sent(index, nowMs);
    this.#delta.lagUs.record((nowMs - request.intendedAtMs) * 1000);
  }

  /** It has its outcome, now. */
  settle(index: number, outcome: LoadOutcome, nowMs: number): void {
    const request = this.#take(index);
    this.ledger?.settle(index, outcome, nowMs);
    this.#rows?.add(request, index, outcome, nowMs);
    this.#ended += 1;
    const isOpen = this.#plan.shape.loop === "open";
    const interval = this.#delta.interval(isOpen ? request.intendedAtMs : nowMs);
    if (!isOpen && outcome.kind !== "aborted") interval.offered += 1;
    if (outcome.kind === "response") this.#response(request, outcome, interval, nowMs);
    else if (outcome.kind === "error") this.#error(request, outcome, interval);
    else this.#delta.counts.aborted += 1;
  }

  /** What was not said yet. */
  flush(): LoadDelta {
    const delta = this.#delta;
    this.#delta = new DeltaRecorder(this.#plan);
    return delta.finish();
  }

  #take(index: number): InFlight {
    const request = this.#inFlight.get(index);
    if (request === undefined) throw new Error(`request ${index} ended twice`);
    this.#inFlight.delete(index);
    return request;
  }

  #response(
    request: InFlight,
    outcome: LoadOutcome & { readonly kind: "response" },
    interval: IntervalRecorder,
    nowMs: number,
  ): void {
    const { counts, statuses, backends, unattributed, latencyUs, serviceUs } = this.#delta;
    const { status } = outcome;
    const latency = (nowMs - request.intendedAtMs) * 1000;
    counts.responses += 1;
    if (nowMs <= this.#sendingMs) counts.inTime += 1;
    counts.bodyBytes += outcome.bodyBytes ?? 0;
    increment(statuses, status);
    increment(interval.outcomes, `${Math.floor(status / 100)}xx`);
    this.#delta.interval(nowMs).achieved += 1;
    latencyUs.record(latency);
    serviceUs.record((nowMs - request.sentAtMs) * 1000);
    interval.latencyUs.record(latency);
    const backend = this.#nameOf(outcome.backend);
    if (backend === undefined) increment(unattributed, status);
    else {
      increment(backends, backend);
      increment(interval.backends, backend);
    }
    const kind = this.#delta.kinds[request.kind];
    if (kind === undefined) return;
    kind.sent += 1;
    kind.responses += 1;
    kind.latencyUs.record(latency);
    if (isSuccess(outcome)) counts.succeeded += 1;
    else {
      interval.failed += 1;
      kind.failed += 1;
    }
    this.#check(request.kind, kind, { status, body: outcome.body ?? "" });
  }

  #error(
    request: InFlight,
    outcome: LoadOutcome & { readonly kind: "error" },
    interval: IntervalRecorder,
  ): void {
    this.#delta.counts.errors += 1;
    increment(this.#delta.errors, outcome.error);
    if (outcome.code !== undefined) increment(this.#delta.errorCodes, outcome.code);
    interval.failed += 1;
    increment(interval.outcomes, outcome.error);
    const kind = this.#delta.kinds[request.kind];
    if (kind === undefined) return;
    kind.sent += 1;
    kind.failed += 1;
  }

  #check(index: number, kind: KindRecorder, response: Parameters<typeof passes>[1]): void {
    this.#plan.requests[index]?.checks.forEach((check, number) => {
      const counts = passes(check, response) ? kind.passed : kind.missed;
      counts[number] = (counts[number] ?? 0) + 1;
    });
  }

  #nameOf(backend: string | undefined): string | undefined {
    if (backend === undefined || this.#backendNames.has(backend)) return backend;
    if (this.#backendNames.size >= mostBackends) return otherBackends;
    this.#backendNames.add(backend);
    return backend;
  }
}

interface IntervalRecorder {
  readonly index: number;
  offered: number;
  achieved: number;
  failed: number;
  readonly outcomes: Map<string, number>;
  readonly backends: Map<string, number>;
  readonly latencyUs: SparseRecorder;
}

interface KindRecorder {
  sent: number;
  responses: number;
  failed: number;
  readonly latencyUs: SparseRecorder;
  readonly passed: number[];
  readonly missed: number[];
}

class DeltaRecorder {
  readonly counts = {
    due: 0,
    dropped: 0,
    responses: 0,
    inTime: 0,
    succeeded: 0,
    errors: 0,
    aborted: 0,
    bodyBytes: 0,
  };
  readonly statuses = new Map<number, number>();
  readonly errors = new Map<ErrorKind, number>();
  readonly errorCodes = new Map<string, number>();
  readonly backends = new Map<string, number>();
  readonly unattributed = new Map<number, number>();
  readonly latencyUs = new SparseRecorder();
  readonly serviceUs = new SparseRecorder();
  readonly lagUs = new SparseRecorder();
  readonly kinds: readonly KindRecorder[];
  readonly #intervals = new Map<number, IntervalRecorder>();

  constructor({ requests }: LoadPlan) {
    this.kinds = requests.map(kindRecorder);
  }

  interval(atMs: number): IntervalRecorder {
    const index = Math.max(0, Math.floor(atMs / intervalMs));
    let interval = this.#intervals.get(index);
    if (interval === undefined) {
      interval = {
        index,
        offered: 0,
        achieved: 0,
        failed: 0,
        outcomes: new Map(),
        backends: new Map(),
        latencyUs: new SparseRecorder(),
      };
      this.#intervals.set(index, interval);
    }
    return interval;
  }

  finish(): LoadDelta {
    const { counts, statuses, errors, errorCodes, backends, unattributed, kinds } = this;
    return {
      counts,
      statuses,
      errors,
      errorCodes,
      backends,
      unattributed,
      latencyUs: plain(this.latencyUs),
      serviceUs: plain(this.serviceUs),
      lagUs: plain(this.lagUs),
      kinds: kinds.map((kind) => ({ ...kind, latencyUs: plain(kind.latencyUs) })),
      intervals: [...this.#intervals.values()].map((interval) => ({
        ...interval,
        latencyUs: plain(interval.latencyUs),
      })),
    };
  }
}

function kindRecorder({ checks }: RequestKind): KindRecorder {
  return {
    sent: 0,
    responses: 0,
    failed: 0,
    latencyUs: new SparseRecorder(),
    passed: checks.map(() => 0),
    missed: checks.map(() => 0),
  };
}

/** Without its methods, which would not cross to another thread. */
function plain({ buckets, count, sum, min, max }: SparseRecorder) {
  return { buckets, count, sum, min, max };
}

function increment<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
