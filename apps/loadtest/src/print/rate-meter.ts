import type { Progress } from "../engine/messages.ts";
import type { Glimpse } from "../observation/glimpse.ts";

/** What happened per second of late. */
export interface LiveRates {
  readonly offered: number;
  readonly achieved: number;
  /** Shares of the responses that named a backend, 0 to 1. */
  readonly shares: ReadonlyMap<string, number>;
}

const spanMs = 1000;

interface Mark {
  readonly atMs: number;
  readonly glimpse: Glimpse;
}

/** Turns counts since the start into rates of the last second. */
export class RateMeter {
  #marks: Mark[] = [];

  /** `undefined` where the progress has no counts, or is the first. */
  measure({ elapsedMs, glimpse }: Progress): LiveRates | undefined {
    if (glimpse === undefined) return undefined;
    const last = this.#marks.at(-1);
    // Another run, or the measurement after its warm-up: counts began anew.
    if (last !== undefined && elapsedMs < last.atMs) this.#marks = [];
    const now: Mark = { atMs: elapsedMs, glimpse };
    this.#marks.push(now);
    while ((this.#marks[1]?.atMs ?? Infinity) <= elapsedMs - spanMs) this.#marks.shift();
    const first = this.#marks[0] ?? now;
    return first === now ? sinceStart(now) : between(first, now);
  }
}

const nothing: Glimpse = {
  offered: 0,
  achieved: 0,
  failed: 0,
  dropped: 0,
  inFlight: 0,
  backends: new Map(),
  p50Us: null,
  p99Us: null,
};

function sinceStart(mark: Mark): LiveRates | undefined {
  return mark.atMs <= 0 ? undefined : between({ atMs: 0, glimpse: nothing }, mark);
}

function between(from: Mark, to: Mark): LiveRates {
  const seconds = Math.max(1, to.atMs - from.atMs) / 1000;
  const more = [...to.glimpse.backends].map(([name, count]): [string, number] => {
    return [name, count - (from.glimpse.backends.get(name) ?? 0)];
  });
  const all = more.reduce((sum, [, count]) => sum + count, 0);
  return {
    offered: (to.glimpse.offered - from.glimpse.offered) / seconds,
    achieved: (to.glimpse.achieved - from.glimpse.achieved) / seconds,
    shares: new Map(more.map(([name, count]) => [name, all === 0 ? 0 : count / all])),
  };
}
