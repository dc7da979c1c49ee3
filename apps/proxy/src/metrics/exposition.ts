import type { DurationSample, Metric, MetricSources } from "./metric.ts";

/** Prometheus text format. */
export const expositionType = "text/plain; version=0.0.4; charset=utf-8";

/** Upper bounds of the buckets in milliseconds; each has at most two decimal digits (DurationTotals). */
const boundsMs: readonly number[] = [
  0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000,
];

/** Every metric as one text, all read now. */
export function expose(metrics: readonly Metric[], sources: MetricSources): string {
  return metrics.map((metric) => exposeOne(metric, sources)).join("");
}

function exposeOne(metric: Metric, sources: MetricSources): string {
  const { name, type, help, labels: names } = metric;
  const head = `# HELP ${name} ${escapeHelp(help)}\n# TYPE ${name} ${type}\n`;
  if (metric.type === "histogram") {
    return (
      head +
      metric
        .read(sources)
        .map((one) => histogramLines(name, names, one))
        .join("")
    );
  }
  const lines = metric.read(sources).map(({ labels, value }) => {
    return `${name}${labelText(names, labels)} ${value}\n`;
  });
  return head + lines.join("");
}

function histogramLines(name: string, names: readonly string[], sample: DurationSample): string {
  const { labels, durations } = sample;
  const bucket = (bound: string, count: number): string =>
    `${name}_bucket${labelText([...names, "le"], [...labels, bound])} ${count}\n`;
  const { count } = durations;
  const own = labelText(names, labels);
  return (
    boundsMs.map((bound) => bucket(String(bound / 1_000), durations.countUpTo(bound))).join("") +
    bucket("+Inf", count) +
    `${name}_sum${own} ${durations.sumMs / 1_000}\n${name}_count${own} ${count}\n`
  );
}

function labelText(names: readonly string[], values: readonly string[]): string {
  if (names.length === 0) return "";
  const pairs = names.map((name, index) => `${name}="${escapeLabel(values[index] ?? "")}"`);
  return `{${pairs.join(",")}}`;
}

function escapeLabel(value: string): string {
  return escapeHelp(value).replaceAll('"', '\\"');
}

function escapeHelp(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}
