import * as z from "zod";
import type { Parsed } from "../parsed.ts";

/** What editors and the reference page show about a field. */
export interface FieldFacts {
  /** The kind of value, in a word or two: "duration". */
  readonly title: string;
  readonly examples: readonly string[];
  /** For editors only; the reading function decides. */
  readonly pattern?: string;
}

/** A field that is written as text and read by one function, whose words become the error. */
export function textField<T>(read: (text: string) => Parsed<T>, facts: FieldFacts): z.ZodType<T> {
  const written = z
    .string({ error: ({ input }) => explainOther(input, read, facts) })
    .meta({ ...facts, examples: [...facts.examples], ...editorPattern(facts.pattern) });
  return written.transform((text, context) => {
    const result = read(text);
    if (result.ok) return result.value;
    const { message, suggestion } = result;
    context.addIssue({ code: "custom", message, params: { suggestion } });
    return z.NEVER;
  });
}

/** `timeout: 10` is a number to YAML; the reader of the field knows best what it lacks. */
function explainOther(
  input: unknown,
  read: (text: string) => Parsed<unknown>,
  { title, examples: [example] }: FieldFacts,
): string {
  if (typeof input !== "number") return `expected ${title}, such as ${example}`;
  const result = read(String(input));
  return result.ok ? `${input} is a number here; put it in quotes` : result.message;
}

/** A value with a `${VARIABLE}` in it is right in the editor whatever it will be. */
function editorPattern(pattern: string | undefined): { pattern?: string } {
  return pattern === undefined ? {} : { pattern: String.raw`(?:${pattern})|\$\{` };
}
