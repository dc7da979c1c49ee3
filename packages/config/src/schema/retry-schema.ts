import * as z from "zod";
import { defaults } from "../defaults.ts";
import { accepted, type Parsed } from "../parsed.ts";
import type { HedgeConfig, RetryConfig } from "../resolved-config.ts";
import { parsePercent, percentPattern } from "../units/percent.ts";
import { textField } from "./text-field.ts";
import { durationField, percentField, sizeField } from "./unit-fields.ts";

const { retry: preset, hedge: hedgePreset } = defaults.pool;
const mostRetries = 10;
const mostRetriesPerSecond = 100_000;
const mostBufferedBytes = 16 * 1024 * 1024;

/** A share, or `off`: without a limit, which is not the same as 0 %. */
const budgetField: z.ZodType<number | null> = textField(readBudget, {
  title: "percentage or off",
  examples: ["20%", "off"],
  pattern: `off|${percentPattern}`,
});

function readBudget(text: string): Parsed<number | null> {
  return text === "off" ? accepted(null) : parsePercent(text);
}

export const retrySchema: z.ZodType<RetryConfig> = z
  .strictObject({
    maxRetries: z
      .int()
      .min(0)
      .max(mostRetries)
      .prefault(preset.maxRetries)
      .describe("Further tries on other backends after the first; 0 = never."),
    maxTimeoutRetries: z
      .int()
      .min(0)
      .max(mostRetries)
      .prefault(preset.maxTimeoutRetries)
      .describe("Of them, those of idempotent requests after timeouts.response; 0 = never."),
    budget: budgetField
      .prefault(preset.budget)
      .describe("Retries may be this share of the requests of the last ten seconds; off = any."),
    minRetriesPerSecond: z
      .int()
      .min(0)
      .max(mostRetriesPerSecond)
      .prefault(preset.minRetriesPerSecond)
      .describe("Allowed besides the budget, so that little traffic can be retried, too."),
    statuses: z
      .array(z.int().min(400).max(599))
      .prefault([...preset.statuses])
      .meta({ title: "list of statuses", examples: [[502, 503, 504]] })
      .describe("Answers that are retried if the request is idempotent, such as [502, 503, 504]."),
    backoff: durationField
      .prefault(preset.backoff)
      .describe(
        "The second retry waits up to this, at random; each later one up to twice as long.",
      ),
    maxBackoff: durationField.prefault(preset.maxBackoff).describe("No retry waits longer."),
    bufferBody: sizeField({ min: 0, max: mostBufferedBytes })
      .prefault(preset.bufferBody)
      .describe("A request body up to this size is kept, so that it can be sent again."),
  })
  .transform(({ backoff, maxBackoff, bufferBody, ...rest }) => ({
    ...rest,
    backoffMs: backoff,
    maxBackoffMs: maxBackoff,
    bufferBodyBytes: bufferBody,
  }));

const hedgeFields = z.strictObject({
  quantile: percentField({ min: 0.5, max: 0.999, canBeOff: false })
    .prefault(hedgePreset.quantile)
    .describe("A second copy is sent when an answer takes longer than this share of answers do."),
  budget: percentField({ min: 0.001, max: 1, canBeOff: false })
    .prefault(hedgePreset.budget)
    .describe("Second copies may be this share of the requests of the last ten seconds."),
  minDelay: durationField
    .prefault(hedgePreset.minDelay)
    .describe("No second copy is sent before this."),
});

/** `off`, or a mapping; idempotent requests without a body only. */
export const hedgeSchema: z.ZodType<HedgeConfig | null> = z
  .union([z.literal("off"), hedgeFields], {
    error: "expected off, or a mapping such as { quantile: 95%, budget: 5% }",
  })
  .transform((value) =>
    value === "off"
      ? null
      : { quantile: value.quantile, budget: value.budget, minDelayMs: value.minDelay },
  );
