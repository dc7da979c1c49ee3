import { Pool } from "undici";
import { Flight, type FlightOutcome } from "./open-loop-flight.ts";

/** How often deadlines are looked at; a timeout is late by this much at most. */
const sweepIntervalMs = 10;

/** One request as it goes out. */
export interface ArrivingRequest {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

/** Hears of every request: due, then dropped, or sent and settled. Times are milliseconds since the start. */
export interface ArrivalRecorder<Request> {
  /** The number that the next request will have. */
  readonly nextIndex: number;
  due(request: Request, intendedAtMs: number): number;
  drop(index: number, nowMs: number): void;
  sent(index: number, nowMs: number): void;
  settle(index: number, outcome: FlightOutcome, nowMs: number): void;
}

/** What is sent when, where to, and who is told. */
export interface ArrivalTraffic<Request extends ArrivingRequest> {
  /** Scheme, host and port. */
  readonly origin: string;
  /** The moments at which requests are due, never decreasing; undefined when nothing more is. */
  readonly arrivals: () => number | undefined;
  readonly next: (index: number) => Request;
  readonly recorder: ArrivalRecorder<Request>;
  readonly timeoutMs: number;
  /** Requests in flight, and so connections, at a time. */
  readonly maxInFlight: number;
  readonly backendHeader: string;
  readonly keepAlive: boolean;
  /** Whether the outcome needs the response's body. */
  readonly readsBody: (request: Request) => boolean;
}

/** An open loop that runs. */
export interface ArrivalDrive {
  /** Resolves when nothing is to be sent any more and nothing is in flight. */
  readonly done: Promise<void>;
  /** Sends nothing more, awaits what is in flight. */
  finish(): void;
  /** Ends at once; what is in flight is `aborted`. */
  abort(): void;
}

/** Starts sending at `startedAtMs`; `clock` is monotonic milliseconds. */
export function driveArrivals<Request extends ArrivingRequest>(
  traffic: ArrivalTraffic<Request>,
  clock: () => number,
  startedAtMs: number = clock(),
): ArrivalDrive {
  const driver = new ArrivalDriver(traffic, clock, startedAtMs);
  driver.start();
  return driver;
}

/**
 * Sends each request when it is due, whatever became of those before it. A timer that fires late sends all
 * that became due meanwhile, each stamped with its own due time; nothing is skipped and nothing slows down.
 */
class ArrivalDriver<Request extends ArrivingRequest> implements ArrivalDrive {
  readonly done: Promise<void>;
  readonly #traffic: ArrivalTraffic<Request>;
  readonly #clock: () => number;
  readonly #pool: Pool;
  /** In order of their deadlines: all wait equally long. */
  readonly #waiting: Set<Flight> = new Set();
  readonly #finished = Promise.withResolvers<void>();
  readonly #startedAtMs: number;
  #connectionsInUse = 0;
  #nextAtMs: number | undefined;
  #isSending = true;
  #isOver = false;
  #sendTimer: NodeJS.Timeout | undefined;
  #sweepTimer: NodeJS.Timeout | undefined;

  constructor(traffic: ArrivalTraffic<Request>, clock: () => number, startedAtMs: number) {
    this.#traffic = traffic;
    this.#clock = clock;
    this.#pool = createPool(traffic);
    this.#nextAtMs = traffic.arrivals();
    this.#startedAtMs = startedAtMs;
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
    while (this.#isSending && this.#nextAtMs !== undefined && this.#nextAtMs <= now) {
      this.#request(this.#nextAtMs);
      this.#nextAtMs = this.#traffic.arrivals();
    }
    if (!this.#isSending) return;
    if (this.#nextAtMs === undefined) return this.finish();
    const waitMs = Math.max(0, this.#nextAtMs - this.#now());
    this.#sendTimer = setTimeout(() => this.#sendDue(), waitMs);
  }

  #request(intendedAtMs: number): void {
    const { recorder, next, maxInFlight, timeoutMs, backendHeader, readsBody } = this.#traffic;
    const request = next(recorder.nextIndex);
    const index = recorder.due(request, intendedAtMs);
    const now = this.#now();
    if (this.#connectionsInUse >= maxInFlight) return recorder.drop(index, now);
    const flight = new Flight(
      {
        index,
        deadlineMs: now + timeoutMs,
        backendField: backendHeader,
        readsBody: readsBody(request),
      },
      {
        settled: (settled, outcome) => this.#settled(settled, outcome),
        landed: () => this.#landed(),
      },
    );
    this.#waiting.add(flight);
    this.#connectionsInUse += 1;
    recorder.sent(index, now);
    this.#dispatch(flight, request);
  }

  #dispatch(flight: Flight, { method, target, headers, body }: Request): void {
    const reset = !this.#traffic.keepAlive;
    const options = { method, path: target, headers: { ...headers }, reset };
    const content = body === undefined ? {} : { body };
    this.#pool.dispatch({ ...options, ...content }, flight);
  }

  #settled(flight: Flight, outcome: FlightOutcome): void {
    this.#waiting.delete(flight);
    this.#traffic.recorder.settle(flight.index, outcome, this.#now());
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

function createPool({
  origin,
  maxInFlight,
  timeoutMs,
}: Pick<ArrivalTraffic<ArrivingRequest>, "origin" | "maxInFlight" | "timeoutMs">): Pool {
  return new Pool(origin, {
    connections: maxInFlight,
    pipelining: 1,
    allowH2: false,
    // Our own sweep is finer than undici's timers, and covers the whole request.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: { timeout: timeoutMs, rejectUnauthorized: false },
  });
}
