/* Numbers for people; the page's own script uses it too, so it imports nothing that runs. */
import type { ReportUnit } from "../report-document.ts";

/** What a chart's numbers are: a report's units, seconds, and 1/(1 − percentile). */
export type ChartUnit = ReportUnit | "seconds" | "nines";

const grouped: Intl.NumberFormat = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
const precise: Intl.NumberFormat = new Intl.NumberFormat("en-US", { maximumSignificantDigits: 3 });
const byteUnits = ["B", "KiB", "MiB", "GiB", "TiB"];

/** `12,345`, `1,234/s`, `33.4 %`, `1.24 ms`, `12.5 s`, `99.9 %`; a dash for what is not known. */
export function formatValue(value: number | null | undefined, unit: ChartUnit): string {
  if (value === null || value === undefined) return "–";
  switch (unit) {
    case "count":
      return grouped.format(value);
    case "perSecond":
      return `${value >= 100 ? grouped.format(value) : precise.format(value)}/s`;
    case "share":
      return `${(value * 100).toFixed(1)} %`;
    case "us":
      return formatTime(value);
    case "ms":
      return formatTime(value * 1000);
    case "bytes":
      return formatBytes(value);
    case "seconds":
      return formatClock(value);
    case "nines":
      return formatNines(value);
    default:
      return precise.format(value);
  }
}

/** `87 µs`, `1.24 ms`, `62.1 ms`, `1.50 s` for microseconds. */
function formatTime(us: number): string {
  if (us === 0) return "0 ms";
  if (us < 1000) return `${precise.format(us)} µs`;
  if (us < 1_000_000) return `${precise.format(us / 1000)} ms`;
  return `${us < 10_000_000 ? (us / 1_000_000).toFixed(2) : (us / 1_000_000).toFixed(1)} s`;
}

function formatBytes(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(byteUnits.length - 1, Math.floor(Math.log2(bytes) / 10));
  return `${precise.format(bytes / 1024 ** power)} ${byteUnits[power] ?? "B"}`;
}

/** `12.5 s` below two minutes, `2:05` and `1:02:05` above. */
function formatClock(seconds: number): string {
  if (seconds < 120) return `${Number(seconds.toFixed(2))} s`;
  const whole = Math.round(seconds);
  const parts = [Math.floor(whole / 60) % 60, whole % 60].map((n) => String(n).padStart(2, "0"));
  const hours = Math.floor(whole / 3600);
  return hours > 0 ? `${hours}:${parts.join(":")}` : `${Number(parts[0])}:${parts[1] ?? ""}`;
}

/** `90 %` for 10, `99.9 %` for 1000: as many digits as tell it from 100 %. */
function formatNines(nines: number): string {
  const percent = 100 * (1 - 1 / nines);
  const digits = Math.max(0, Math.ceil(Math.log10(nines) - 1e-9) - 2) + (nines % 10 === 0 ? 0 : 1);
  return `${Number(percent.toFixed(Math.min(9, digits)))} %`;
}
