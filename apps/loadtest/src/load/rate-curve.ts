/*
 * How many requests are due over time: stages of a rate that is constant or changes evenly. Pure. The n-th
 * request is due where the area under the rate reaches n, so that a ramp has no steps and a run of hours does
 * not drift; the same for every seed and however late the generator is.
 */
import type { ArrivalProcess } from "../engine/arrivals.ts";

/** A stretch of time over which the rate goes evenly from one number to another. */
export interface RateStage {
  /** Requests per second, 0 or more. */
  readonly fromPerSecond: number;
  readonly toPerSecond: number;
  /** Above 0. */
  readonly durationMs: number;
}

/** The area under stages, both ways. Times are milliseconds since the start. */
export class RateCurve {
  readonly durationMs: number;
  /** Requests due over the whole of it; not always a whole number. */
  readonly total: number;
  readonly #stages: readonly (RateStage & { readonly startMs: number; readonly before: number })[];

  constructor(stages: readonly RateStage[]) {
    let startMs = 0;
    let before = 0;
    this.#stages = stages.map((stage) => {
      const placed = { ...stage, startMs, before };
      startMs += stage.durationMs;
      before += areaOf(stage);
      return placed;
    });
    this.durationMs = startMs;
    this.total = before;
  }

  /** Requests per second at a moment; 0 outside. */
  rateAt(atMs: number): number {
    const stage = this.#stages.find(
      ({ startMs, durationMs }) => atMs >= startMs && atMs < startMs + durationMs,
    );
    if (stage === undefined) return 0;
    const { fromPerSecond, toPerSecond, durationMs, startMs } = stage;
    return fromPerSecond + ((toPerSecond - fromPerSecond) * (atMs - startMs)) / durationMs;
  }

  /** When the area reaches `count`; undefined where it never does. Stages are searched from `hint` on. */
  timeOf(count: number, hint = 0): { readonly atMs: number; readonly stage: number } | undefined {
    for (let index = hint; index < this.#stages.length; index++) {
      const stage = this.#stages[index];
      if (stage === undefined || count >= stage.before + areaOf(stage)) continue;
      return { atMs: stage.startMs + timeWithin(stage, count - stage.before), stage: index };
    }
    return undefined;
  }
}

function areaOf({ fromPerSecond, toPerSecond, durationMs }: RateStage): number {
  return ((fromPerSecond + toPerSecond) / 2) * (durationMs / 1000);
}

/** Solves `from·t + (to − from)·t²/2d = area`, written so that it also holds where the rate does not change. */
function timeWithin({ fromPerSecond, toPerSecond, durationMs }: RateStage, area: number): number {
  if (area <= 0 && fromPerSecond > 0) return 0;
  const from = fromPerSecond / 1000;
  const slope = (toPerSecond - fromPerSecond) / 1000 / durationMs;
  const root = Math.sqrt(Math.max(0, from * from + 2 * slope * area));
  return area <= 0 ? 0 : Math.min(durationMs, (2 * area) / (from + root));
}

/** What one of several workers sends of a curve. */
export interface CurveShare {
  readonly curve: RateCurve;
  readonly process: ArrivalProcess;
  /** 0 to `workers - 1`. */
  readonly worker: number;
  readonly workers: number;
  /** Uniform from 0 to below 1; asked by `poisson` only. */
  readonly random: () => number;
}

/**
 * The moments at which a worker's requests are due, one per call, undefined at the end. With `constant` the
 * workers take turns, so that all of them together are as even as one; `poisson` ones add up to one by nature.
 */
export function createCurveArrivals(share: CurveShare): () => number | undefined {
  const { curve, process, worker, workers, random } = share;
  let count = process === "constant" ? worker : 0;
  let stage = 0;
  return () => {
    if (process === "poisson") count -= Math.log(1 - random()) * workers;
    const due = curve.timeOf(count, stage);
    if (process === "constant") count += workers;
    stage = due?.stage ?? stage;
    return due?.atMs;
  };
}
