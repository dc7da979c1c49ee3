import * as z from "zod";

const shortest = 32;
const longest = 512;

/**
 * A secret of 32 to 512 visible ASCII characters; `what` is what it is called. Not a textField: that one
 * quotes what it cannot read. `writeOnly` is what keeps it out of everything that shows a configuration.
 */
export function secretField(what: string, example: string): z.ZodType<string> {
  const rule = `expected a ${what} of ${shortest} to ${longest} visible ASCII characters`;
  const range = `[\\x21-\\x7e]{${shortest},${longest}}`;
  return z
    .string({ error: `${rule}, in quotes` })
    .meta({
      title: what,
      writeOnly: true,
      examples: [example],
      pattern: String.raw`^${range}$|\$\{`,
    })
    .refine((text) => new RegExp(`^${range}$`).test(text), { error: rule });
}
