import * as z from "zod";
import type { RateLimitKey } from "../resolved-config.ts";
import { parseRateLimitKey, rateLimitKeyExamples, rateLimitKeyPattern } from "./rate-limit-key.ts";
import { textField } from "./text-field.ts";

const mostKeys = 10_000_000;

/** Whose requests a limit counts together. */
export const limitKeyField: z.ZodType<RateLimitKey> = textField(parseRateLimitKey, {
  title: "key of a limit",
  examples: rateLimitKeyExamples,
  pattern: rateLimitKeyPattern,
});

export const maxKeysField: z.ZodInt = z.int().min(1).max(mostKeys);
