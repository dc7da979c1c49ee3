import { Histogram } from "./histogram.ts";
import type { AttemptRecord, RequestRecord } from "./records.ts";
import type { PoolSimulation } from "./pool-simulation.ts";
import type { FailureName, ReadinessChange, SimulationResult, Slice } from "./result.ts";
import type { Server } from "./server.ts";

/** Slices keep quantiles to within 2 %, which a chart cannot show. */
const sliceBits = 5;

/** Collects what a run is asked for. */
export class Recorder {
  readonly #spec: PoolSimulation;
  readonly #sliceMs: number;
  readonly #latency = new Histogram();
  readonly #queueing = new Histogram();
  readonly #failures = { status: 0, full: 0, refused: 0, reset: 0, timeout: 0, "none-ready": 0 };
  readonly #slices: Slice[] = [];
  readonly #readiness: ReadinessChange[] = [];
  readonly #attempts: number[];
  readonly #maxInFlight: number[];
  /** By key: the backend of its last first attempt, -1 = none yet. */
  readonly #lastSlot: Int32Array;
  #requests = 0;
  #retries = 0;
  #inTime = 0;
  #sameSlot = 0;
  #seenBefore = 0;

  constructor(spec: PoolSimulation, sliceMs: number) {
    this.#spec = spec;
    this.#sliceMs = sliceMs;
    this.#attempts = spec.backends.map(() => 0);
    this.#maxInFlight = spec.backends.map(() => 0);
    this.#lastSlot = new Int32Array(spec.keys.count).fill(-1);
  }

  arrived(request: RequestRecord): void {
    this.#sliceAt(request.arrivedAt).arrived++;
    if (request.isCounted) this.#requests++;
  }

  attempted(request: RequestRecord, server: Server, now: number): void {
    const { slot } = server.backend;
    const { attempts } = this.#sliceAt(now);
    attempts[slot] = (attempts[slot] as number) + 1;
    if (request.attempts === 1) this.#followKey(request, slot);
    if (!request.isCounted) return;
    this.#attempts[slot] = (this.#attempts[slot] as number) + 1;
    if (request.attempts > 1) this.#retries++;
    if (server.outstanding > (this.#maxInFlight[slot] as number)) {
      this.#maxInFlight[slot] = server.outstanding;
    }
  }

  succeeded(request: RequestRecord, attempt: AttemptRecord, now: number): void {
    const latencyMs = now - request.arrivedAt;
    this.#sliceAt(request.arrivedAt).latency.record(latencyMs);
    if (!request.isCounted) return;
    this.#latency.record(latencyMs);
    this.#queueing.record(attempt.queuedMs);
    if (latencyMs <= this.#spec.deadlineMs) this.#inTime++;
  }

  failed(request: RequestRecord, why: FailureName): void {
    this.#sliceAt(request.arrivedAt).failed++;
    if (request.isCounted) this.#failures[why]++;
  }

  readinessChanged(change: ReadinessChange): void {
    this.#readiness.push(change);
  }

  result(endedAtMs: number): SimulationResult {
    const requests = this.#requests;
    const succeeded = this.#latency.count;
    return {
      strategy: this.#spec.strategy.name,
      seed: this.#spec.seed,
      requests,
      succeeded,
      failures: { ...this.#failures },
      errorRate: ratio(requests - succeeded, requests),
      withinDeadline: ratio(this.#inTime, requests),
      latency: this.#latency,
      queueing: this.#queueing,
      ...this.#distribution(),
      retriesPerRequest: ratio(this.#retries, requests),
      affinity: ratio(this.#sameSlot, this.#seenBefore),
      slices: this.#slices,
      readiness: this.#readiness,
      endedAtMs,
    };
  }

  #distribution(): Pick<SimulationResult, "backends" | "imbalance" | "maxInFlight"> {
    const { backends } = this.#spec;
    const total = sum(this.#attempts);
    const weights = sum(backends.map(({ weight }) => weight));
    const shares = this.#attempts.map((attempts) => ratio(attempts, total));
    return {
      backends: backends.map(({ id }, slot) => ({
        id,
        attempts: this.#attempts[slot] as number,
        share: shares[slot] as number,
        maxInFlight: this.#maxInFlight[slot] as number,
      })),
      imbalance: Math.max(
        ...backends.map(({ weight }, slot) => ((shares[slot] as number) * weights) / weight),
      ),
      maxInFlight: Math.max(...this.#maxInFlight),
    };
  }

  #followKey(request: RequestRecord, slot: number): void {
    const last = this.#lastSlot[request.key] as number;
    this.#lastSlot[request.key] = slot;
    if (last === -1 || !request.isCounted) return;
    this.#seenBefore++;
    if (last === slot) this.#sameSlot++;
  }

  #sliceAt(now: number): Slice {
    const index = Math.floor(now / this.#sliceMs);
    while (this.#slices.length <= index) this.#slices.push(this.#emptySlice());
    return this.#slices[index] as Slice;
  }

  #emptySlice(): Slice {
    return {
      fromMs: this.#slices.length * this.#sliceMs,
      arrived: 0,
      failed: 0,
      latency: new Histogram(sliceBits),
      attempts: this.#spec.backends.map(() => 0),
    };
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** 0 of nothing. */
function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}
