import type { Backend } from "@evenkeel/core";
import { RecentLatency } from "./recent-latency.ts";
import type { AttemptRecord } from "./records.ts";
import type { Fault, SimulatedBackend } from "./simulated-backend.ts";
import { Speed } from "./speed.ts";
import type { ProbeAnswer } from "./strategy-under-test.ts";

/** What becomes of an attempt that reaches the server. */
export type Reception = "serving" | "waiting" | "hanging" | "rejected" | "refused";

interface Ticket {
  readonly attempt: AttemptRecord;
  readonly version: number;
}

function isValid({ attempt, version }: Ticket): boolean {
  return attempt.version === version;
}

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
  /** Attempts that gave up stay in it; their records went on to another version. */
  #queue: Ticket[] = [];
  #head = 0;
  #waiting = 0;

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
    this.#wait(attempt);
    return "waiting";
  }

  /** When the attempt that is served will be answered; sets its status. */
  endOf(attempt: AttemptRecord, now: number): number {
    const fault = this.#fault(attempt, attempt.reachedAt);
    const isError = fault?.kind === "error";
    attempt.status = isError ? fault.status : 200;
    if (isError) return now + fault.takesMs;
    return this.speed.endOf(now, attempt.request?.workMs ?? 0);
  }

  /** The attempt is answered. Its slot goes to the next in the queue, if one waits. */
  finish(attempt: AttemptRecord, now: number): AttemptRecord | undefined {
    this.#serving.delete(attempt);
    this.#latency.record(now - attempt.reachedAt);
    for (;;) {
      const ticket = this.#dequeue();
      if (ticket === undefined) return undefined;
      if (!isValid(ticket)) continue;
      this.#waiting--;
      ticket.attempt.isWaiting = false;
      this.#serve(ticket.attempt, now);
      return ticket.attempt;
    }
  }

  /**
   * Its client is gone. True when nothing of it is left here; one that is being served is served to the
   * end, as most servers do.
   */
  abandon(attempt: AttemptRecord): boolean {
    if (attempt.isWaiting) {
      attempt.isWaiting = false;
      this.#waiting--;
      return true;
    }
    return this.#hanging.delete(attempt);
  }

  /** The process dies; the attempts that it held. */
  crash(): readonly AttemptRecord[] {
    this.isDown = true;
    const waiting = this.#queue.slice(this.#head).filter(isValid);
    const lost = [...this.#serving, ...this.#hanging, ...waiting.map(({ attempt }) => attempt)];
    this.#serving.clear();
    this.#hanging.clear();
    this.#queue = [];
    this.#head = 0;
    this.#waiting = 0;
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

  #wait(attempt: AttemptRecord): void {
    attempt.isWaiting = true;
    this.#waiting++;
    this.#queue.push({ attempt, version: attempt.version });
  }

  /** The array is cut when most of it was served, so that both ends cost O(1). */
  #dequeue(): Ticket | undefined {
    if (this.#head === this.#queue.length) return undefined;
    const next = this.#queue[this.#head++];
    if (this.#head > 1024 && this.#head * 2 > this.#queue.length) {
      this.#queue = this.#queue.slice(this.#head);
      this.#head = 0;
    }
    return next;
  }

  #fault(attempt: AttemptRecord, now: number): Fault | undefined {
    if (this.spec.faults.length === 0) return undefined;
    // Another attempt of the same request has another chance, the same for every strategy.
    const chance =
      ((attempt.request?.chance ?? 0) + (attempt.request?.attempts ?? 0) * 0.618034) % 1;
    return this.spec.faults.find(
      ({ fromMs, toMs, share }) => fromMs <= now && now < toMs && chance < share,
    );
  }
}
