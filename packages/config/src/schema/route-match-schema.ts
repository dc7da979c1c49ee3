import * as z from "zod";
import { accepted, type Parsed, refused } from "../parsed.ts";
import { compilePattern } from "../pattern/pattern.ts";
import type { RouteHost, RoutePath, ValueCondition } from "../route-config.ts";
import { headerNamePattern, headerNameRule, headerValueField } from "./header-changes-schema.ts";
import { parsePathPrefix } from "./request-path.ts";
import { parseRouteHost } from "./route-host.ts";
import { textField } from "./text-field.ts";

export const hostField: z.ZodType<RouteHost> = textField(parseRouteHost, {
  title: "host",
  examples: ["api.example.com", "*.example.com"],
});

const pathField = textField(parsePathPrefix, { title: "path", examples: ["/v1"] });

const patternField = textField(
  (text) => {
    const result = compilePattern(text);
    return result.ok ? accepted(text) : result;
  },
  { title: "pattern", examples: ["^/v[0-9]+/"] },
);

const writtenPath = z
  .strictObject({
    exact: pathField.optional().describe("This path and no other."),
    prefix: pathField.optional().describe("This path and those below it; the same as text alone."),
    regex: patternField
      .optional()
      .describe("Found anywhere in the path, unless ^ and $ hold it; runs in linear time."),
  })
  .refine((path) => Object.keys(path).length === 1, {
    error: "needs one of exact, prefix and regex",
  });

export const pathSchema: z.ZodType<RoutePath> = z
  .union([pathField, writtenPath], {
    error: "expected a path such as /v1, or a mapping such as { exact: /v1 }",
  })
  .transform((path): RoutePath => {
    if (typeof path === "string") return { kind: "prefix", path };
    if (path.regex !== undefined) return { kind: "regex", pattern: path.regex };
    return path.exact === undefined
      ? { kind: "prefix", path: path.prefix ?? "/" }
      : { kind: "exact", path: path.exact };
  });

export const methodField: z.ZodType<string> = textField(parseMethod, {
  title: "method",
  examples: ["GET", "POST"],
});

function parseMethod(text: string): Parsed<string> {
  const upper = text.toUpperCase();
  if (!/^[A-Z][A-Z-]{0,31}$/.test(upper)) {
    return refused(`${JSON.stringify(text)} is not a method; write it like GET`);
  }
  return text === upper
    ? accepted(text)
    : refused("methods are written in capitals, as clients send them", upper);
}

const writtenCondition = z
  .strictObject({
    regex: patternField.optional().describe("Found anywhere in the value, unless ^ and $ hold it."),
    present: z.boolean().optional().describe("Whether there is one of this name at all."),
  })
  .refine((condition) => Object.keys(condition).length === 1, {
    error: "needs one of regex and present",
  });

const conditionSchema = z
  .union([headerValueField, writtenCondition], {
    error: "expected the value as text, { regex: ... } or { present: true }",
  })
  .transform((condition): ValueCondition["test"] => {
    if (typeof condition === "string") return { kind: "equals", value: condition };
    if (condition.regex !== undefined) return { kind: "matches", pattern: condition.regex };
    return { kind: condition.present === true ? "present" : "absent" };
  });

export const headersSchema: z.ZodType<ValueCondition[]> = conditionsOf(
  headerNamePattern,
  headerNameRule,
  (name) => name.toLowerCase(),
);

export const querySchema: z.ZodType<ValueCondition[]> = conditionsOf(
  /^[\x21-\x7e]+$/,
  "a parameter's name is visible ASCII without &, = and #, as it is sent",
  (name) => name,
);

function conditionsOf(
  pattern: RegExp,
  rule: string,
  nameOf: (written: string) => string,
): z.ZodType<ValueCondition[]> {
  return z
    .record(z.string(), conditionSchema)
    .superRefine((written, context) => {
      for (const name of Object.keys(written)) {
        const isName = pattern.test(name) && !/[&=#]/.test(name);
        if (!isName) context.addIssue({ code: "custom", path: [name], message: rule });
      }
    })
    .transform((written) =>
      Object.entries(written).map(([name, test]) => ({ name: nameOf(name), test })),
    );
}
