import type { OpenLoopHooks } from "../engine/open-loop.ts";
import type { OpenLoopProgress } from "../engine/open-loop-messages.ts";
import { LatencyHistogram } from "../observation/latency-histogram.ts";
import { EarlyJudge } from "../thresholds/early-judge.ts";
import {
  formatMetric,
  judgeThreshold,
  metricNames,
  type MetricValues,
  type Threshold,
  type ThresholdVerdict,
} from "./judge/thresholds.ts";

/** What may end an open loop before its time. */
export interface EarlyEndPlan {
  /** About the run as a whole. */
  readonly thresholds: readonly Threshold[];
  /** Not before so many milliseconds; undefined: never. */
  readonly abortOnFailAfterMs: number | undefined;
}

/**
 * Hooks that end a load, and whatever waits beside it, at the first threshold that is missed. What only
 * ledgers show, and what a fault has yet to do, is judged when the load is over.
 */
export class EarlyEnd {
  /** For the load and for what is done beside it; `signal` is also aborted by an interruption. */
  readonly hooks: OpenLoopHooks;
  readonly #judge: EarlyJudge<Threshold>;

  constructor({ thresholds, abortOnFailAfterMs }: EarlyEndPlan, hooks: OpenLoopHooks) {
    const early = new AbortController();
    const signals = hooks.signal === undefined ? [] : [hooks.signal];
    this.#judge = new EarlyJudge(thresholds, abortOnFailAfterMs);
    this.hooks = {
      signal: AbortSignal.any([early.signal, ...signals]),
      onProgress: (progress) => {
        hooks.onProgress?.(progress);
        if (this.#isMissed(progress)) early.abort();
      },
    };
  }

  /** The threshold that ended the load. */
  get abortedBy(): ThresholdVerdict | undefined {
    return this.#judge.missed;
  }

  #isMissed(progress: OpenLoopProgress): boolean {
    const values = valuesSoFar(progress);
    return this.#judge.isMissed(progress.elapsedMs, (limit) => judgeThreshold(limit, values));
  }
}

/** Why a run ended before its time, in a sentence; none where it did not. */
export function earlyEndReasons(abortedBy: ThresholdVerdict | undefined): string[] {
  if (abortedBy === undefined) return [];
  const { threshold, value } = abortedBy;
  return [
    `ended early: ${threshold.text} was missed with ${formatMetric(threshold.metric, value)}`,
  ];
}

function valuesSoFar({ due, dropped, failed, latencyUs }: OpenLoopProgress): MetricValues {
  const nothing = Object.fromEntries(metricNames.map((name) => [name, null]));
  const sent = due - dropped;
  const latency = new LatencyHistogram(latencyUs);
  return { ...(nothing as Omit<MetricValues, "latency" | "sent">), sent, failed, dropped, latency };
}
