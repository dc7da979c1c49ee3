import { seededRandom } from "@evenkeel/oracles";
import { Pool } from "undici";
import { createArrivals } from "./arrivals.ts";
import type { ClientOutcome, OpenLoopMethod } from "./client-ledger.ts";
import { Flight } from "./open-loop-flight.ts";
import { idField, type OpenLoopPlan, requestId } from "./open-loop-plan.ts";
import { OpenLoopRecorder } from "./open-loop-recorder.ts";

/** How often deadlines are looked at; a timeout is late by this much at most. */
const sweepIntervalMs = 10;

/** An open loop that runs. */
export interface OpenLoopDrive {
  readonly recorder: OpenLoopRecorder;
  /** Resolves when nothing is to be sent any more and nothing is in flight. */
  readonly done: Promise<void>;
  /** Sends nothing more, awaits what is in flight. */
  finish(): void;
  /** Ends at once; what is in flight is `aborted`. */
  abort(): void;
}

/** Starts sending now. `clock` is monotonic milliseconds. */
export function driveOpenLoop(plan: OpenLoopPlan, clock: () => number): OpenLoopDrive {
  const driver = new OpenLoopDriver(plan, clock);
  driver.start();
  return driver;
}

/**
 * Sends each request when it is due, whatever became of those before it. A timer that fires late sends all
 * that became due meanwhile, each stamped with its own due time; nothing is skipped and nothing slows down.
 */
class OpenLoopDriver implements OpenLoopDrive {
  readonly recorder: OpenLoopRecorder = new OpenLoopRecorder();
  readonly done: Promise<void>;
  readonly #plan: OpenLoopPlan;
  readonly #clock: () => number;
  readonly #pool: Pool;
  readonly #target: string;
  readonly #arrivals: () => number;
  readonly #random: () => number;
  /** In order of their deadlines: all wait equally long. */
  readonly #waiting: Set<Flight> = new Set();
  readonly #finished = Promise.withResolvers<void>();
  readonly #startedAtMs: number;
  #connectionsInUse = 0;
  #nextAtMs: number;
  #isSending = true;
  #isOver = false;
  #sendTimer: NodeJS.Timeout | undefined;
  #sweepTimer: NodeJS.Timeout | undefined;

  constructor(plan: OpenLoopPlan, clock: () => number) {
    const url = new URL(plan.url);
    this.#plan = plan;
    this.#clock = clock;
    this.#target = `${url.pathname}${url.search}${url.search === "" ? "?" : "&"}id=`;
    this.#pool = createPool(url, plan);
    // Two streams of numbers, so that another share of POST does not move the arrivals.
    const random = seededRandom(plan.seed);
    const { arrivals: process, ratePerSecond } = plan;
    this.#arrivals = createArrivals({ process, ratePerSecond, random });
    this.#random = seededRandom(plan.seed ^ 0x9e3779b9);
    this.#nextAtMs = this.#arrivals();
    this.#startedAtMs = clock();
    this.done = this.#finished.promise;
  }

  start(): void {
    this.#sweepTimer = setInterval(() => this.#sweep(), sweepIntervalMs);
    this.#sendDue();
  }

  finish(): void {
    this.#stopSending();
    this.#endIfOver();
  }

  abort(): void {
    this.#stopSending();
    for (const flight of this.#waiting) flight.giveUp({ kind: "aborted" });
    this.#endIfOver();
  }

  #now(): number {
    return this.#clock() - this.#startedAtMs;
  }

  #sendDue(): void {
    const now = this.#now();
    while (this.#isSending && this.#nextAtMs <= now) {
      if (this.#isComplete()) return this.finish();
      this.#request(this.#nextAtMs);
      this.#nextAtMs = this.#arrivals();
    }
    if (!this.#isSending) return;
    if (this.#isComplete()) return this.finish();
    const waitMs = Math.max(0, this.#nextAtMs - this.#now());
    this.#sendTimer = setTimeout(() => this.#sendDue(), waitMs);
  }

  #isComplete(): boolean {
    const { durationMs, requests } = this.#plan;
    if (this.#nextAtMs >= durationMs) return true;
    return requests !== undefined && this.recorder.counts().due >= requests;
  }

  #request(intendedAtMs: number): void {
    const method: OpenLoopMethod = this.#random() < this.#plan.postShare ? "POST" : "GET";
    const index = this.recorder.due(method, intendedAtMs);
    const now = this.#now();
    if (this.#connectionsInUse >= this.#plan.maxInFlight) return this.recorder.drop(index, now);
    const deadlineMs = now + this.#plan.timeoutMs;
    const flight = new Flight(
      { index, deadlineMs, backendField: this.#plan.backendHeader },
      {
        settled: (settled, outcome) => this.#settled(settled, outcome),
        landed: () => this.#landed(),
      },
    );
    this.#waiting.add(flight);
    this.#connectionsInUse += 1;
    this.recorder.sent(index, now);
    this.#dispatch(flight, method);
  }

  #dispatch(flight: Flight, method: OpenLoopMethod): void {
    const id = requestId(this.#plan.runId, flight.index);
    const headers = { ...this.#plan.headers, [idField]: id };
    const path = this.#target + id;
    if (method === "GET") {
      this.#pool.dispatch({ method, path, headers }, flight);
      return;
    }
    const body = `{"id":"${id}"}`;
    const typed = { "Content-Type": "application/json", ...headers };
    this.#pool.dispatch({ method, path, headers: typed, body }, flight);
  }

  #settled(flight: Flight, outcome: ClientOutcome): void {
    this.#waiting.delete(flight);
    this.recorder.settle(flight.index, outcome, this.#now());
    this.#endIfOver();
  }

  #landed(): void {
    this.#connectionsInUse -= 1;
  }

  #sweep(): void {
    const now = this.#now();
    for (const flight of this.#waiting) {
      if (flight.deadlineMs > now) return;
      flight.giveUp({ kind: "error", error: "timeout" });
    }
  }

  #stopSending(): void {
    this.#isSending = false;
    clearTimeout(this.#sendTimer);
  }

  #endIfOver(): void {
    if (this.#isOver || this.#isSending || this.#waiting.size > 0) return;
    this.#isOver = true;
    clearInterval(this.#sweepTimer);
    void this.#pool.destroy().then(this.#finished.resolve, this.#finished.reject);
  }
}

function createPool(url: URL, { maxInFlight, timeoutMs }: OpenLoopPlan): Pool {
  return new Pool(url.origin, {
    connections: maxInFlight,
    pipelining: 1,
    allowH2: false,
    // Our own sweep is finer than undici's timers, and covers the whole request.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: { timeout: timeoutMs, rejectUnauthorized: false },
  });
}
