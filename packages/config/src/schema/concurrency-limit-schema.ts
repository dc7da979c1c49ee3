import * as z from "zod";
import { defaults } from "../defaults.ts";
import type { ConcurrencyLimitConfig } from "../resolved-config.ts";
import { limitKeyField, maxKeysField } from "./limit-key-fields.ts";

const { concurrencyLimit: preset } = defaults.route;
const mostRequests = 10_000;

/** One limit of requests at a time. */
export const concurrencyLimitSchema: z.ZodType<ConcurrencyLimitConfig> = z
  .strictObject({
    requests: z
      .int()
      .min(1)
      .max(mostRequests)
      .describe("Requests of each key at a time; more are answered with 429."),
    key: limitKeyField
      .prefault(preset.key)
      .describe(
        "Whose requests are counted together: client-ip, global, or a value of the request.",
      ),
    maxKeys: maxKeysField
      .prefault(preset.maxKeys)
      .describe("Keys with requests under way that find a place, at 21 bytes and 5 per worker."),
  })
  .transform(({ requests, key, maxKeys }) => ({
    requests,
    key,
    maxKeys: key.from === "global" ? 1 : maxKeys,
  }));

/** One mapping, or a list of them that all have to allow a request. */
export const concurrencyLimitsSchema: z.ZodType<ConcurrencyLimitConfig[]> = z
  .union(
    [
      concurrencyLimitSchema,
      z
        .array(concurrencyLimitSchema)
        .min(1, { error: "has no limit in it; remove the key" })
        .max(8),
    ],
    { error: "expected a mapping such as { requests: 10, key: client-ip }, or a list of them" },
  )
  .transform((value) => (Array.isArray(value) ? value : [value]));
