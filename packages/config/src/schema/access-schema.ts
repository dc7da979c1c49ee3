import * as z from "zod";
import type { AccessConfig } from "../resolved-config.ts";
import { parseCidr } from "./cidr.ts";
import { textField } from "./text-field.ts";

/** One IP address or network. */
export const cidrField: z.ZodType<string> = textField(parseCidr, {
  title: "IP or network",
  examples: ["10.0.0.0/8"],
});

interface AccessFields {
  readonly allow: z.ZodOptional<z.ZodArray<typeof cidrField>>;
  readonly deny: z.ZodOptional<z.ZodArray<typeof cidrField>>;
}

/** Of a listener and of a route. */
export const accessFields: AccessFields = {
  allow: z
    .array(cidrField)
    .min(1, { error: "allows nobody; remove the key to allow everybody" })
    .optional()
    .describe("Clients that may ask; the others get 403. Everybody unless given."),
  deny: z.array(cidrField).optional().describe("Clients that get 403, also when allow has them."),
};

export function accessOf(written: {
  readonly allow?: readonly string[] | undefined;
  readonly deny?: readonly string[] | undefined;
}): AccessConfig {
  return { allow: written.allow ?? null, deny: written.deny ?? [] };
}
