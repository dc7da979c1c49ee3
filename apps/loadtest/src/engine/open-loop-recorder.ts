import { type HistogramSnapshot, LatencyHistogram } from "../observation/latency-histogram.ts";
import type { Glimpse } from "../observation/glimpse.ts";
import { LastSecond } from "../observation/last-second.ts";
import { WindowCounters, type WindowCounts } from "../observation/window-counters.ts";
import {
  ClientLedger,
  type ClientLedgerColumns,
  type ClientOutcome,
  isSuccess,
  type OpenLoopMethod,
} from "./client-ledger.ts";

/** Counts of a run so far. `due = ended + dropped + inFlight`, always. */
export interface OpenLoopCounts {
  readonly due: number;
  /** With an outcome of any kind but `dropped`. */
  readonly ended: number;
  readonly failed: number;
  readonly dropped: number;
  readonly inFlight: number;
}

/** Everything an open-loop run saw; plain data. */
export interface OpenLoopObservation {
  readonly ledger: ClientLedgerColumns;
  /** From when a request was due to its last byte, in microseconds; complete responses only. */
  readonly latencyUs: HistogramSnapshot;
  /** From when it was really sent; what a closed loop would report. */
  readonly serviceUs: HistogramSnapshot;
  /** From due to sent: how far the generator was behind its own schedule. */
  readonly lagUs: HistogramSnapshot;
  readonly windows: readonly WindowCounts[];
}

/** Follows every request of an open loop from due to ended. Times are milliseconds since the start. */
export class OpenLoopRecorder {
  readonly #ledger = new ClientLedger();
  readonly #latencyUs = new LatencyHistogram();
  readonly #serviceUs = new LatencyHistogram();
  readonly #lagUs = new LatencyHistogram();
  readonly #windows = new WindowCounters();
  #ended = 0;
  #failed = 0;
  #dropped = 0;
  #responses = 0;
  readonly #backends = new Map<string, number>();
  readonly #lastSecond = new LastSecond();

  /** A request became due; returns its number. */
  due(method: OpenLoopMethod, intendedAtMs: number): number {
    this.#windows.due(intendedAtMs);
    return this.#ledger.add(method, intendedAtMs);
  }

  /** It was due and there was no room for it. */
  drop(index: number, nowMs: number): void {
    const { intendedAtMs } = this.#ledger.entry(index);
    this.#dropped += 1;
    this.#ledger.settle(index, { kind: "dropped" }, nowMs);
    this.#windows.ended(intendedAtMs, "dropped");
  }

  /** It goes out now. */
  sent(index: number, nowMs: number): void {
    this.#ledger.sent(index, nowMs);
    this.#lagUs.record((nowMs - this.#ledger.entry(index).intendedAtMs) * 1000);
  }

  /** It has its outcome, now. */
  settle(index: number, outcome: ClientOutcome, nowMs: number): void {
    this.#ledger.settle(index, outcome, nowMs);
    this.#ended += 1;
    const { intendedAtMs, sentAtMs } = this.#ledger.entry(index);
    const isOk = isSuccess(outcome);
    if (!isOk) this.#failed += 1;
    if (outcome.kind !== "response") {
      if (outcome.kind === "error") this.#windows.ended(intendedAtMs, "lost");
      return;
    }
    this.#windows.ended(intendedAtMs, isOk ? "ok" : "errorResponses");
    this.#responses += 1;
    if (outcome.backend !== undefined) {
      this.#backends.set(outcome.backend, (this.#backends.get(outcome.backend) ?? 0) + 1);
    }
    this.#lastSecond.record((nowMs - intendedAtMs) * 1000);
    this.#latencyUs.record((nowMs - intendedAtMs) * 1000);
    this.#serviceUs.record((nowMs - sentAtMs) * 1000);
  }

  /** A copy. */
  latencySoFar(): HistogramSnapshot {
    return this.#latencyUs.snapshot();
  }

  /** How it stands. */
  counts(): OpenLoopCounts {
    const due = this.#ledger.length;
    return {
      due,
      ended: this.#ended,
      failed: this.#failed,
      dropped: this.#dropped,
      inFlight: due - this.#ended - this.#dropped,
    };
  }

  /** The same for who watches; to be asked four times a second. */
  glimpse(): Glimpse {
    const { due, failed, dropped, inFlight } = this.counts();
    return {
      offered: due,
      achieved: this.#responses,
      failed,
      dropped,
      inFlight,
      backends: new Map(this.#backends),
      ...this.#lastSecond.turn(),
    };
  }

  /** What was seen, when it is over. */
  finish(): OpenLoopObservation {
    return {
      ledger: this.#ledger.columns(),
      latencyUs: this.#latencyUs.snapshot(),
      serviceUs: this.#serviceUs.snapshot(),
      lagUs: this.#lagUs.snapshot(),
      windows: this.#windows.rows(),
    };
  }
}
