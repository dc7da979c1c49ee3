import type { Backend } from "@evenkeel/core";
import { RecentLatency } from "./recent-latency.ts";
import type { AttemptRecord } from "./records.ts";
import type { Fault, SimulatedBackend } from "./simulated-backend.ts";
import { Speed } from "./speed.ts";
import type { ProbeAnswer } from "./strategy-under-test.ts";

/** What becomes of an attempt that reaches the server. */
export type Reception = "serving" | "waiting" | "hanging" | "rejected" | "refused";

/** The state of one simulated backend: its slots, its queue, its faults. It knows no events. */
export class Server {
  readonly backend: Backend;
  readonly spec: SimulatedBackend;
  readonly speed: Speed;
  isDown = false;
  /** Attempts that balancers hold leases for, over all balancers. */
  outstanding = 0;
  readonly #latency: RecentLatency = new RecentLatency();
  readonly #serving: Set<AttemptRecord> = new Set();
  readonly #hanging: Set<AttemptRecord> = new Set();
  #queue: AttemptRecord[] = [];
  /** Where the queue begins in its array. */
  #head = 0;

  constructor(backend: Backend, spec: SimulatedBackend, seed: number) {
    this.backend = backend;
    this.spec = spec;
    this.speed = new Speed(spec, backend.slot, seed);
  }

  /** Sets what the attempt does here; the caller finds out when a served one ends. */
  receive(attempt: AttemptRecord, now: number): Reception {
    if (this.isDown) return "refused";
    attempt.reachedAt = now;
    if (this.#fault(attempt, now)?.kind === "hang") {
      this.#hanging.add(attempt);
      return "hanging";
    }
    if (this.#serving.size < this.spec.slots) {
      this.#serve(attempt, now);
      return "serving";
    }
    if (this.#waiting >= this.spec.queue) return "rejected";
    this.#queue.push(attempt);
    return "waiting";
  }

  /** When the attempt that is served will be answered; sets its status. */
  endOf(attempt: AttemptRecord, now: number): number {
    const fault = this.#fault(attempt, attempt.reachedAt);
    const isError = fault?.kind === "error";
    attempt.status = isError ? fault.status : 200;
    if (isError) return now + fault.takesMs;
    return this.speed.endOf(now, attempt.workMs);
  }

  /** The attempt is answered. Its slot goes to the next in the queue, if one waits. */
  finish(attempt: AttemptRecord, now: number): AttemptRecord | undefined {
    this.#serving.delete(attempt);
    this.#latency.record(now - attempt.reachedAt);
    const next = this.#dequeue();
    if (next !== undefined) this.#serve(next, now);
    return next;
  }

  /**
   * Its client is gone. True when nothing of it is left here. Work that was taken is done all the same,
   * now or when its turn comes, as most servers do (and our test-backend).
   */
  abandon(attempt: AttemptRecord): boolean {
    return this.#hanging.delete(attempt);
  }

  /** The process dies; the attempts that it held. */
  crash(): readonly AttemptRecord[] {
    this.isDown = true;
    const lost = [...this.#serving, ...this.#hanging, ...this.#queue.slice(this.#head)];
    this.#serving.clear();
    this.#hanging.clear();
    this.#queue = [];
    this.#head = 0;
    return lost;
  }

  probe(): ProbeAnswer {
    const inFlight = this.#serving.size + this.#waiting + this.#hanging.size;
    return { inFlight, latencyMs: this.#latency.medianMs() };
  }

  #serve(attempt: AttemptRecord, now: number): void {
    attempt.queuedMs = now - attempt.reachedAt;
    this.#serving.add(attempt);
  }

  get #waiting(): number {
    return this.#queue.length - this.#head;
  }

  /** The array is cut when most of it was served, so that both ends cost O(1). */
  #dequeue(): AttemptRecord | undefined {
    if (this.#waiting === 0) return undefined;
    const next = this.#queue[this.#head++];
    if (this.#head > 1024 && this.#head * 2 > this.#queue.length) {
      this.#queue = this.#queue.slice(this.#head);
      this.#head = 0;
    }
    return next;
  }

  #fault(attempt: AttemptRecord, now: number): Fault | undefined {
    if (this.spec.faults.length === 0) return undefined;
    return this.spec.faults.find(
      ({ fromMs, toMs, share }) => fromMs <= now && now < toMs && attempt.chance < share,
    );
  }
}
