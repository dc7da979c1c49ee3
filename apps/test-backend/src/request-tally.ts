import type { IncomingMessage } from "node:http";
import { BoundedCounter } from "./bounded-counter.ts";
import { type Ending, endings } from "./ending.ts";

/** What this backend really saw: the oracle for "was a request lost, or sent twice?". */
export interface RequestCounts {
  /** Requests whose head arrived, of every kind: /health and /__stats are counted too. */
  readonly requests: number;
  readonly byMethod: Readonly<Record<string, number>>;
  /** By target, byte for byte as it arrived. At most 1,024, least recently seen forgotten first. */
  readonly byTarget: Readonly<Record<string, number>>;
  readonly targetsForgotten: number;
  /** Times each X-Request-Id or X-Req-Id value was seen. At most 200,000, as above. */
  readonly byRequestId: Readonly<Record<string, number>>;
  readonly requestIdsForgotten: number;
  /** Request body bytes, without chunk framing. */
  readonly bodyBytes: number;
  /** Requests whose client went away before the response was finished. */
  readonly aborted: number;
  /** How the requests ended that are over; `aborted` above is one of them. */
  readonly byEnding: Readonly<Record<Ending, number>>;
  /** How often each fault struck: requests, held connections, or times that the port was shut. */
  readonly byFault: Readonly<Record<string, number>>;
  /** Requests refused because they are not HTTP; not part of `requests`. */
  readonly malformed: number;
}

// About 20 MB of ids, and enough for a load test of several minutes at 1,000 requests/s.
const maxRequestIds = 200_000;
const maxTargets = 1024;
// Longer ones are not ids, and would let a client fill the memory.
const maxRequestIdLength = 256;

const requestIdFields = ["x-request-id", "x-req-id"] as const;

/** Counts requests. Memory is bounded whatever arrives. */
export class RequestTally {
  readonly #byMethod = new BoundedCounter(64);
  readonly #byTarget = new BoundedCounter(maxTargets);
  readonly #byRequestId = new BoundedCounter(maxRequestIds);
  #requests = 0;
  #bodyBytes = 0;
  readonly #byEnding = Object.fromEntries(endings.map((ending) => [ending, 0])) as Record<
    Ending,
    number
  >;
  // Names come from the registry, so there is no end of memory to fear.
  readonly #byFault = new Map<string, number>();
  #malformed = 0;

  /** Requests so far; the value of `X-Request-Count`. */
  get requests(): number {
    return this.#requests;
  }

  /** Records the head of a request. */
  recordRequest(request: IncomingMessage): void {
    this.#requests += 1;
    this.#byMethod.record(request.method ?? "");
    this.#byTarget.record(request.url ?? "");
    this.#recordRequestId(request);
  }

  /** Records a piece of a request body. */
  recordBodyBytes(bytes: number): void {
    this.#bodyBytes += bytes;
  }

  /** Records that a request is over. */
  recordEnding(ending: Ending): void {
    this.#byEnding[ending] += 1;
  }

  /** Records that a fault struck. */
  recordFault(name: string): void {
    this.#byFault.set(name, (this.#byFault.get(name) ?? 0) + 1);
  }

  /** Records bytes that are not an HTTP request. */
  recordMalformed(): void {
    this.#malformed += 1;
  }

  /** A copy of all counts. */
  counts(): RequestCounts {
    return {
      requests: this.#requests,
      byMethod: this.#byMethod.toJSON(),
      byTarget: this.#byTarget.toJSON(),
      targetsForgotten: this.#byTarget.forgotten,
      byRequestId: this.#byRequestId.toJSON(),
      requestIdsForgotten: this.#byRequestId.forgotten,
      bodyBytes: this.#bodyBytes,
      aborted: this.#byEnding["aborted-by-client"],
      byEnding: { ...this.#byEnding },
      byFault: Object.fromEntries(this.#byFault),
      malformed: this.#malformed,
    };
  }

  // A balancer may set X-Request-Id itself; a tester's own id then survives in X-Req-Id, so both
  // count. The same value in both fields is one sighting.
  #recordRequestId(request: IncomingMessage): void {
    let previous: string | undefined;
    for (const field of requestIdFields) {
      const id = request.headers[field];
      if (typeof id !== "string" || id === previous || id.length > maxRequestIdLength) continue;
      this.#byRequestId.record(id);
      previous = id;
    }
  }
}
