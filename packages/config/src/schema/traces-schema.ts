import * as z from "zod";
import { defaults } from "../defaults.ts";
import type { TracesConfig } from "../resolved-config.ts";
import { percentField } from "./unit-fields.ts";

const { traces: preset } = defaults;
/** Some 10 KB each, where there are many backends. */
const mostKept = 10_000;
/** One of a million. */
const leastShare = 0.000_001;

export const tracesSchema: z.ZodType<TracesConfig> = z
  .strictObject({
    sample: percentField({ min: leastShare, max: 1, canBeOff: true })
      .prefault(preset.sample)
      .describe("Share of the requests that are traced, drawn at random."),
    keep: z
      .int()
      .min(1)
      .max(mostKept)
      .prefault(preset.keep)
      .describe("Traces that are kept, the newest ones."),
  })
  .transform(({ sample, keep }) => ({ share: sample, keep }));
