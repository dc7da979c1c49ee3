import { healthMetrics } from "./health-metrics.ts";
import type { Metric } from "./metric.ts";
import { processMetrics } from "./process-metrics.ts";
import { trafficMetrics } from "./traffic-metrics.ts";

/** Every metric there is, in the order in which they are shown. */
export const metrics: readonly Metric[] = [...trafficMetrics, ...healthMetrics, ...processMetrics];
