import * as z from "zod";
import { defaults } from "../defaults.ts";
import { accepted, type Parsed } from "../parsed.ts";
import type { RouteAction, RouteConfig, RouteRewrite, SplitAction } from "../route-config.ts";
import { accessFields, accessOf } from "./access-schema.ts";
import { concurrencyLimitsSchema } from "./concurrency-limit-schema.ts";
import { hashKeyExamples, hashKeyPattern, parseHashKey } from "./hash-key.ts";
import { headerChangesSchema } from "./header-changes-schema.ts";
import { listenerNameField } from "./listener-schema.ts";
import { parseLocation } from "./location.ts";
import { rateLimitsSchema } from "./rate-limit-schema.ts";
import { parsePathPrefix } from "./request-path.ts";
import { parseHostValue } from "./route-host.ts";
import {
  headersSchema,
  hostField,
  methodField,
  pathSchema,
  querySchema,
} from "./route-match-schema.ts";
import { textField } from "./text-field.ts";
import { percentField } from "./unit-fields.ts";

const heaviest = 1000;
const redirectStatuses = [301, 302, 303, 307, 308] as const;

const locationField = textField(
  (text) => {
    const result = parseLocation(text);
    return result.ok ? accepted(text) : result;
  },
  { title: "location", examples: ["https://{host}{path}{query}", "/new{rest}{query}"] },
);

const redirectSchema = z.strictObject({
  to: locationField.describe(
    "{host}, {path}, {rest} (the path after the route's) and {query} (with its ?) are filled in.",
  ),
  status: z
    .union(
      redirectStatuses.map((status) => z.literal(status)),
      {
        error: `expected one of ${redirectStatuses.join(", ")}`,
      },
    )
    .prefault(defaults.route.redirectStatus)
    .describe("301 and 308 are kept by clients; 307 and 308 keep the method."),
});

const armSchema = z.strictObject({
  pool: z.string().describe("Name of the pool that serves this arm."),
  weight: z.int().min(0).max(heaviest).describe("Share of the clients, relative to the others."),
});

const splitByField: z.ZodType<SplitAction["by"]> = textField(
  (text): Parsed<SplitAction["by"]> => (text === "random" ? accepted(text) : parseHashKey(text)),
  {
    title: "hash key or random",
    examples: [...hashKeyExamples, "random"],
    pattern: `random|${hashKeyPattern}`,
  },
);

const mirrorSchema = z.strictObject({
  pool: z.string().describe("Name of the pool that gets the copies; its answers go nowhere."),
  share: percentField({ min: 0.0001, max: 1, canBeOff: false })
    .prefault(defaults.route.mirrorShare)
    .describe("Of the requests without a body that may be sent twice."),
});

const rewriteSchema: z.ZodType<RouteRewrite> = z
  .strictObject({
    stripPrefix: z
      .literal(true, { error: "expected true, or leave it out" })
      .optional()
      .describe("The route's path is taken off: /api/x of a route with path /api becomes /x."),
    replacePrefix: textField(parsePathPrefix, { title: "path", examples: ["/v2"] })
      .optional()
      .describe("Takes the place of the route's path: /v2 makes /v2/x of /api/x."),
    host: textField(parseHostValue, { title: "host", examples: ["internal.example.com"] })
      .optional()
      .describe("The Host that backends get; the client's goes on in X-Forwarded-Host."),
  })
  .refine((rewrite) => Object.keys(rewrite).length > 0, {
    error: "needs stripPrefix, replacePrefix or host",
  })
  .refine(({ stripPrefix, replacePrefix }) => !stripPrefix || replacePrefix === undefined, {
    error: "stripPrefix and replacePrefix exclude each other",
  })
  .transform(({ stripPrefix, replacePrefix, host }) => ({
    prefix: stripPrefix ? "/" : (replacePrefix ?? null),
    host: host ?? null,
  }));

const writtenRoute = z.strictObject({
  listeners: z
    .array(listenerNameField)
    .min(1, { error: "at least one listener is needed; remove the key for all of them" })
    .optional()
    .describe("Names of the listeners whose requests it is for; all unless given."),
  host: hostField
    .optional()
    .describe("A host without port, or *.example.com for all below it; any host unless given."),
  path: pathSchema
    .optional()
    .describe("Path prefix on a segment boundary, compared undecoded; any path unless given."),
  methods: z
    .array(methodField)
    .min(1, { error: "at least one method is needed; remove the key to match every one" })
    .optional()
    .describe("Methods; any unless given."),
  headers: headersSchema.optional().describe("Conditions by header name; all must hold."),
  query: querySchema
    .optional()
    .describe("Conditions by parameter name, compared undecoded; the first of a name counts."),
  pool: z.string().optional().describe("Name of the pool that serves these requests."),
  split: z
    .array(armSchema)
    .min(2, { error: "a split has at least two arms; use pool for one" })
    .refine((arms) => arms.length === 0 || arms.some(({ weight }) => weight > 0), {
      error: "at least one arm needs a weight above 0",
    })
    .optional()
    .describe("Instead of pool: several pools, each with its share of the clients."),
  splitBy: splitByField
    .optional()
    .describe(
      "What makes a client the same one, who stays on its arm (client-ip unless given); random draws anew.",
    ),
  redirect: redirectSchema.optional().describe("Instead of pool: answered here with a Location."),
  rewrite: rewriteSchema.optional().describe("What backends get instead of the client's target."),
  requestHeaders: headerChangesSchema("request")
    .optional()
    .describe("Changes to what backends get."),
  responseHeaders: headerChangesSchema("response")
    .optional()
    .describe("Changes to what clients get from backends and redirects."),
  mirror: mirrorSchema.optional().describe("Requests are sent to a second pool, too."),
  rateLimit: rateLimitsSchema
    .optional()
    .describe("How often clients may ask; more is answered with 429. One limit or a list."),
  concurrencyLimit: concurrencyLimitsSchema
    .optional()
    .describe("How many requests of a client at a time; more get 429. One limit or a list."),
  ...accessFields,
});

type WrittenRoute = z.output<typeof writtenRoute>;

/** Which requests go where. That there is exactly one action is for `checkRoutes` to say. */
export const routeSchema: z.ZodType<RouteConfig> = writtenRoute.transform((route) => ({
  listeners: route.listeners ?? null,
  host: route.host ?? null,
  path: route.path ?? null,
  methods: route.methods ?? null,
  headers: route.headers ?? [],
  query: route.query ?? [],
  action: actionOf(route),
  rewrite: route.rewrite ?? null,
  requestHeaders: route.requestHeaders ?? null,
  responseHeaders: route.responseHeaders ?? null,
  mirror: route.mirror ?? null,
  rateLimits: route.rateLimit ?? [],
  concurrencyLimits: route.concurrencyLimit ?? [],
  access: accessOf(route),
}));

function actionOf({ pool, split, splitBy, redirect }: WrittenRoute): RouteAction {
  if (redirect !== undefined) return { kind: "redirect", ...redirect };
  if (split !== undefined)
    return { kind: "split", arms: split, by: splitBy ?? { from: defaults.route.splitBy } };
  return { kind: "pool", pool: pool ?? "" };
}
