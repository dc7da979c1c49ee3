import * as z from "zod";
import { defaults } from "../defaults.ts";
import type { HealthCheckConfig, StatusRange } from "../resolved-config.ts";
import { parseRequestPath } from "./request-path.ts";
import { parseStatusRange } from "./status-ranges.ts";
import { textField } from "./text-field.ts";
import { durationField, percentField } from "./unit-fields.ts";

/** A backend's own settings; undefined where the pool's hold. */
export type HealthCheckOverride = {
  readonly [K in keyof HealthCheckConfig]: HealthCheckConfig[K] | undefined;
};

const offOrSettings = "expected false, or a mapping such as { path: /health, interval: 10s }";
const mostChecks = 100;
const mostBodyText = 1024;

const statusItem = z.union([z.string(), z.number()], { error: "expected a status such as 200" });
const expectedStatusField: z.ZodType<StatusRange[]> = z
  .union(
    [
      z.string(),
      z.number(),
      z.array(statusItem).min(1, { error: "at least one status is needed" }),
    ],
    {
      error: "expected a status, a range such as 200-399, or a list of these",
    },
  )
  .meta({ title: "status, range or list", examples: ["200-399", 204, [200, "300-399"]] })
  .transform((value, context) => {
    const items = Array.isArray(value) ? value : [value];
    return items.map((item, index) => {
      const result = parseStatusRange(item);
      if (result.ok) return result.value;
      const { message, suggestion } = result;
      const path = Array.isArray(value) ? [index] : [];
      context.addIssue({ code: "custom", message, path, params: { suggestion } });
      return z.NEVER;
    });
  });

const requestPathField = textField(parseRequestPath, { title: "path", examples: ["/health"] });
const threshold = z.int().min(1).max(mostChecks);

const fields = {
  type: z
    .enum(["http", "tcp"])
    .describe("http = an answer is judged; tcp = a connection that stands is a pass."),
  method: z.enum(["GET", "HEAD"]).describe("How an http check asks."),
  path: requestPathField.describe("What an http check asks for."),
  interval: durationField.describe("From one check of a backend to the next."),
  timeout: durationField.describe("A check that has no answer by then has failed."),
  unhealthyThreshold: threshold.describe("Failures in a row that make a backend unhealthy."),
  healthyThreshold: threshold.describe("Passes in a row that make it healthy again."),
  jitter: percentField({ min: 0, max: 0.9, canBeOff: false }).describe(
    "Share of the interval by which a check may be early or late; at most 90%.",
  ),
  fastInterval: durationField.describe(
    "Interval while a backend is on its way to another verdict.",
  ),
  expectedStatus: expectedStatusField.describe("Answers that count as a pass."),
  expectedBody: z
    .string()
    .min(1)
    .max(mostBodyText)
    .describe("Text that the first 64 KiB of a passing answer contain."),
  initialState: z
    .enum(["unknown", "healthy", "unhealthy"])
    .describe("Before the first check; unhealthy = no traffic until a check has passed."),
} as const;

const { healthCheck: preset } = defaults;

const completeFields = z.strictObject({
  type: fields.type.prefault(preset.type),
  method: fields.method.prefault(preset.method),
  path: fields.path.prefault(preset.path),
  interval: fields.interval.prefault(preset.interval),
  timeout: fields.timeout.prefault(preset.timeout),
  unhealthyThreshold: fields.unhealthyThreshold.prefault(preset.unhealthyThreshold),
  healthyThreshold: fields.healthyThreshold.prefault(preset.healthyThreshold),
  jitter: fields.jitter.prefault(preset.jitter),
  fastInterval: fields.fastInterval.prefault(preset.fastInterval),
  expectedStatus: fields.expectedStatus.prefault(preset.expectedStatus),
  expectedBody: fields.expectedBody.optional(),
  initialState: fields.initialState.prefault(preset.initialState),
});

/** A pool's check with every setting, or null when it was switched off. */
export const poolHealthCheckSchema: z.ZodType<HealthCheckConfig | null> = z
  .union([z.literal(false), completeFields], { error: offOrSettings })
  .transform((value) => (value === false ? null : complete(value)));

/** What one backend says about its check: nothing, "never", or some settings of its own. */
export const backendHealthCheckSchema: z.ZodType<HealthCheckOverride | null> = z
  .union([z.literal(false), z.strictObject(fields).partial()], { error: offOrSettings })
  .transform((value) => (value === false ? null : withUnits(value)));

function complete(value: WrittenCheck): HealthCheckConfig {
  const check = withUnits(value);
  return { ...(check as HealthCheckConfig), expectedBody: check.expectedBody ?? null };
}

type WrittenCheck = Partial<z.output<typeof completeFields>>;

function withUnits(written: { [K in keyof WrittenCheck]: WrittenCheck[K] | undefined }) {
  return {
    type: written.type,
    method: written.method,
    path: written.path,
    intervalMs: written.interval,
    timeoutMs: written.timeout,
    unhealthyThreshold: written.unhealthyThreshold,
    healthyThreshold: written.healthyThreshold,
    jitter: written.jitter,
    fastIntervalMs: written.fastInterval,
    expectedStatus: written.expectedStatus,
    expectedBody: written.expectedBody,
    initialState: written.initialState,
  };
}

/** The pool's check with a backend's own settings laid over it. */
export function overlayHealthCheck(
  pool: HealthCheckConfig | null,
  own: HealthCheckOverride | null | undefined,
): HealthCheckConfig | null {
  if (own === undefined) return pool;
  if (own === null) return null;
  const base = pool ?? poolHealthCheckSchema.parse({});
  const set = Object.entries(own).filter(([, value]) => value !== undefined);
  return { ...(base as HealthCheckConfig), ...Object.fromEntries(set) };
}
