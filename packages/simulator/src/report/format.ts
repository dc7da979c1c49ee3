/** `87 µs`, `1.24 ms`, `62.1 ms`, `1.50 s` for milliseconds. */
export function formatMs(ms: number): string {
  if (ms === 0) return "0 ms";
  if (ms < 1) return `${Math.round(ms * 1000)} µs`;
  if (ms < 10) return `${ms.toFixed(2)} ms`;
  if (ms < 1000) return `${ms.toFixed(1)} ms`;
  return `${(ms / 1000).toFixed(2)} s`;
}

/** `0.04 %`; `0 %` only for nothing at all. */
export function formatShare(share: number): string {
  if (share === 0) return "0 %";
  return share < 0.0001 ? "<0.01 %" : `${(share * 100).toFixed(share < 0.1 ? 2 : 1)} %`;
}

const grouped = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

/** `12,345` */
export function formatCount(count: number): string {
  return grouped.format(count);
}

/** `1.02` */
export function formatRatio(ratio: number): string {
  return ratio.toFixed(2);
}
