/** A stretch of virtual time, in milliseconds from the start; the end is not part of it. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** For this long the backend works at another speed: 0.5 takes twice as long, 0 stands still. */
export interface SpeedSpan extends Span {
  readonly speed: number;
}

/**
 * What goes wrong with requests that arrive in the span. `error`: an answer with `status` that takes
 * `takesMs` of a slot's time. `hang`: taken and never answered.
 */
export type Fault =
  | (Span & {
      readonly kind: "error";
      /** 0 to 1. */
      readonly share: number;
      readonly status: number;
      readonly takesMs: number;
    })
  | (Span & { readonly kind: "hang"; readonly share: number });

/** One server: `slots` requests at a time, the others wait in order of arrival. */
export interface SimulatedBackend {
  readonly id: string;
  /** Seen by strategies that honour weights; says nothing about what the server can do. */
  readonly weight: number;
  /** 0 serves; a backup has a higher number and waits until no other is ready. */
  readonly priority: number;
  /** Infinity = a server that never makes anyone wait. */
  readonly slots: number;
  /** Requests that may wait; one more is answered with 503 at once. Infinity = any number. */
  readonly queue: number;
  /** 1 does the work in the time that the service distribution says. */
  readonly speed: number;
  readonly speedSpans: readonly SpeedSpan[];
  /** A neighbour that takes the processor away: for exp(`onMs`), every exp(`offMs`). */
  readonly antagonist: {
    readonly speed: number;
    readonly onMs: number;
    readonly offMs: number;
  } | null;
  /** The process is dead: what it had is reset, new connections are refused. */
  readonly down: readonly Span[];
  readonly faults: readonly Fault[];
}

const plainBackend: SimulatedBackend = {
  id: "b0",
  weight: 1,
  priority: 0,
  slots: 1,
  queue: Infinity,
  speed: 1,
  speedSpans: [],
  antagonist: null,
  down: [],
  faults: [],
};

/** A server of one slot, weight 1 and speed 1 that never fails, but for what `changes` says. */
export function simulatedBackend(changes: Partial<SimulatedBackend>): SimulatedBackend {
  return { ...plainBackend, ...changes };
}

/** `count` of them, named b0, b1, … from `firstIndex` on. */
export function simulatedBackends(
  count: number,
  changes: Partial<SimulatedBackend> = {},
  firstIndex = 0,
): readonly SimulatedBackend[] {
  return Array.from({ length: count }, (_, index) =>
    simulatedBackend({ ...changes, id: `b${firstIndex + index}` }),
  );
}
