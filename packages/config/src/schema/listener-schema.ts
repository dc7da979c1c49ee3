import * as z from "zod";
import { defaults } from "../defaults.ts";
import type { ListenAddress, ListenerConfig } from "../resolved-config.ts";
import { accessFields, accessOf, cidrField } from "./access-schema.ts";
import { parseFileMode } from "./file-mode.ts";
import { parseListenAddress } from "./listen-address.ts";
import { parseWholePath } from "./request-path.ts";
import { parseListenerName } from "./listener-name.ts";
import { textField } from "./text-field.ts";
import { durationField, durationOrOffField, sizeField } from "./unit-fields.ts";

const { listener: preset } = defaults;
const KiB = 1024;

/** `host:port`, `:port` or `unix:/path`. */
export const listenAddressSchema: z.ZodType<ListenAddress> = textField(parseListenAddress, {
  title: "address",
  examples: ["127.0.0.1:8080", ":8080", "[::1]:8080", "unix:/run/evenkeel.sock"],
});

const statusPathField = textField(parseWholePath, { title: "path", examples: ["/lb-status"] });
/** By which routes call it. */
export const listenerNameField: z.ZodType<string> = textField(parseListenerName, {
  title: "text",
  examples: ["public"],
});

const modeField = textField(parseFileMode, {
  title: "file mode in quotes",
  examples: ["0660"],
  pattern: "^0?[0-7]{3}$",
});

const timeoutsSchema = z.strictObject({
  header: durationField
    .prefault(preset.timeouts.header)
    .describe("From the first byte of a request head to its end."),
  body: durationField
    .prefault(preset.timeouts.body)
    .describe("Longest pause while a request body arrives."),
  keepAlive: durationField
    .prefault(preset.timeouts.keepAlive)
    .describe("Idle time between two requests on one connection."),
  send: durationField
    .prefault(preset.timeouts.send)
    .describe("Longest time without progress while a response is written to the client."),
  total: durationOrOffField
    .prefault(preset.timeouts.total)
    .describe("From the first byte of a request to the last of its response."),
  connection: durationField
    .prefault(preset.timeouts.connection)
    .describe("Age at which a connection closes with its next response."),
  drain: durationOrOffField
    .prefault(preset.timeouts.drain)
    .describe(
      "Once the listener stops, an idle connection may bring one more request for so long; off = none.",
    ),
});

const limitsSchema = z.strictObject({
  head: sizeField({ min: KiB, max: KiB * KiB })
    .prefault(preset.limits.head)
    .describe("Request line and fields together; more is answered with 431."),
  target: sizeField({ min: 1, max: KiB * KiB })
    .prefault(preset.limits.target)
    .describe("The target in the request line; more is answered with 414."),
  fields: z
    .int()
    .min(1)
    .max(10_000)
    .prefault(preset.limits.fields)
    .describe("Header fields of one request; more is answered with 431."),
  body: sizeField({ min: 0, max: Number.MAX_SAFE_INTEGER })
    .prefault(preset.limits.body)
    .describe("Largest request body; more is answered with 413; 0B = no limit."),
  bodyRate: sizeField({ min: 0, max: Number.MAX_SAFE_INTEGER })
    .prefault(preset.limits.bodyRate)
    .describe("Slowest request body per second, judged after 10s; slower is 408; 0B = no limit."),
  connections: z
    .union([z.literal("auto"), z.int().min(1)])
    .prefault(preset.limits.connections)
    .describe("Client connections at a time over all workers; more are answered with 503."),
  requestsPerConnection: z
    .int()
    .min(0)
    .prefault(preset.limits.requestsPerConnection)
    .describe("A connection closes after so many, give or take a tenth; 0 = no limit."),
});

/** One address that clients connect to. */
export const listenerSchema: z.ZodType<ListenerConfig> = z
  .strictObject({
    name: listenerNameField
      .optional()
      .describe("What routes call it that are for some listeners only; unique."),
    address: listenAddressSchema
      .prefault(preset.address)
      .describe("host:port, :port for every interface, or unix:/path."),
    mode: modeField
      .optional()
      .describe("Permissions of a unix socket: who may connect; as the umask says unless given."),
    trustedProxies: z
      .array(cidrField)
      .prefault([])
      .describe("Peers whose forwarded fields are believed."),
    proxyProtocol: z
      .enum(["off", "v1", "v2", "any"])
      .prefault(preset.proxyProtocol)
      .describe("PROXY header that connections from trustedProxies begin with, and no others."),
    statusPath: statusPathField
      .optional()
      .describe(
        "GET of this path is answered here and not by a backend: `{ backends: [{ url, alive }] }`. " +
          "Clients see the backends' addresses. Off unless given.",
      ),
    ...accessFields,
    timeouts: timeoutsSchema.prefault({}).describe("How long a client may take."),
    limits: limitsSchema.prefault({}).describe("How much a client may send."),
  })
  .transform(
    ({
      name,
      address,
      mode,
      trustedProxies,
      proxyProtocol,
      allow,
      deny,
      timeouts,
      limits,
      ...own
    }) => ({
      name: name ?? null,
      address,
      mode: mode ?? null,
      statusPath: own.statusPath ?? null,
      trustedProxies,
      proxyProtocol: proxyProtocol === "off" ? null : proxyProtocol,
      access: accessOf({ allow, deny }),
      timeouts: {
        headerMs: timeouts.header,
        bodyMs: timeouts.body,
        keepAliveMs: timeouts.keepAlive,
        sendMs: timeouts.send,
        totalMs: timeouts.total,
        connectionMs: timeouts.connection,
        drainMs: timeouts.drain,
      },
      limits: {
        headBytes: limits.head,
        targetBytes: limits.target,
        fields: limits.fields,
        bodyBytes: limits.body,
        bodyBytesPerSecond: limits.bodyRate,
        connections: limits.connections,
        requestsPerConnection: limits.requestsPerConnection,
      },
    }),
  );
