import type { ReportDocument, ReportLatency, ReportRun } from "./report-document.ts";

/** Upper ends in seconds, as Evenkeel's own metrics have them. */
const boundsSeconds = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
];

interface Sample {
  readonly suffix?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

interface Family {
  readonly name: string;
  readonly type: "gauge" | "counter" | "histogram";
  readonly help: string;
  readonly samples: readonly Sample[];
}

/**
 * A report in the Prometheus text format 0.0.4, for a Pushgateway or node_exporter's textfile collector.
 * Every sample says which kind of run it is of, and which run where there are several.
 */
export function renderPrometheus(report: ReportDocument): string {
  const labelsOf = (run: ReportRun): Record<string, string> => ({
    kind: report.kind,
    ...(run.title === "" ? {} : { run: run.title }),
  });
  const all = report.runs.map((run) => ({ run, labels: labelsOf(run) }));
  const families = [
    ...documentFamilies(report),
    ...runFamilies(all),
    histogramFamily(all, "latency", "Latency of complete responses."),
    histogramFamily(all, "serviceTime", "The same from when a request was really sent."),
  ];
  return families
    .filter(({ samples }) => samples.length > 0)
    .map(renderFamily)
    .join("");
}

interface LabelledRun {
  readonly run: ReportRun;
  readonly labels: Readonly<Record<string, string>>;
}

function documentFamilies({ kind, verdict, partial, startedAt }: ReportDocument): Family[] {
  const labels = { kind };
  const one = (name: string, help: string, value: number): Family => {
    return { name, type: "gauge", help, samples: [{ labels, value }] };
  };
  return [
    one("pass", "1 when the verdict is a pass, 0 otherwise.", Number(verdict.kind === "pass")),
    one("partial", "1 when the run was interrupted.", Number(partial)),
    one(
      "start_timestamp_seconds",
      "When it started, in seconds since 1970.",
      Date.parse(startedAt) / 1000,
    ),
  ];
}

function runFamilies(all: readonly LabelledRun[]): Family[] {
  return [
    {
      name: "duration_seconds",
      type: "gauge",
      help: "How long the run took.",
      samples: all.map(({ run, labels }) => ({ labels, value: run.durationMs / 1000 })),
    },
    {
      name: "responses_total",
      type: "counter",
      help: "Complete responses by status.",
      samples: all.flatMap(({ run, labels }) => byName(run.statuses, labels, "status")),
    },
    {
      name: "errors_total",
      type: "counter",
      help: "Requests without a complete response by reason.",
      samples: all.flatMap(({ run, labels }) => byName(run.errors, labels, "reason")),
    },
    {
      name: "backend_responses_total",
      type: "counter",
      help: "Responses by the backend that they name.",
      samples: all.flatMap(({ run, labels }) =>
        run.backends.map(({ name, requests }) => ({
          labels: { ...labels, backend: name },
          value: requests,
        })),
      ),
    },
    {
      name: "threshold_met",
      type: "gauge",
      help: "1 for a threshold that was met, 0 for one that was not or could not be measured.",
      samples: all.flatMap(({ run, labels }) =>
        run.thresholds.map(({ text, verdict }) => ({
          labels: { ...labels, threshold: text },
          value: Number(verdict === "met"),
        })),
      ),
    },
  ];
}

function byName(
  counts: Readonly<Record<string, number>>,
  labels: Readonly<Record<string, string>>,
  label: string,
): Sample[] {
  return Object.entries(counts).map(([name, value]) => ({
    labels: { ...labels, [label]: name },
    value,
  }));
}

function histogramFamily(
  all: readonly LabelledRun[],
  what: "latency" | "serviceTime",
  help: string,
): Family {
  return {
    name: what === "latency" ? "latency_seconds" : "service_time_seconds",
    type: "histogram",
    help,
    samples: all.flatMap(({ run, labels }) => {
      const latency = run[what];
      return latency === null ? [] : histogramSamples(latency, labels);
    }),
  };
}

function histogramSamples(
  { buckets, count, sumUs }: ReportLatency,
  labels: Readonly<Record<string, string>>,
): Sample[] {
  const atMost = (seconds: number): number =>
    buckets.reduce((sum, [us, times]) => (us <= seconds * 1e6 ? sum + times : sum), 0);
  return [
    ...boundsSeconds.map((le) => ({
      suffix: "_bucket",
      labels: { ...labels, le: String(le) },
      value: atMost(le),
    })),
    { suffix: "_bucket", labels: { ...labels, le: "+Inf" }, value: count },
    { suffix: "_sum", labels, value: sumUs / 1e6 },
    { suffix: "_count", labels, value: count },
  ];
}

function renderFamily({ name, type, help, samples }: Family): string {
  const full = `evenkeel_loadtest_${name}`;
  const lines = samples.map(({ suffix = "", labels, value }) => {
    const pairs = Object.entries(labels).map(([key, text]) => `${key}="${escapedLabel(text)}"`);
    return `${full}${suffix}{${pairs.join(",")}} ${value}\n`;
  });
  return `# HELP ${full} ${help}\n# TYPE ${full} ${type}\n${lines.join("")}`;
}

function escapedLabel(text: string): string {
  return text
    .replaceAll("\\", "\\\\")
    .replaceAll('"', String.raw`\"`)
    .replaceAll("\n", String.raw`\n`);
}
