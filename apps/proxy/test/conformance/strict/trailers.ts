import { type Fields, membersOf } from "./grammar.ts";

/*
 * RFC 9110 6.5.1 with the fields that it means, by their purposes, and what of a message ends at this hop
 * or speaks for its client. Written for this harness alone, like the grammar.
 */

const framing = ["transfer-encoding", "content-length", "connection", "keep-alive", "upgrade"];
const ofTheHop = ["te", "trailer", "proxy-connection", "http2-settings", "via"];
const routing = ["host", "forwarded", "x-scheme", "x-original-url", "x-rewrite-url"];
const clients = ["x-real-ip", "x-client-ip", "true-client-ip", "cf-connecting-ip", "x-request-id"];
const modifiers = ["cache-control", "expect", "max-forwards", "pragma", "range", "idempotency-key"];
const overrides = ["x-http-method-override", "x-method-override", "accept-encoding"];
const credentials = ["authorization", "cookie", "set-cookie", "www-authenticate"];
const proxyCredentials = ["proxy-authorization", "proxy-authenticate"];
const control = ["age", "date", "expires", "location", "refresh", "retry-after", "vary", "warning"];
const policies = ["strict-transport-security", "clear-site-data", "alt-svc"];
const content = ["encoding", "type", "range", "location", "language", "disposition"];

const forbidden: ReadonlySet<string> = new Set([
  ...framing,
  ...ofTheHop,
  ...routing,
  ...clients,
  ...modifiers,
  ...overrides,
  ...credentials,
  ...proxyCredentials,
  ...control,
  ...policies,
  ...content.map((what) => `content-${what}`),
  "content-security-policy",
]);

export function isForbiddenTrailer(name: string): boolean {
  return forbidden.has(name) || /^(?:if-|sec-|access-control-|x-forwarded-.)/.test(name);
}

interface Message {
  readonly fields: Fields;
  readonly trailers: Fields;
}

/** What of the trailers has to arrive behind a proxy, in this order. */
export function forwardedTrailers(
  { fields, trailers }: Message,
  side: "request" | "response",
): Fields {
  const named = new Set(membersOf(fields, "connection"));
  return trailers.filter(({ name }) => {
    const isOdd = side === "request" && /[^a-z0-9-]/.test(name);
    return !isForbiddenTrailer(name) && !isOdd && !named.has(name);
  });
}
