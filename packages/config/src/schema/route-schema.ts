import * as z from "zod";
import type { RouteConfig } from "../resolved-config.ts";
import { accessFields, accessOf } from "./access-schema.ts";
import { rateLimitsSchema } from "./rate-limit-schema.ts";
import { parsePathPrefix } from "./request-path.ts";
import { parseRouteHost } from "./route-host.ts";
import { textField } from "./text-field.ts";

const hostField = textField(parseRouteHost, { title: "host", examples: ["api.example.com"] });
const pathField = textField(parsePathPrefix, { title: "path", examples: ["/v1"] });

/** Which requests go to which pool. */
export const routeSchema: z.ZodType<RouteConfig> = z
  .strictObject({
    host: hostField.optional().describe("Exact host without port; any host unless given."),
    path: pathField
      .optional()
      .describe("Path prefix on a segment boundary, compared undecoded; any path unless given."),
    pool: z.string().describe("Name of the pool that serves these requests."),
    rateLimit: rateLimitsSchema
      .optional()
      .describe("How often clients may ask; more is answered with 429. One limit or a list."),
    ...accessFields,
  })
  .transform(({ host, path, pool, rateLimit, allow, deny }) => ({
    host: host ?? null,
    path: path ?? null,
    pool,
    rateLimits: rateLimit ?? [],
    access: accessOf({ allow, deny }),
  }));

/** The route that takes everything. */
export function routeTo(pool: string): RouteConfig {
  return { host: null, path: null, pool, rateLimits: [], access: accessOf({}) };
}
