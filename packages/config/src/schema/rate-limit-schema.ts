import * as z from "zod";
import { defaults } from "../defaults.ts";
import type { RateLimitConfig } from "../resolved-config.ts";
import { formatRate, parseRate, type Rate, ratePattern } from "../units/rate.ts";
import { limitKeyField, maxKeysField } from "./limit-key-fields.ts";
import { textField } from "./text-field.ts";

const { rateLimit: preset } = defaults.route;
const largestBurst = 1_000_000;
const longestRefillMs = 30 * 86_400_000;

const rateField: z.ZodType<Rate> = textField(parseRate, {
  title: "rate",
  examples: ["100/s", "10/m", "5000/h"],
  pattern: ratePattern,
});

const rateLimitFields = z.strictObject({
  rate: rateField.describe("Requests on average for each key: 100/s, 10/m, 5000/h."),
  burst: z
    .int()
    .min(1)
    .max(largestBurst)
    .optional()
    .describe("Requests of one key at one moment; the number of the rate unless given."),
  key: limitKeyField
    .prefault(preset.key)
    .describe("Whose requests are counted together: client-ip, global, or a value of the request."),
  maxKeys: maxKeysField
    .prefault(preset.maxKeys)
    .describe("Keys that are remembered, at about 21 bytes each."),
  headers: z
    .boolean()
    .prefault(preset.headers)
    .describe("Whether responses say what is left, in RateLimit and RateLimit-Policy."),
});

/** One limit; its name is what RateLimit fields call it, and `nameLimits` makes that unique. */
export const rateLimitSchema: z.ZodType<RateLimitConfig> = rateLimitFields
  .refine(({ rate, burst = 1 }) => (burst * rate.perMs) / rate.count <= longestRefillMs, {
    error: "must come back within 30 days (burst / rate)",
    path: ["burst"],
  })
  .transform(({ rate, burst, key, maxKeys, headers }) => ({
    name: formatRate(rate),
    ...rate,
    burst: burst ?? rate.count,
    key,
    maxKeys: key.from === "global" ? 1 : maxKeys,
    headers,
  }));

/** One mapping, or a list of them that all have to allow a request. */
export const rateLimitsSchema: z.ZodType<RateLimitConfig[]> = z
  .union(
    [
      rateLimitSchema,
      z.array(rateLimitSchema).min(1, { error: "has no limit in it; remove the key" }).max(8),
    ],
    { error: "expected a mapping such as { rate: 100/s, burst: 200 }, or a list of them" },
  )
  .transform((value) => nameLimits(Array.isArray(value) ? value : [value]));

function nameLimits(limits: readonly RateLimitConfig[]): RateLimitConfig[] {
  return limits.map((limit, index) => {
    const before = limits.slice(0, index).filter(({ name }) => name === limit.name).length;
    return before === 0 ? limit : { ...limit, name: `${limit.name}-${before + 1}` };
  });
}
