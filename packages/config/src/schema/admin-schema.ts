import * as z from "zod";
import { accepted, type Parsed, refused } from "../parsed.ts";
import type { AdminConfig } from "../resolved-config.ts";
import { isHostName } from "./authority.ts";
import { listenAddressSchema } from "./listener-schema.ts";
import { textField } from "./text-field.ts";

const shortestToken = 32;
const longestToken = 512;
const tokenRule = `expected a token of ${shortestToken} to ${longestToken} visible ASCII characters`;

// Not a textField: that one quotes what it cannot read, and this is a secret.
const tokenField = z
  .string({ error: `${tokenRule}, in quotes` })
  .meta({
    title: "token",
    writeOnly: true,
    examples: ["${ADMIN_TOKEN}"],
    pattern: String.raw`^[\x21-\x7e]{${shortestToken},${longestToken}}$|\$\{`,
  })
  .refine((text) => new RegExp(`^[\\x21-\\x7e]{${shortestToken},${longestToken}}$`).test(text), {
    error: tokenRule,
  });

const hostField = textField(parseAdminHost, {
  title: "host name",
  examples: ["evenkeel.internal"],
});

const adminFields = z.strictObject({
  address: listenAddressSchema.describe("host:port, or unix:/path, which only its own user opens."),
  token: tokenField
    .optional()
    .describe("What callers send as Authorization: Bearer; required unless loopback."),
  allowedHosts: z
    .array(hostField)
    .prefault([])
    .describe("Host names that callers may use besides localhost, IP addresses and the address."),
});

/** An address alone, or a mapping with `address`. */
export const adminSchema: z.ZodType<AdminConfig> = z
  .union([listenAddressSchema, adminFields], {
    error: "expected an address such as 127.0.0.1:9000, or a mapping with address",
  })
  .transform((value) => {
    const written: WrittenAdmin = "kind" in value ? { address: value } : value;
    const { address, token = null, allowedHosts = [] } = written;
    return { address, token, allowedHosts };
  });

type WrittenAdmin = Pick<z.output<typeof adminFields>, "address"> &
  Partial<z.output<typeof adminFields>>;

/** No IP addresses: they are always allowed, because no page can make a browser send a false one. */
function parseAdminHost(text: string): Parsed<string> {
  const host = text.toLowerCase().replace(/\.$/, "");
  if (isHostName(host)) return accepted(host);
  const [, withoutPort] = /^(.+):\d+$/.exec(host) ?? [];
  if (withoutPort !== undefined && isHostName(withoutPort)) {
    return refused("a host is compared without its port", withoutPort);
  }
  return refused(`${JSON.stringify(text)} is not a host name`);
}
