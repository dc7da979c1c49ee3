import * as z from "zod";
import { defaults } from "../defaults.ts";
import { accepted, type Parsed, refused } from "../parsed.ts";
import { formatAuthority } from "./authority.ts";
import { type BackendAddress, formatBackendUrl, parseBackendUrl } from "./backend-url.ts";
import { backendHealthCheckSchema, type HealthCheckOverride } from "./health-check-schema.ts";
import { textField } from "./text-field.ts";

/** One backend as its pool lists it, before the pool's check is known. */
export interface BackendSettings extends BackendAddress {
  readonly id: string;
  readonly weight: number;
  readonly priority: number;
  readonly healthCheck: HealthCheckOverride | null | undefined;
}

const heaviest = 1000;
const lastPriority = 100;
const backupPriority = 1;

const urlField = textField(parseBackendUrl, {
  title: "URL",
  examples: ["http://127.0.0.1:8081", "unix:/run/app.sock"],
});

const idField = textField(parseId, { title: "text", examples: ["web-1"] });

const writtenBackend = z.strictObject({
  url: urlField.describe(
    "Where the backend listens: http://host:port (80 unless given), or unix:/path.",
  ),
  weight: z
    .int()
    .min(1)
    .max(heaviest)
    .prefault(defaults.pool.weight)
    .describe("Share of the traffic, relative to the other backends of the pool."),
  id: idField
    .optional()
    .describe("Stable name, unique in the pool; host:port or unix:/path unless given."),
  backup: z
    .boolean()
    .optional()
    .describe("true = priority 1: serves only while no backend of priority 0 is ready."),
  priority: z
    .int()
    .min(0)
    .max(lastPriority)
    .optional()
    .describe("The ready backends of the lowest number serve; 0 unless given."),
  healthCheck: backendHealthCheckSchema
    .optional()
    .describe("Settings that differ from the pool's check; false = never checked."),
});

/** A URL alone, or a mapping with `url`. */
export const backendSchema: z.ZodType<BackendSettings> = z
  .union([urlField, writtenBackend], {
    error: "expected a URL such as http://127.0.0.1:8081, or a mapping with url",
  })
  .transform((value, context) => {
    const { url, ...written }: WrittenBackend = "url" in value ? value : { url: value };
    const id = written.id === undefined ? parseId(nameOf(url)) : accepted(written.id);
    if (!id.ok) {
      context.addIssue({
        code: "custom",
        message: `this path is no name; give an id: ${id.message}`,
      });
      return z.NEVER;
    }
    return {
      ...url,
      id: id.value,
      weight: written.weight ?? defaults.pool.weight,
      priority: written.priority ?? (written.backup === true ? backupPriority : 0),
      healthCheck: written.healthCheck,
    };
  });

type WrittenBackend = Partial<z.output<typeof writtenBackend>> & { readonly url: BackendAddress };

function nameOf(url: BackendAddress): string {
  return url.socketPath === null ? formatAuthority(url.host, url.port) : formatBackendUrl(url);
}

/** The id goes into URLs, log lines and metric labels: short, and nothing that ends a line. */
function parseId(text: string): Parsed<string> {
  if (/^[\x21-\x7e]{1,128}$/.test(text)) return accepted(text);
  return refused("an id has 1 to 128 visible ASCII characters without spaces");
}
