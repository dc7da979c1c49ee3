import { FieldId } from "./field-names.ts";
import type { RequestParser } from "./request-parser.ts";

/** What the proxy knows about the client and says to the backend; one per client connection. */
export interface RequestForwarding {
  readonly clientAddress: string;
  readonly proto: "http" | "https";
  /** The peer is a listed proxy, so its forwarded fields are kept and extended (row 93). */
  readonly isPeerTrusted: boolean;
  /** `1.1 pseudonym` (RFC 9110 7.6.3). */
  readonly via: string;
  /** Host for an HTTP/1.0 request without one: the address the client connected to. */
  readonly localAuthority: string;
  /** Sent as X-Request-Id; the caller has chosen between the client's and its own. */
  requestId: string;
}

/**
 * The head that goes to a backend: the client's lines in their order and bytes, without what ends at
 * this hop, followed by ours. Framing is written anew from what was parsed, never copied on trust.
 */
export function forwardRequestHead(request: RequestParser, forwarding: RequestForwarding): string {
  dropEndingHere(request, forwarding);
  const host = request.host ?? forwarding.localAuthority;
  return (
    `${request.method} ${request.target} HTTP/1.1\r\n` +
    (request.isHostFromTarget || !request.fields.has(FieldId.host) ? `Host: ${host}\r\n` : "") +
    request.fields.keptLines(request.text) +
    `X-Forwarded-For: ${listed(request, forwarding, FieldId.forwardedFor, forwarding.clientAddress)}\r\n` +
    ownUnlessTrusted(
      request,
      forwarding,
      FieldId.forwardedProto,
      "X-Forwarded-Proto",
      forwarding.proto,
    ) +
    ownUnlessTrusted(request, forwarding, FieldId.forwardedHost, "X-Forwarded-Host", host) +
    `Via: ${viaValue(request, forwarding.via)}\r\nX-Request-Id: ${forwarding.requestId}\r\n` +
    (request.upgrade === "" ? "" : `Connection: Upgrade\r\nUpgrade: ${request.upgrade}\r\n`) +
    (request.maxForwards > 0 ? `Max-Forwards: ${request.maxForwards - 1}\r\n` : "") +
    framingLine(request)
  );
}

function dropEndingHere(request: RequestParser, forwarding: RequestForwarding): void {
  const { fields } = request;
  for (let index = 0; index < fields.count; index++) {
    if (!keeps(request, forwarding, index)) fields.drop(index);
  }
}

function keeps(request: RequestParser, forwarding: RequestForwarding, index: number): boolean {
  const { fields } = request;
  switch (fields.id(index)) {
    case FieldId.other:
      return !request.options.names(request.text, fields.nameStart(index), fields.nameEnd(index));
    case FieldId.host:
      return !request.isHostFromTarget;
    case FieldId.date:
    case FieldId.protectedField:
      return true;
    case FieldId.contentLength:
      return request.framing.isLengthCanonical;
    case FieldId.expect:
      return request.expectsContinue;
    case FieldId.maxForwards:
      return request.maxForwards === -1;
    case FieldId.forwardedProto:
    case FieldId.forwardedHost:
    case FieldId.forwardedOther:
      return forwarding.isPeerTrusted;
    default:
      return false;
  }
}

function framingLine(request: RequestParser): string {
  const { framing } = request;
  if (framing.kind === "chunked") return "Transfer-Encoding: chunked\r\n\r\n";
  const isUnsaid = framing.kind === "length" && !framing.isLengthCanonical;
  return isUnsaid ? `Content-Length: ${framing.length}\r\n\r\n` : "\r\n";
}

function ownUnlessTrusted(
  request: RequestParser,
  forwarding: RequestForwarding,
  id: FieldId,
  name: string,
  value: string,
): string {
  const isTheirs = forwarding.isPeerTrusted && request.fields.has(id);
  return isTheirs ? "" : `${name}: ${value}\r\n`;
}

function listed(
  request: RequestParser,
  forwarding: RequestForwarding,
  id: FieldId,
  own: string,
): string {
  return forwarding.isPeerTrusted ? appended(request, id, own) : own;
}

function viaValue(request: RequestParser, own: string): string {
  return appended(request, FieldId.via, own);
}

function appended(request: RequestParser, id: FieldId, own: string): string {
  const { fields, text } = request;
  if (!fields.has(id)) return own;
  let value = "";
  for (let index = 0; index < fields.count; index++) {
    if (fields.id(index) !== id) continue;
    const member = text.slice(fields.valueStart(index), fields.valueEnd(index));
    if (member !== "") value += `${member}, `;
  }
  return value + own;
}
