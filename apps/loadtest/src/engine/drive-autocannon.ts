import { performance } from "node:perf_hooks";
import autocannon from "autocannon";
import { createRecorder } from "../observation/recorder.ts";
import type { Glimpse } from "../observation/glimpse.ts";
import type { Observation } from "../observation/observation.ts";
import type { AutocannonClient } from "./autocannon-client.ts";
import { type ClientSink, hardenClient } from "./harden-client.ts";
import type { RequestOutcome } from "./outcome.ts";
import type { ClosedLoopPlan } from "./plan.ts";
import { fieldValue } from "./raw-headers.ts";

/** How a run ended: with an observation, or by giving up on a target that never took a connection. */
export type DriveResult =
  | { readonly kind: "finished"; readonly observation: Observation }
  | { readonly kind: "unreachable"; readonly code: string };

/** A run under way. */
export interface Drive {
  readonly result: Promise<DriveResult>;
  /** Outcomes so far. */
  completed(): number;
  /** How it stands; to be asked four times a second. */
  glimpse(): Glimpse;
  /** Ends the run now; requests in flight are aborted. */
  stop(): void;
}

/** With no connection ever made, this many failures per connection end the run. */
const hopelessFailuresPerConnection = 3;

/** Called with each outcome and when the run began, on the outcome's clock. */
export type OutcomeObserver = (outcome: RequestOutcome, startedAtMs: number) => void;

/** Starts a closed-loop run in this thread. The plan's warm-up is the caller's business. */
export function driveAutocannon(plan: ClosedLoopPlan, observe?: OutcomeObserver): Drive {
  return new AutocannonDrive(plan, observe);
}

class AutocannonDrive implements Drive {
  readonly result: Promise<DriveResult>;
  readonly #plan: ClosedLoopPlan;
  readonly #observe: OutcomeObserver | undefined;
  readonly #backendHeader: string;
  readonly #startedAtMs = performance.now();
  readonly #recorder = createRecorder(this.#startedAtMs);
  readonly #clients: AutocannonClient[] = [];
  readonly #startedAt = new Date();
  readonly #utilizationAtStart = performance.eventLoopUtilization();
  readonly #settled = Promise.withResolvers<DriveResult>();
  #clientsDone = 0;
  #everConnected = false;
  #wasStopped = false;
  #failures = 0;
  #lastCode = "unknown";
  #deadline: NodeJS.Timeout | undefined;
  #stopTracker: () => void = () => {};

  constructor(plan: ClosedLoopPlan, observe: OutcomeObserver | undefined) {
    this.#plan = plan;
    this.#observe = observe;
    this.#backendHeader = plan.backendHeader.toLowerCase();
    this.result = this.#settled.promise;
    const tracker = autocannon(this.#options(), (error) => {
      if (error !== null) this.#settled.reject(error);
    });
    this.#stopTracker = () => tracker.stop();
    if (plan.durationMs !== undefined) {
      this.#deadline = setTimeout(() => this.#sendNoMore(), plan.durationMs);
    }
  }

  completed(): number {
    return this.#recorder.count();
  }

  glimpse(): Glimpse {
    const glimpse = this.#recorder.glimpse();
    const { connections, requests = Infinity } = this.#plan;
    const left = Math.max(0, requests - glimpse.offered);
    // Every connection has one request on its way until there are no more to send.
    const inFlight = Math.min(connections, left);
    return { ...glimpse, offered: glimpse.offered + inFlight, inFlight };
  }

  stop(): void {
    this.#wasStopped = true;
    for (const client of this.#clients) client.destroy();
  }

  #options(): Parameters<typeof autocannon>[0] {
    const { url, method, headers, body, connections, requests } = this.#plan;
    return {
      url,
      method,
      headers: { ...headers },
      ...(body === undefined ? {} : { body }),
      connections,
      amount: requests ?? Number.MAX_SAFE_INTEGER,
      setupClient: (client) => {
        this.#clients.push(client);
        hardenClient(client, this.#plan, this.#sink());
      },
    };
  }

  #sink(): ClientSink {
    return {
      response: (head, latencyMs) => {
        const backend = fieldValue(head.headers, this.#backendHeader);
        const status = head.statusCode;
        this.#record({
          kind: "response",
          status,
          backend,
          latencyMs,
          endedAtMs: performance.now(),
        });
      },
      lost: (error, code) => {
        this.#record({ kind: "error", error, code, endedAtMs: performance.now() });
        this.#failures += error === "timeout" ? hopelessFailuresPerConnection : 1;
        this.#lastCode = code ?? error;
        // Not from within the client that reports: it is in the middle of reconnecting.
        if (this.#isHopeless()) setImmediate(() => this.stop());
      },
      aborted: () => this.#record({ kind: "aborted", endedAtMs: performance.now() }),
      connected: () => {
        this.#everConnected = true;
      },
      done: () => this.#onClientDone(),
    };
  }

  #record(outcome: RequestOutcome): void {
    this.#recorder.record(outcome);
    this.#observe?.(outcome, this.#startedAtMs);
  }

  #isHopeless(): boolean {
    return (
      !this.#everConnected &&
      this.#failures >= hopelessFailuresPerConnection * this.#plan.connections
    );
  }

  /** The time is over: every client finishes the request it has in flight and leaves. */
  #sendNoMore(): void {
    for (const client of this.#clients) client.responseMax = client.reqsMade;
  }

  #onClientDone(): void {
    this.#clientsDone += 1;
    if (this.#clientsDone < this.#plan.connections) return;
    clearTimeout(this.#deadline);
    this.#stopTracker();
    this.#settled.resolve(this.#conclude());
  }

  #conclude(): DriveResult {
    const hasGivenUp = this.#failures > 0 && (!this.#wasStopped || this.#isHopeless());
    if (!this.#everConnected && hasGivenUp) return { kind: "unreachable", code: this.#lastCode };
    const { utilization } = performance.eventLoopUtilization(this.#utilizationAtStart);
    const observation = this.#recorder.finish({
      startedAt: this.#startedAt,
      startedAtMs: this.#startedAtMs,
      generatorUtilization: utilization,
    });
    return { kind: "finished", observation };
  }
}
