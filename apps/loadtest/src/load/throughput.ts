import type { LoadShape } from "./load-plan.ts";
import type { LoadTotals } from "./load-totals.ts";

/** Responses over the time in which they could come. */
export interface Throughput {
  readonly responses: number;
  readonly durationMs: number;
  readonly perSecond: number;
}

/**
 * What a target answered per second. At its end a run only waits: a closed loop that was told when to stop
 * counts what came until then, as wrk does; an open one leaves out the one latency by which the answer to its
 * last request is late. Dividing by the whole time would make every short run look slow.
 */
export function throughputOf(
  shape: LoadShape,
  { totals, durationMs }: { readonly totals: LoadTotals; readonly durationMs: number },
): Throughput {
  const { responses, inTime } = totals.counts;
  if (shape.loop === "closed" && shape.durationMs !== undefined && durationMs > shape.durationMs) {
    return throughput(inTime, shape.durationMs);
  }
  const lateMs = shape.loop === "open" ? totals.latencyUs.min / 1000 : 0;
  return throughput(responses, durationMs - lateMs);
}

function throughput(responses: number, durationMs: number): Throughput {
  return { responses, durationMs, perSecond: durationMs > 0 ? (responses * 1000) / durationMs : 0 };
}
