import {
  defaultChoice,
  type OptionSpec,
  type OptionValue,
  strategies,
  type StrategyChoice,
  type StrategyName,
  strategyNames,
} from "@evenkeel/core";
import * as z from "zod";
import { formatDuration } from "../units/duration.ts";
import { formatPercent } from "../units/percent.ts";
import { formatHashKey, hashKeyExamples, hashKeyPattern, parseHashKey } from "./hash-key.ts";
import { textField } from "./text-field.ts";
import { durationField, percentField } from "./unit-fields.ts";

const meaning = "How a backend is chosen among those that are ready.";

const hashKeyField = textField(parseHashKey, {
  title: "hash key",
  examples: hashKeyExamples,
  pattern: hashKeyPattern,
});

/** Each strategy with the options of its definition and no others. */
const variants = Object.entries(strategies).map(([name, definition]) => {
  const specs: readonly [string, OptionSpec][] = Object.entries(definition.options);
  const fields = specs.map(([option, spec]) => [option, fieldOf(spec)] as const);
  const type = z.literal(name).describe(meaning);
  return z.strictObject({ type, ...Object.fromEntries(fields) });
});

/** A name alone, or a mapping such as `{ type: consistent-hash, key: "header:x-user" }`. */
export const strategySchema: z.ZodType<StrategyChoice> = z
  .union([
    z.enum(strategyNames).describe(meaning),
    z.discriminatedUnion("type", variants as [(typeof variants)[number]]),
  ])
  .transform((value) => {
    if (typeof value === "string") return defaultChoice(value);
    const { type, ...options } = value;
    return { type: type as StrategyName, options };
  });

function fieldOf(spec: OptionSpec): z.ZodType<OptionValue> {
  return unsetField(spec).describe(spec.meaning);
}

function unsetField(spec: OptionSpec): z.ZodType<OptionValue> {
  switch (spec.kind) {
    case "count":
      return countField(spec.min, spec.max).prefault(spec.default);
    case "duration":
      return durationField.prefault(formatDuration(spec.default));
    case "hash-key":
      return hashKeyField.prefault(formatHashKey(spec.default));
    default: {
      const isOff = spec.canBeOff && spec.default === 0;
      return percentField(spec).prefault(isOff ? "off" : formatPercent(spec.default));
    }
  }
}

function countField(min: number, max: number): z.ZodInt {
  const error = `must be from ${min} to ${max}`;
  return z.int().min(min, { error }).max(max, { error });
}
