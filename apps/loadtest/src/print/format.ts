const grouped = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

/** `12,345` */
export function formatCount(count: number): string {
  return grouped.format(count);
}

/** `1 error`, `2 errors` */
export function formatAmount(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** `33.4 %` for 0.334 */
export function formatShare(fraction: number): string {
  return `${(fraction * 100).toFixed(1)} %`;
}

/** `+0.2 %` for 0.002; `n/a` where there is nothing to deviate from. */
export function formatDeviation(fraction: number | undefined): string {
  if (fraction === undefined) return "n/a";
  const text = (fraction * 100).toFixed(1);
  if (Number(text) === 0) return "0.0 %";
  return `${fraction > 0 ? "+" : ""}${text} %`;
}

/** `±5 %` for 0.05, `±2.5 %` for 0.025 */
export function formatTolerance(fraction: number): string {
  return `±${Number((fraction * 100).toPrecision(6))} %`;
}

/** `87 µs`, `1.24 ms`, `62.1 ms`, `1.503 s` for microseconds. */
export function formatLatency(us: number): string {
  if (us < 1000) return `${us} µs`;
  const ms = us / 1000;
  if (ms < 10) return `${ms.toFixed(2)} ms`;
  if (ms < 1000) return `${ms.toFixed(1)} ms`;
  return `${(ms / 1000).toFixed(3)} s`;
}

/** `0.41 s` for milliseconds. */
export function formatSeconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}

/** `48 ms`, `12.10 s` for milliseconds. */
export function formatTime(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : formatSeconds(ms);
}

/** Control characters replaced: what a server sends must not steer the terminal. */
export function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, "\u{FFFD}");
}
