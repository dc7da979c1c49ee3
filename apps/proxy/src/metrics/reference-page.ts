import { ejectionCauses } from "../health/health-counts.ts";
import { statusClasses } from "../observe/answer-codes.ts";
import { outcomeNames, proxyErrors } from "../observe/traffic-counters.ts";
import { backendStatuses, breakerStates } from "./health-metrics.ts";
import { metrics } from "./registry.ts";

/** Labels that are not names from the configuration, with every value that they can have. */
export const labelValues: Readonly<Record<string, readonly string[]>> = {
  code_class: statusClasses,
  error: proxyErrors,
  direction: ["in", "out"],
  outcome: outcomeNames,
  status: backendStatuses,
  state: breakerStates,
  reason: ejectionCauses,
  result: ["passed", "failed", "ok", "refused"],
};

const introduction = `# Metrics reference

<!-- Written by apps/proxy/src/metrics/write-reference.ts from the registry of metrics; change a metric,
     then run \`pnpm --filter @evenkeel/proxy metrics\`. -->

\`GET /metrics\` of the admin listener answers in the Prometheus text format. The numbers are those of all
workers together, read from shared memory when somebody asks: a scrape costs the workers nothing.
Counters go on when a worker is replaced. Labels have few values: names from the configuration and the
fixed words below, nothing that a client sends.

\`\`\`yaml
scrape_configs:
  - job_name: evenkeel
    static_configs: [{ targets: ["127.0.0.1:9000"] }]
    # authorization: { credentials_file: /etc/prometheus/evenkeel.token }   # where a token is set
\`\`\`

| Metric | Type | Labels | Meaning |
|---|---|---|---|
`;

/** The page of the user guide that lists every metric: generated, so that it cannot be out of date. */
export function createMetricsPage(): string {
  const rows = metrics.map(({ name, type, labels, help }) => {
    return `| \`${name}\` | ${type} | ${quoted(labels)} | ${help} |\n`;
  });
  const values = Object.entries(labelValues).map(([label, words]) => {
    return `| \`${label}\` | ${quoted(words)} |\n`;
  });
  return `${introduction}${rows.join("")}\n| Label | Values |\n|---|---|\n${values.join("")}`;
}

function quoted(words: readonly string[]): string {
  return words.map((word) => `\`${word}\``).join(", ");
}
