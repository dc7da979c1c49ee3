import type { ErrorKind } from "../engine/outcome.ts";
import { LatencyHistogram } from "../observation/latency-histogram.ts";
import { type LoadCounts, type LoadDelta, mostBackends, otherBackends } from "./load-delta.ts";
import type { LoadPlan } from "./load-plan.ts";
import { addCounts, LoadSeries } from "./load-series.ts";

/** A run of an hour in rows of four seconds at most; a page can draw them all. */
const mostRows = 1200;

/** Stretches of a run that comparisons resample; enough of them, and never too many to store. */
const mostBlocks = 64;

/** One kind of request over the whole run. */
export interface KindTotals {
  /** With an outcome: responses and errors. */
  sent: number;
  responses: number;
  failed: number;
  readonly latencyUs: LatencyHistogram;
  readonly passed: number[];
  readonly missed: number[];
}

/** Everything that all workers saw, added up as it comes. Its memory does not grow with the run. */
export class LoadTotals {
  readonly counts: { -readonly [Key in keyof LoadCounts]: number } = {
    due: 0,
    dropped: 0,
    responses: 0,
    inTime: 0,
    succeeded: 0,
    errors: 0,
    aborted: 0,
    bodyBytes: 0,
  };
  readonly statuses: Map<number, number> = new Map();
  readonly errors: Map<ErrorKind, number> = new Map();
  readonly errorCodes: Map<string, number> = new Map();
  readonly backends: Map<string, number> = new Map();
  readonly unattributed: Map<number, number> = new Map();
  readonly latencyUs: LatencyHistogram = new LatencyHistogram();
  readonly serviceUs: LatencyHistogram = new LatencyHistogram();
  readonly lagUs: LatencyHistogram = new LatencyHistogram();
  readonly kinds: readonly KindTotals[];
  readonly series: LoadSeries = new LoadSeries(mostRows);
  readonly blocks: LoadSeries = new LoadSeries(mostBlocks);

  constructor({ requests }: Pick<LoadPlan, "requests">) {
    this.kinds = requests.map(({ checks }) => ({
      sent: 0,
      responses: 0,
      failed: 0,
      latencyUs: new LatencyHistogram(),
      passed: checks.map(() => 0),
      missed: checks.map(() => 0),
    }));
  }

  /** Requests that went out. */
  get sent(): number {
    return this.counts.due - this.counts.dropped;
  }

  /** Without a complete response of 2xx or 3xx; those that the run itself aborted are not. */
  get failed(): number {
    return this.counts.responses - this.counts.succeeded + this.counts.errors;
  }

  /** Adds what a worker says. */
  add(delta: LoadDelta): void {
    for (const key of Object.keys(this.counts) as (keyof LoadCounts)[]) {
      this.counts[key] += delta.counts[key];
    }
    addCounts(this.statuses, delta.statuses);
    addCounts(this.errors, delta.errors);
    addCounts(this.errorCodes, delta.errorCodes);
    this.#addBackends(delta.backends);
    addCounts(this.unattributed, delta.unattributed);
    this.latencyUs.addSparse(delta.latencyUs);
    this.serviceUs.addSparse(delta.serviceUs);
    this.lagUs.addSparse(delta.lagUs);
    this.#addKinds(delta);
    for (const interval of delta.intervals) {
      this.series.add(interval);
      this.blocks.add(interval);
    }
  }

  #addBackends(more: ReadonlyMap<string, number>): void {
    for (const [name, count] of more) {
      const isRoom = this.backends.has(name) || this.backends.size < mostBackends;
      addCounts(this.backends, new Map([[isRoom ? name : otherBackends, count]]));
    }
  }

  #addKinds({ kinds }: LoadDelta): void {
    kinds.forEach((more, index) => {
      const kind = this.kinds[index];
      if (kind === undefined) return;
      kind.sent += more.sent;
      kind.responses += more.responses;
      kind.failed += more.failed;
      kind.latencyUs.addSparse(more.latencyUs);
      more.passed.forEach(
        (count, check) => (kind.passed[check] = (kind.passed[check] ?? 0) + count),
      );
      more.missed.forEach(
        (count, check) => (kind.missed[check] = (kind.missed[check] ?? 0) + count),
      );
    });
  }
}
