import type { LatencyAnswers, Stall } from "../latency-load/load-result.ts";

/** A request sent just before a stall waits for its end. */
const BEFORE_MS = 2;
/** At half load what piled up in a stall is done after as long again; a little more for chance. */
const AFTER_FACTOR = 2;
const AFTER_MS = 2;

/** The answers to what was due in a time in which the machine let both sides work. */
export interface Undisturbed {
  readonly direct: LatencyAnswers;
  readonly through: LatencyAnswers;
  /** Of the time, 0..1. */
  readonly share: number;
}

/** Leaves out, on both ways, what was due in a stall or so near to one that it may have felt it. */
export function undisturbed(
  direct: LatencyAnswers,
  through: LatencyAnswers,
  stalls: readonly Stall[],
  durationMs: number,
): Undisturbed {
  const isDisturbed = new Uint8Array(Math.ceil(durationMs) + 1);
  for (const { fromMs, toMs } of stalls) {
    const from = Math.floor(fromMs - BEFORE_MS);
    const to = Math.ceil(toMs + (toMs - fromMs) * AFTER_FACTOR + AFTER_MS);
    isDisturbed.fill(1, Math.max(0, from), Math.max(0, to));
  }
  const keep = ({ dueAtMs, latenciesMs }: LatencyAnswers): LatencyAnswers => {
    const kept = (_: number, index: number): boolean =>
      isDisturbed[Math.floor(dueAtMs[index] ?? 0)] === 0;
    return { dueAtMs: dueAtMs.filter(kept), latenciesMs: latenciesMs.filter(kept) };
  };
  const disturbedMs = isDisturbed.reduce((sum, slot) => sum + slot, 0);
  return {
    direct: keep(direct),
    through: keep(through),
    share: 1 - disturbedMs / isDisturbed.length,
  };
}
