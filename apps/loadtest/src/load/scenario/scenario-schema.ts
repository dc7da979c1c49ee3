import { parseDuration } from "@evenkeel/config/duration";
import * as z from "zod";
import { parseStatusRanges } from "../response-checks.ts";
import type { StatusRange } from "../load-plan.ts";
import { parseStage, type TypedStage } from "../stages.ts";

/** A text that `read` understands; the JSON Schema says that it is a text, with an example. */
function textAs<T>(read: (text: string) => T | undefined, what: string, description: string) {
  // A bare number is a common slip: it gets the message with an example, too.
  return z
    .union([z.string(), z.number()])
    .describe(description)
    .transform(String)
    .transform((text, context) => {
      const value = read(text);
      if (value !== undefined) return value;
      context.addIssue({ code: "custom", message: `${JSON.stringify(text)} is not ${what}` });
      return z.NEVER;
    });
}

const duration = (description: string) =>
  textAs(
    (text) => {
      const read = parseDuration(text);
      return read.ok ? read.value : undefined;
    },
    "a time like 250ms, 10s or 1m30s",
    description,
  );

const rate = textAs(
  (text) => {
    const match = /^(\d+(?:\.\d+)?)\/(s|m)$/.exec(text);
    return match === null ? undefined : Number(match[1]) / (match[2] === "m" ? 60 : 1);
  },
  "a rate like 300/s",
  "Requests per second, such as 300/s; makes it an open loop.",
);

const stage = textAs(
  (text) => {
    try {
      return parseStage(text);
    } catch {
      return undefined;
    }
  },
  "a time and a rate, as in 10s:100/s",
  "The rate goes evenly to this one over this time: 10s:100/s.",
);

const statusRanges = z.union([z.number(), z.string()]).transform((value, context) => {
  const ranges = parseStatusRanges(String(value));
  if (ranges !== undefined) return ranges;
  context.addIssue({ code: "custom", message: `${value} is not a status like 200 or 200-299,304` });
  return z.NEVER;
});

const headers = z
  .record(z.string(), z.union([z.string(), z.number()]).transform(String))
  .describe("By name; values may hold placeholders.");

const request = z.strictObject({
  name: z.string().min(1).describe("For the report.").optional(),
  weight: z.number().positive().describe("Relative to the other requests. Default 1.").optional(),
  method: z.string().describe("Default GET, or POST with a body.").optional(),
  path: z.string().describe("Path and query; may hold placeholders.").optional(),
  headers: headers.optional(),
  body: z.string().describe("May hold placeholders.").optional(),
  json: z
    .json()
    .describe("A body as YAML, sent as JSON; its texts may hold placeholders.")
    .optional(),
  expect: z
    .strictObject({
      status: statusRanges.describe("200, or 200-299,304.").optional(),
      body: z.string().describe("The exact body.").optional(),
      contains: z.string().describe("Part of the body.").optional(),
    })
    .describe("Checks: counted, and judged by the threshold `checks`.")
    .optional(),
});

const load = z.strictObject({
  rate: rate.optional(),
  arrivals: z.enum(["constant", "poisson"]).optional(),
  stages: z.array(stage).min(1).optional(),
  profile: z.string().describe("smoke, stress, spike, volume or endurance.").optional(),
  maxInFlight: z.int().positive().describe("Requests at a time; one beyond is dropped.").optional(),
  connections: z.int().positive().describe("Of a closed loop.").optional(),
  requests: z.int().positive().describe("In total.").optional(),
  duration: duration("Stop sending after this time.").optional(),
  warmup: duration("The same load first, counted nowhere.").optional(),
  timeout: duration("Longest wait for a complete response.").optional(),
  keepAlive: z.boolean().describe("false: every request on a connection of its own.").optional(),
  workers: z.int().positive().describe("Threads that share the load.").optional(),
  seed: z.int().nonnegative().describe("Repeats arrivals, mix and placeholders.").optional(),
});

const expectation = request.shape.expect.unwrap();

const scenario = z.strictObject({
  version: z.literal(1).describe("Of this format."),
  target: z.string().describe("Where to, when the command has no URL.").optional(),
  headers: headers.describe("Sent with every request.").optional(),
  backendHeader: z.string().describe("Response field that names the backend.").optional(),
  requests: z.array(request).min(1).describe("A weighted mix.").optional(),
  load: load.optional(),
  thresholds: z.array(z.string()).describe("As --threshold.").optional(),
});

/** A scenario file: what is sent, how, and what must hold. */
export const scenarioSchema: z.ZodType<Scenario> = scenario;

/** The keys that are valid at each place, for suggestions. */
export const scenarioKeys: Readonly<Record<"root" | "load" | "request" | "expect", string[]>> = {
  root: Object.keys(scenario.shape),
  load: Object.keys(load.shape),
  request: Object.keys(request.shape),
  expect: Object.keys(expectation.shape),
};

/** A scenario file, read: times are milliseconds, rates per second. */
export interface Scenario {
  readonly version: 1;
  readonly target?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly backendHeader?: string | undefined;
  readonly requests?: readonly ScenarioRequest[] | undefined;
  readonly load?: ScenarioLoad | undefined;
  readonly thresholds?: readonly string[] | undefined;
}

/** One kind of request. */
export interface ScenarioRequest {
  readonly name?: string | undefined;
  readonly weight?: number | undefined;
  readonly method?: string | undefined;
  readonly path?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: string | undefined;
  readonly json?: unknown;
  readonly expect?: ScenarioExpectation | undefined;
}

/** What should hold for its responses. */
export interface ScenarioExpectation {
  readonly status?: readonly StatusRange[] | undefined;
  readonly body?: string | undefined;
  readonly contains?: string | undefined;
}

/** How much is sent, and when. */
export interface ScenarioLoad {
  readonly rate?: number | undefined;
  readonly arrivals?: string | undefined;
  readonly stages?: readonly TypedStage[] | undefined;
  readonly profile?: string | undefined;
  readonly maxInFlight?: number | undefined;
  readonly connections?: number | undefined;
  readonly requests?: number | undefined;
  readonly duration?: number | undefined;
  readonly warmup?: number | undefined;
  readonly timeout?: number | undefined;
  readonly keepAlive?: boolean | undefined;
  readonly workers?: number | undefined;
  readonly seed?: number | undefined;
}

/** The schema for editors: `# yaml-language-server: $schema=scenario.schema.json`. */
export function scenarioJsonSchema(): Readonly<Record<string, unknown>> {
  return {
    title: "Scenario of evenkeel loadtest run",
    ...z.toJSONSchema(scenario, { io: "input", target: "draft-2020-12" }),
  };
}
