import type * as z from "zod";

/**
 * Reads one piece of the tree by itself, or undefined when its own schema refuses it (and has said
 * so). Checks that compare pieces can then work on what is right while something else is wrong.
 */
export function readable<T>(schema: z.ZodType<T>, value: unknown): T | undefined {
  return schema.safeParse(value).data;
}
