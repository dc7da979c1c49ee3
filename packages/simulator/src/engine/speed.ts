import { randomStream } from "./random-stream.ts";
import type { SimulatedBackend } from "./simulated-backend.ts";
import { Toggles } from "./toggles.ts";

/**
 * How fast a backend works at each moment. It is known beforehand, whatever the strategies do, so the
 * end of a piece of work is found when the work begins and no event is ever moved.
 */
export class Speed {
  readonly #backend: SimulatedBackend;
  readonly #antagonist: Toggles | null;
  readonly #isConstant: boolean;

  constructor(backend: SimulatedBackend, index: number, seed: number) {
    const { antagonist, speedSpans } = backend;
    this.#backend = backend;
    this.#antagonist =
      antagonist &&
      new Toggles(randomStream(seed, "antagonist", index), antagonist.offMs, antagonist.onMs);
    this.#isConstant = antagonist === null && speedSpans.length === 0;
  }

  /** When work of `workMs` at speed 1 ends if it begins at `startsAt`; Infinity when it never does. */
  endOf(startsAt: number, workMs: number): number {
    if (this.#isConstant) return startsAt + workMs / this.#backend.speed;
    let at = startsAt;
    let left = workMs;
    while (at < Infinity) {
      const speed = this.#at(at);
      const change = this.#changeAfter(at);
      const possible = speed === 0 ? 0 : (change - at) * speed;
      if (left <= possible) return at + left / speed;
      left -= possible;
      at = change;
    }
    return Infinity;
  }

  #at(now: number): number {
    const { speed, speedSpans, antagonist } = this.#backend;
    const span = speedSpans.find(({ fromMs, toMs }) => fromMs <= now && now < toMs);
    const stolen = this.#antagonist?.isOnAt(now) ? (antagonist?.speed ?? 1) : 1;
    return (span?.speed ?? speed) * stolen;
  }

  #changeAfter(now: number): number {
    let next = this.#antagonist?.changeAfter(now) ?? Infinity;
    for (const { fromMs, toMs } of this.#backend.speedSpans) {
      if (fromMs > now) next = Math.min(next, fromMs);
      if (toMs > now) next = Math.min(next, toMs);
    }
    return next;
  }
}
