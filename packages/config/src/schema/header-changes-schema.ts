import * as z from "zod";
import { accepted, type Parsed, refused } from "../parsed.ts";
import type { HeaderChanges } from "../route-config.ts";
import { textField } from "./text-field.ts";

const longestValue = 4096;

export const headerValueField: z.ZodType<string> = textField(parseHeaderValue, {
  title: "text",
  examples: ["value"],
});

function parseHeaderValue(text: string): Parsed<string> {
  if (/[\r\n]/.test(text)) return refused("a header's value must not hold a line break");
  if (!/^[\t\x20-\x7e]*$/.test(text)) return refused("a header's value is visible ASCII");
  if (text.trim() !== text) return refused("a header's value neither begins nor ends with a space");
  if (text.length <= longestValue) return accepted(text);
  return refused(`a header's value has at most ${longestValue} characters`);
}

/** Names with another character are dropped on the way, because servers read them differently. */
export const headerNamePattern: RegExp = /^[A-Za-z0-9-]{1,128}$/;
export const headerNameRule = "a header's name has 1 to 128 letters, digits and hyphens";

/** The message's framing and what ends at this hop: the balancer's own business. */
const ofThisHop = [
  "content-length",
  "transfer-encoding",
  "connection",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "upgrade",
  "http2-settings",
];

const refusedNames = {
  request: new Map([
    ...ofThisHop.map((name) => [name, "is the balancer's own business"] as const),
    ["host", "is set by rewrite.host"],
    ["expect", "is the balancer's own business"],
    ["max-forwards", "is the balancer's own business"],
    ["via", "is written by the balancer"],
    ["x-forwarded-for", "is written by the balancer"],
    ["x-forwarded-proto", "is written by the balancer"],
    ["x-forwarded-host", "is written by the balancer"],
    ["x-request-id", "is written by the balancer"],
    ["idempotency-key", "is the client's promise, by which retries are decided"],
  ]),
  response: new Map([
    ...ofThisHop.map((name) => [name, "is the balancer's own business"] as const),
    ["date", "is the backend's"],
  ]),
} as const;

/** What a route does to the lines of one direction. */
export function headerChangesSchema(of: "request" | "response"): z.ZodType<HeaderChanges> {
  const lines = z.record(z.string(), headerValueField).superRefine((written, context) => {
    for (const name of Object.keys(written)) {
      const problem = problemOf(name, of);
      if (problem !== null) context.addIssue({ code: "custom", path: [name], message: problem });
    }
  });
  const name = textField(
    (text) => {
      const problem = problemOf(text, of);
      return problem === null ? accepted(text) : refused(problem);
    },
    { title: "header name", examples: ["x-internal"] },
  );
  return z
    .strictObject({
      set: lines.optional().describe("Written instead of every line of that name."),
      add: lines.optional().describe("Written after the lines of that name."),
      remove: z.array(name).optional().describe("Names whose lines are removed."),
    })
    .transform(({ set, add, remove }) => ({
      set: Object.entries(set ?? {}),
      add: Object.entries(add ?? {}),
      remove: remove ?? [],
    }));
}

function problemOf(name: string, of: "request" | "response"): string | null {
  if (!headerNamePattern.test(name)) return headerNameRule;
  const reason = refusedNames[of].get(name.toLowerCase());
  return reason === undefined ? null : `${name} ${reason}`;
}
