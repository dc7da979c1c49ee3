import type { TraceBuffer } from "./trace-buffer.ts";

interface Asked {
  readonly share: number;
  /** What was configured then: when that changes, this no longer holds. */
  readonly instead: number;
  /** Milliseconds since 1970. */
  readonly until: number;
}

/** For the workers and the log. */
export interface TracingChange {
  /** Of all requests, 0 to 1. */
  readonly share: number;
  /** Milliseconds since 1970; null = until it changes. */
  readonly until: number | null;
}

/** How much is traced now, and what was. */
export class Tracing {
  readonly buffer: TraceBuffer;
  readonly #configured: () => number;
  readonly #apply: (change: TracingChange) => void;
  #asked: Asked | null = null;
  #timer: NodeJS.Timeout | null = null;

  /** `configured` is the share of requests that the configuration asks for; `apply` sets another one. */
  constructor(
    configured: () => number,
    buffer: TraceBuffer,
    apply: (change: TracingChange) => void,
  ) {
    this.buffer = buffer;
    this.#configured = configured;
    this.#apply = apply;
  }

  /** Of all requests, 0 to 1. */
  get share(): number {
    return this.#asked?.share ?? this.#configured();
  }

  /** When the configured share is back, in milliseconds since 1970; null while it rules. */
  get until(): number | null {
    return this.#asked?.until ?? null;
  }

  /** Another share for so long, from now on, or until another one is configured. */
  sampleFor(share: number, durationMs: number): void {
    this.stop();
    const until = Date.now() + durationMs;
    this.#asked = { share, instead: this.#configured(), until };
    this.#apply({ share, until });
    this.#timer = setTimeout(this.#end, durationMs);
    this.#timer.unref();
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#asked = null;
  }

  /** A generation came into force. The workers know what it asks for. */
  follow(): void {
    if (this.#asked?.instead !== this.#configured()) this.stop();
  }

  readonly #end = (): void => {
    this.stop();
    this.#apply({ share: this.#configured(), until: null });
  };
}
