/**
 * Where the ramp begins: Envoy's 10 %. HAProxy's 1/16 is close; 0 would leave a backend that nobody
 * measures cold for ever.
 */
const firstShare = 0.1;

/** Share of its normal traffic that a backend gets this long after it came back: 0.1, then linearly to 1. */
export function slowStartShare(elapsedMs: number, slowStartMs: number): number {
  if (elapsedMs >= slowStartMs) return 1;
  return firstShare + ((1 - firstShare) * Math.max(0, elapsedMs)) / slowStartMs;
}

/** Often enough for a smooth ramp (HAProxy: a twentieth of it), and not busy with a short one. */
function stepMs(slowStartMs: number): number {
  return Math.max(100, slowStartMs / 20);
}

/**
 * When the share of a backend that came back at `since` should be read again: always after `now`, and
 * Infinity once the ramp is over.
 */
export function nextRampStepAt(since: number, slowStartMs: number, now: number): number {
  const endsAt = since + slowStartMs;
  if (now >= endsAt) return Infinity;
  const step = stepMs(slowStartMs);
  // Rounded sums may lie a hair before the step that they are.
  const passed = Math.floor((now - since) / step + 1e-6);
  return Math.min(endsAt, since + (passed + 1) * step);
}
