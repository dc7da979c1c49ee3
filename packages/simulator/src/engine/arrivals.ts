import type { Random } from "@evenkeel/core";
import { randomStream } from "./random-stream.ts";
import { Toggles } from "./toggles.ts";

/** From `fromMs` on requests come at this rate. */
export interface LoadStep {
  readonly fromMs: number;
  readonly perSecond: number;
}

/** How requests arrive: an open loop, which does not wait for answers. */
export interface Load {
  /** In order of time; the first one starts at 0. */
  readonly steps: readonly LoadStep[];
  /** `poisson`: at random; `even`: at equal distances. */
  readonly spacing: "poisson" | "even";
  /** For `onMs` every `offMs` on average the rate is `factor` times as high (a Markov-modulated process). */
  readonly bursts: {
    readonly factor: number;
    readonly onMs: number;
    readonly offMs: number;
  } | null;
}

/** A Poisson stream of one rate. */
export function steadyLoad(perSecond: number): Load {
  return { steps: [{ fromMs: 0, perSecond }], spacing: "poisson", bursts: null };
}

/** The times of the arrivals, one by one. */
export class Arrivals {
  readonly #load: Load;
  readonly #random: Random;
  readonly #bursts: Toggles | null;
  #now = 0;
  #step = 0;

  constructor(load: Load, seed: number) {
    this.#load = load;
    this.#random = randomStream(seed, "arrivals");
    const { bursts } = load;
    this.#bursts = bursts && new Toggles(randomStream(seed, "bursts"), bursts.offMs, bursts.onMs);
  }

  /** When the next request comes; Infinity when none does. */
  next(): number {
    let left = this.#load.spacing === "even" ? 1 : -Math.log(1 - this.#random());
    for (;;) {
      const perMs = this.#perSecond() / 1000;
      const untilMs = this.#changeMs() - this.#now;
      if (left <= untilMs * perMs) return (this.#now += left / perMs);
      if (untilMs === Infinity) return (this.#now = Infinity);
      left -= untilMs * perMs;
      this.#advance(this.#now + untilMs);
    }
  }

  #perSecond(): number {
    const { perSecond } = this.#load.steps[this.#step] as LoadStep;
    const isBurst = this.#bursts?.isOnAt(this.#now) ?? false;
    return isBurst ? perSecond * (this.#load.bursts?.factor ?? 1) : perSecond;
  }

  #changeMs(): number {
    const next = this.#load.steps[this.#step + 1]?.fromMs ?? Infinity;
    return Math.min(next, this.#bursts?.changeAfter(this.#now) ?? Infinity);
  }

  #advance(to: number): void {
    this.#now = to;
    if ((this.#load.steps[this.#step + 1]?.fromMs ?? Infinity) <= to) this.#step++;
  }
}

/** How long so many requests take to arrive, bursts left out of account; 1 ms or more. */
export function expectedRunMs({ steps }: Load, requests: number): number {
  let left = requests;
  for (const [index, { fromMs, perSecond }] of steps.entries()) {
    const untilMs = steps[index + 1]?.fromMs ?? Infinity;
    const here = ((untilMs - fromMs) / 1000) * perSecond;
    if (left <= here) return Math.max(1, fromMs + (left / perSecond) * 1000);
    left -= here;
  }
  return Math.max(1, steps.at(-1)?.fromMs ?? 1);
}
