import { DurationTotals } from "../observe/duration-histogram.ts";
import { version } from "../version.ts";
import type { Metric, MetricSources } from "./metric.ts";

/** The balancer itself. */
export const processMetrics: readonly Metric[] = [
  {
    name: "evenkeel_build_info",
    type: "gauge",
    help: "Always 1; which Evenkeel this is, and on which Node.",
    labels: ["version", "node"],
    read: () => [{ labels: [version, process.versions.node], value: 1 }],
  },
  {
    name: "evenkeel_config_generation",
    type: "gauge",
    help: "Which configuration is in force; counts up from 1 with every change.",
    labels: [],
    read: ({ config }) => [{ labels: [], value: config.generation }],
  },
  {
    name: "evenkeel_config_reloads_total",
    type: "counter",
    help: "Changes of the configuration that came into force (ok) or were refused whole.",
    labels: ["result"],
    read: ({ reloads }) => [
      { labels: ["ok"], value: reloads.succeeded },
      { labels: ["refused"], value: reloads.refused },
    ],
  },
  {
    name: "evenkeel_config_last_reload_success",
    type: "gauge",
    help: "1 unless the last change was refused; then an older configuration than asked for is in force.",
    labels: [],
    read: ({ reloads }) => [{ labels: [], value: reloads.hasLastSucceeded ? 1 : 0 }],
  },
  {
    name: "evenkeel_config_last_reload_success_timestamp_seconds",
    type: "gauge",
    help: "When the configuration in force came into force, in seconds since 1970.",
    labels: [],
    read: ({ reloads }) => [{ labels: [], value: reloads.succeededAt / 1_000 }],
  },
  {
    name: "evenkeel_worker_restarts_total",
    type: "counter",
    help: "How often a worker ended that should not have, and was replaced.",
    labels: ["worker"],
    read: ({ workerRestarts }) =>
      workerRestarts().map((value, worker) => ({ labels: [String(worker)], value })),
  },
  {
    name: "evenkeel_event_loop_delay_seconds",
    type: "histogram",
    help: "How much too late a timer of 100 ms came, by thread: what keeps the thread from its sockets.",
    labels: ["thread"],
    read: (sources) => [controlDelays(sources), ...workerDelays(sources)],
  },
  {
    name: "process_start_time_seconds",
    type: "gauge",
    help: "When the process started, in seconds since 1970.",
    labels: [],
    read: () => [{ labels: [], value: performance.timeOrigin / 1_000 }],
  },
  {
    name: "process_cpu_seconds_total",
    type: "counter",
    help: "CPU time of all threads, user and system.",
    labels: [],
    read: () => {
      const { user, system } = process.cpuUsage();
      return [{ labels: [], value: (user + system) / 1e6 }];
    },
  },
  {
    name: "process_resident_memory_bytes",
    type: "gauge",
    help: "Resident memory of the process.",
    labels: [],
    read: () => [{ labels: [], value: process.memoryUsage.rss() }],
  },
];

interface Delays {
  readonly labels: readonly string[];
  readonly durations: DurationTotals;
}

function controlDelays({ loopDelays }: MetricSources): Delays {
  const durations = new DurationTotals();
  loopDelays.addTo(durations);
  return { labels: ["control"], durations };
}

function workerDelays({ counters }: MetricSources): Delays[] {
  return counters.map((thread, index) => {
    const durations = new DurationTotals();
    thread.addDelaysTo(durations);
    return { labels: [`worker-${index}`], durations };
  });
}
