import type { ThresholdVerdict } from "./judge-threshold.ts";
import type { Threshold } from "./parse-threshold.ts";

/** How often thresholds are looked at while a load runs. */
const judgeEveryMs = 1000;

/** Looks at the thresholds once a second, as k6 does with `abortOnFail`, until one is missed. */
export class EarlyJudge<Judged extends Threshold> {
  /** The threshold that was missed first. */
  missed: ThresholdVerdict<Judged> | undefined;
  readonly #thresholds: readonly Judged[];
  #nextAtMs: number;

  /** Not before `afterMs` of the load; undefined: never. */
  constructor(thresholds: readonly Judged[], afterMs: number | undefined) {
    this.#thresholds = thresholds.filter(canBeMissedEarly);
    this.#nextAtMs = afterMs ?? Infinity;
  }

  /** True once, when one is missed. What cannot be measured yet is not missed. */
  isMissed(elapsedMs: number, judge: (threshold: Judged) => ThresholdVerdict<Judged>): boolean {
    if (elapsedMs < this.#nextAtMs || this.missed !== undefined) return false;
    this.#nextAtMs = elapsedMs + judgeEveryMs;
    this.missed = this.#thresholds.map(judge).find(({ verdict }) => verdict === "not-met");
    return this.missed !== undefined;
  }
}

/** A count only grows: that it is not yet large enough says nothing, unless it should be none. */
function canBeMissedEarly({ stat, operator, limit }: Threshold): boolean {
  if (stat.name !== "count") return true;
  return operator === "<" || operator === "<=" || (operator === "==" && limit === 0);
}
