import * as z from "zod";
import { defaults } from "../defaults.ts";
import type { StickyConfig } from "../resolved-config.ts";
import { accepted, type Parsed, refused } from "../parsed.ts";
import { isHostName } from "./authority.ts";
import { secretField } from "./secret-field.ts";
import { textField } from "./text-field.ts";
import { durationField, durationOrOffField } from "./unit-fields.ts";

const { sticky: preset } = defaults.pool;
const mostSecrets = 4;
const secret = secretField("secret", "${STICKY_SECRET}");

const stickyFields = z.strictObject({
  cookie: textField(readName, { title: "cookie name", examples: ["X-LB-Backend"] })
    .prefault(preset.cookie)
    .describe("The cookie's name; each pool that clients share needs its own."),
  ttl: durationField
    .prefault(preset.ttl)
    .describe("A client is bound for so long, whatever it does."),
  idle: durationOrOffField
    .prefault(preset.idle)
    .describe("And only while it does not pause for longer; renewed after half of it."),
  secret: secret.optional().describe("What signs the cookies; the same for all balancers."),
  secrets: z
    .array(secret)
    .min(1, { error: "needs at least one secret" })
    .max(mostSecrets)
    .optional()
    .meta({ title: "list of secrets", examples: [["${NEW_SECRET}", "${OLD_SECRET}"]] })
    .describe("Instead of secret: the first one signs, the others are still believed."),
  sameSite: z
    .enum(["lax", "strict", "none"])
    .prefault(preset.sameSite)
    .describe("Which requests of other sites' pages bring the cookie; none needs secure."),
  secure: z
    .union([z.literal("auto"), z.boolean()], { error: "expected auto, true or false" })
    .prefault(preset.secure)
    .describe("Only over TLS; auto = when the client, or a trusted proxy, used TLS."),
  path: textField(readPath, { title: "path", examples: ["/"] })
    .prefault(preset.path)
    .describe("Requests below this path bring the cookie."),
  domain: textField(readDomain, { title: "domain", examples: ["example.com"] })
    .optional()
    .describe("Hosts below this domain bring it, too; without, the host that set it."),
  drain: z
    .enum(["finish", "move"])
    .prefault(preset.drain)
    .describe("Whether clients of a draining backend stay there, or move at once."),
  forward: z.boolean().prefault(preset.forward).describe("Backends see the cookie, too."),
});

/** `false`, or a mapping with `secret` or `secrets`. */
export const stickySchema: z.ZodType<StickyConfig | null> = z
  .union([z.literal(false), stickyFields], {
    error:
      "expected false, or a mapping such as { cookie: X-LB-Backend, secret: ${STICKY_SECRET} }",
  })
  .transform((value) => {
    if (value === false) return null;
    const { ttl, idle, secret: only, secrets = only === undefined ? [] : [only], ...rest } = value;
    const { domain = null } = rest;
    return { ...rest, domain, secrets, ttlMs: ttl, idleMs: idle };
  });

/** RFC 6265 section 4.1.1: a token. */
function readName(text: string): Parsed<string> {
  if (/^[!#$%&'*+.^_`|~\w-]{1,64}$/.test(text)) return accepted(text);
  return refused("a cookie's name has 1 to 64 letters, digits, '-', '_' and '.'");
}

function readPath(text: string): Parsed<string> {
  if (/^\/[\x21-\x3a\x3c-\x7e]*$/.test(text)) return accepted(text);
  return refused("a path begins with / and has no spaces and no ';'");
}

function readDomain(text: string): Parsed<string> {
  const domain = text.toLowerCase().replace(/^\./, "");
  if (isHostName(domain)) return accepted(domain);
  return refused(`${JSON.stringify(text)} is not a domain`);
}
