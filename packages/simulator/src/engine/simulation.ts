import { isFailureStatus, Lease, type Outcome } from "@evenkeel/core";
import { Arrivals, expectedRunMs } from "./arrivals.ts";
import type { Checker } from "./checker.ts";
import { samplerOf } from "./distribution.ts";
import { EventHeap } from "./event-heap.ts";
import { createBalancers, createCheckers, createServers, type SimulatedBalancer } from "./fleet.ts";
import { keySampler, keyText } from "./key-source.ts";
import type { PoolSimulation } from "./pool-simulation.ts";
import { randomStream } from "./random-stream.ts";
import { AttemptRecord, Records, RequestRecord } from "./records.ts";
import { Recorder } from "./recorder.ts";
import { type FailureName, failureOf, type SimulationResult } from "./result.ts";
import type { Server } from "./server.ts";

const arrival = 0;
const reach = 1;
const complete = 2;
const answer = 3;
const attemptTimeout = 4;
const patienceEnd = 5;
const crash = 6;
const restart = 7;
const check = 8;
const again = 9;

const slicesPerRun = 60;

/**
 * One run under a virtual clock. Arrivals, work, keys, faults and the choice of the balancer are drawn
 * in the order of arrival from streams of their own, so that they are the same for every strategy.
 */
export class Simulation {
  readonly spec: PoolSimulation;
  readonly #events = new EventHeap();
  readonly #requests = new Records((id) => new RequestRecord(id));
  readonly #attempts = new Records((id) => new AttemptRecord(id));
  readonly #servers: readonly Server[];
  readonly #balancers: readonly SimulatedBalancer[];
  readonly #checkers: readonly Checker[];
  readonly #recorder: Recorder;
  readonly #arrivals: Arrivals;
  readonly #work: () => number;
  readonly #chance: () => number;
  readonly #key: () => number;
  readonly #balancerChance: () => number;
  #now = 0;
  #arrived = 0;
  #settled = 0;

  constructor(spec: PoolSimulation) {
    const { seed } = spec;
    this.spec = spec;
    this.#servers = createServers(spec);
    this.#balancers = createBalancers(spec, this.#servers, () => this.#now);
    this.#checkers = createCheckers(spec);
    const expectedMs = expectedRunMs(spec.load, spec.requests);
    this.#recorder = new Recorder(spec, spec.sliceMs || expectedMs / slicesPerRun);
    this.#arrivals = new Arrivals(spec.load, seed);
    this.#work = samplerOf(spec.service, randomStream(seed, "work"));
    this.#chance = randomStream(seed, "faults");
    this.#key = keySampler(spec.keys, seed);
    this.#balancerChance = randomStream(seed, "balancer");
    this.#schedule();
  }

  /** Requests that are settled, of `spec.requests`. */
  get settled(): number {
    return this.#settled;
  }

  /** Lets up to `events` happen; false when the run is over. */
  advance(events: number): boolean {
    for (let left = events; left > 0; left--) {
      if (this.#settled >= this.spec.requests || !this.#events.pop()) return false;
      this.#now = this.#events.at;
      this.#handle(this.#events.kind, this.#events.subject, this.#events.version);
    }
    return true;
  }

  /** What is known so far; all of it when `advance` said that the run is over. */
  result(): SimulationResult {
    return this.#recorder.result(this.#now);
  }

  #schedule(): void {
    for (const { backend, spec } of this.#servers) {
      for (const { fromMs, toMs } of spec.down) {
        this.#events.add(fromMs, crash, backend.slot, 0);
        this.#events.add(toMs, restart, backend.slot, 0);
      }
    }
    this.#checkers.forEach((checker, index) => {
      this.#events.add(checker.firstDelayMs(this.#servers.length), check, index, 0);
    });
    if (this.spec.requests > 0) this.#events.add(this.#arrivals.next(), arrival, 0, 0);
  }

  #handle(kind: number, subject: number, version: number): void {
    if (kind === arrival) return this.#arrive();
    if (kind === crash) return this.#crash(this.#server(subject));
    if (kind === restart) return void (this.#server(subject).isDown = false);
    if (kind === check) return this.#check(subject);
    if (kind === patienceEnd || kind === again) {
      const request = this.#requests.find(subject, version);
      if (request === undefined) return;
      return kind === again ? this.#attempt(request) : this.#giveUp(request);
    }
    const attempt = this.#attempts.find(subject, version);
    if (attempt === undefined) return;
    if (kind === reach) this.#reach(attempt);
    else if (kind === complete) this.#complete(attempt);
    else if (kind === answer) this.#answer(attempt);
    else if (kind === attemptTimeout) this.#timeOut(attempt);
  }

  #arrive(): void {
    const { spec } = this;
    const request = this.#requests.take();
    request.arrivedAt = this.#now;
    request.workMs = this.#work();
    request.chance = this.#chance();
    request.key = this.#key();
    request.balancer = Math.floor(this.#balancerChance() * spec.balancers);
    request.isCounted = this.#arrived >= spec.requests * spec.warmup;
    request.attempts = 0;
    request.tried.length = 0;
    request.current = null;
    this.#arrived++;
    this.#recorder.arrived(request);
    this.#balancerOf(request).retries.requestStarted(this.#now);
    this.#events.add(this.#now + spec.patienceMs, patienceEnd, request.id, request.version);
    if (this.#arrived < spec.requests) this.#events.add(this.#arrivals.next(), arrival, 0, 0);
    this.#attempt(request);
  }

  #attempt(request: RequestRecord): void {
    const hashKey = keyText(request.key);
    const lease = this.#balancerOf(request).source.acquire({ hashKey, tried: request.tried });
    if (!(lease instanceof Lease)) return this.#fail(request, "none-ready");
    const server = this.#server(lease.backend.slot);
    const attempt = this.#attempts.take();
    attempt.request = request;
    attempt.lease = lease;
    attempt.server = server;
    attempt.workMs = request.workMs;
    // The same for every strategy, and in effect another draw (golden ratio).
    attempt.chance = (request.chance + request.attempts * 0.618034) % 1;
    attempt.startedAt = this.#now;
    attempt.queuedMs = 0;
    attempt.outcome = null;
    attempt.isAbandoned = false;
    request.current = attempt;
    request.attempts++;
    server.outstanding++;
    this.#recorder.attempted(request, server, this.#now);
    const timeoutAt = this.#now + this.spec.attemptTimeoutMs;
    this.#events.add(timeoutAt, attemptTimeout, attempt.id, attempt.version);
    this.#travel(attempt, reach);
  }

  /** One way of the network; without a delay the other end acts at once. */
  #travel(attempt: AttemptRecord, to: typeof reach | typeof answer): void {
    const { delayMs } = this.spec;
    if (delayMs > 0) this.#events.add(this.#now + delayMs, to, attempt.id, attempt.version);
    else if (to === reach) this.#reach(attempt);
    else this.#answer(attempt);
  }

  #reach(attempt: AttemptRecord): void {
    if (attempt.isAbandoned) return this.#attempts.giveBack(attempt);
    const reception = serverOf(attempt).receive(attempt, this.#now);
    if (reception === "serving") return this.#serve(attempt);
    if (reception === "refused") {
      attempt.outcome = { kind: "failure", cause: "connect", sent: false };
      this.#travel(attempt, answer);
    } else if (reception === "rejected") {
      attempt.status = 503;
      attempt.outcome = { kind: "response", status: 503, latencyMs: 0 };
      this.#travel(attempt, answer);
    }
  }

  #serve(attempt: AttemptRecord): void {
    const endsAt = serverOf(attempt).endOf(attempt, this.#now);
    this.#events.add(endsAt, complete, attempt.id, attempt.version);
  }

  #complete(attempt: AttemptRecord): void {
    const next = serverOf(attempt).finish(attempt, this.#now);
    if (next !== undefined) this.#serve(next);
    if (attempt.isAbandoned) return this.#attempts.giveBack(attempt);
    const latencyMs = this.#now + this.spec.delayMs - attempt.startedAt;
    attempt.outcome = { kind: "response", status: attempt.status, latencyMs };
    this.#travel(attempt, answer);
  }

  /** What the server did is known to the balancer. */
  #answer(attempt: AttemptRecord): void {
    const { request, outcome } = attempt;
    if (attempt.isAbandoned || request === null || outcome === null) {
      return this.#attempts.giveBack(attempt);
    }
    const isSuccess = outcome.kind === "response" && !isFailureStatus(outcome.status);
    if (outcome.kind === "response") attempt.lease?.answered(outcome.status);
    this.#release(attempt, outcome);
    if (isSuccess) {
      this.#recorder.succeeded(request, attempt, this.#now);
      this.#settle(request);
    } else this.#retryOrFail(request, attempt, outcome, failureOf(outcome));
    this.#attempts.giveBack(attempt);
  }

  #timeOut(attempt: AttemptRecord): void {
    const { request } = attempt;
    if (attempt.isAbandoned || request === null) return;
    const outcome: Outcome = { kind: "failure", cause: "timeout", sent: true };
    this.#abandon(attempt, outcome);
    this.#retryOrFail(request, attempt, outcome, "timeout");
  }

  #giveUp(request: RequestRecord): void {
    if (request.current !== null) this.#abandon(request.current, { kind: "canceled" });
    this.#fail(request, "timeout");
  }

  #abandon(attempt: AttemptRecord, outcome: Outcome): void {
    this.#release(attempt, outcome);
    attempt.isAbandoned = true;
    if (serverOf(attempt).abandon(attempt)) this.#attempts.giveBack(attempt);
  }

  #release(attempt: AttemptRecord, outcome: Outcome): void {
    attempt.lease?.release(outcome);
    serverOf(attempt).outstanding--;
    if (attempt.request !== null) attempt.request.current = null;
  }

  #retryOrFail(
    request: RequestRecord,
    attempt: AttemptRecord,
    outcome: Outcome,
    why: FailureName,
  ): void {
    const { retries } = this.#balancerOf(request);
    const decision = retries.decide({ outcome, attempt: request.attempts }, this.#now);
    if (!decision.retry) return this.#fail(request, why);
    request.tried.push(serverOf(attempt).backend);
    this.#events.add(this.#now + decision.delayMs, again, request.id, request.version);
  }

  #fail(request: RequestRecord, why: FailureName): void {
    this.#recorder.failed(request, why);
    this.#settle(request);
  }

  #settle(request: RequestRecord): void {
    this.#settled++;
    this.#requests.giveBack(request);
  }

  #crash(server: Server): void {
    for (const attempt of server.crash()) {
      if (attempt.isAbandoned) {
        this.#attempts.giveBack(attempt);
        continue;
      }
      // The end of its service will not come.
      attempt.version++;
      attempt.outcome = { kind: "failure", cause: "reset", sent: true };
      this.#travel(attempt, answer);
    }
  }

  /** The answer counts from when it is there: a round trip after the question. */
  #check(index: number): void {
    const checker = this.#checkers[index] as Checker;
    const server = this.#server(checker.slot);
    const ready = checker.record(!server.isDown);
    if (ready !== undefined) {
      const { scoreboard } = this.#balancers[checker.balancer] as SimulatedBalancer;
      scoreboard.setReady(checker.slot, ready);
      const { balancer } = checker;
      const backend = server.backend.id;
      this.#recorder.readinessChanged({ atMs: this.#now, balancer, backend, ready });
    }
    this.#events.add(this.#now + checker.nextDelayMs(), check, index, 0);
  }

  #server(slot: number): Server {
    return this.#servers[slot] as Server;
  }

  #balancerOf(request: RequestRecord): SimulatedBalancer {
    return this.#balancers[request.balancer] as SimulatedBalancer;
  }
}

function serverOf(attempt: AttemptRecord): Server {
  return attempt.server as Server;
}
