import { FieldId } from "./field-names.ts";
import { type RequestChanges, dropChanged } from "./line-changes.ts";
import type { RequestParser } from "./request-parser.ts";
import { announcedTrailers } from "./trailers.ts";

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
  /** Kept by `forwardRequestHead` for the next request of the same client; null at first. */
  ownLines: OwnLines | null;
}

/** What we say about a client that asks for `host`, up to the request id. */
export interface OwnLines {
  readonly host: string;
  readonly text: string;
}

/**
 * The head that goes to a backend: the client's lines in their order and bytes, without what ends at
 * this hop, followed by ours. Framing is written anew from what was parsed, never copied on trust.
 * `added` is whole lines of the caller's. `target` and `changes` are the route's; most have none.
 */
export function forwardRequestHead(
  request: RequestParser,
  forwarding: RequestForwarding,
  added = "",
  target: string = request.target,
  changes: RequestChanges | null = null,
): string {
  dropEndingHere(request, forwarding);
  if (changes !== null) dropChanged(request.fields, request.text, changes);
  const host = request.host ?? forwarding.localAuthority;
  // Few, long pieces: each `+` is an object that the socket's write has to walk.
  return (
    theirLines(request, host, target, changes) +
    (forwarding.isPeerTrusted
      ? extendedLines(request, forwarding, host)
      : ownLines(request, forwarding, host)) +
    added +
    endingLines(request, changes)
  );
}

/** The request line, what stays of the client's lines, and the route's. */
function theirLines(
  request: RequestParser,
  host: string,
  target: string,
  changes: RequestChanges | null,
): string {
  const { fields, text } = request;
  const needsHost = request.isHostFromTarget || !fields.has(FieldId.host);
  const isPlain = request.isLineCanonical && !needsHost && changes === null;
  if (isPlain && target === request.target) return fields.keptText(text, 0);
  const line = `${request.method} ${target} HTTP/1.1\r\n`;
  const replaced = changes?.host ?? (needsHost ? host : null);
  if (changes !== null && changes.host !== null) dropHost(request);
  const hostLine = replaced === null ? "" : `Host: ${replaced}\r\n`;
  return `${line}${hostLine}${fields.keptLines(text)}${changes?.lines ?? ""}`;
}

function dropHost({ fields }: RequestParser): void {
  const index = fields.find(FieldId.host);
  if (index !== -1) fields.drop(index);
}

/** What an untrusted client says about itself was dropped, so only Via can have something before. */
function ownLines(request: RequestParser, forwarding: RequestForwarding, host: string): string {
  const { via, requestId } = forwarding;
  if (request.fields.has(FieldId.via)) {
    return `${linesBeforeId(forwarding, host, appended(request, FieldId.via, via))}${requestId}\r\n`;
  }
  let known = forwarding.ownLines;
  if (known === null || known.host !== host) {
    known = forwarding.ownLines = { host, text: linesBeforeId(forwarding, host, via) };
  }
  return `${known.text}${requestId}\r\n`;
}

/** Joined, not added: the text is one piece, which a write need not walk. */
function linesBeforeId(
  { clientAddress, proto }: RequestForwarding,
  host: string,
  path: string,
): string {
  return [
    `X-Forwarded-For: ${clientAddress}`,
    `X-Forwarded-Proto: ${proto}`,
    `X-Forwarded-Host: ${host}`,
    `Via: ${path}`,
    "X-Request-Id: ",
  ].join("\r\n");
}

/** A trusted proxy has said who the client is: we add ourselves and only fill in what it left out. */
function extendedLines(
  request: RequestParser,
  forwarding: RequestForwarding,
  host: string,
): string {
  const { fields } = request;
  const { clientAddress, proto, via, requestId } = forwarding;
  return (
    `X-Forwarded-For: ${appended(request, FieldId.forwardedFor, clientAddress)}\r\n` +
    (fields.has(FieldId.forwardedProto) ? "" : `X-Forwarded-Proto: ${proto}\r\n`) +
    (fields.has(FieldId.forwardedHost) ? "" : `X-Forwarded-Host: ${host}\r\n`) +
    `Via: ${appended(request, FieldId.via, via)}\r\nX-Request-Id: ${requestId}\r\n`
  );
}

/** What a minority of requests needs, and the end of the head. */
function endingLines(request: RequestParser, changes: RequestChanges | null): string {
  const framing = framingLine(request);
  const { upgrade, maxForwards, fields } = request;
  const isPlain = upgrade === "" && maxForwards <= 0;
  if (isPlain && !request.acceptsTrailers && !fields.has(FieldId.trailer)) return framing;
  return (
    hopLines(request) +
    (maxForwards > 0 ? `Max-Forwards: ${maxForwards - 1}\r\n` : "") +
    trailerLine(request, changes) +
    framing
  );
}

/** What is agreed on with the backend alone, under the `Connection` that says so (RFC 9110 7.6.1). */
function hopLines({ upgrade, acceptsTrailers }: RequestParser): string {
  if (upgrade === "") return acceptsTrailers ? "Connection: TE\r\nTE: trailers\r\n" : "";
  const upgradeLine = `Upgrade: ${upgrade}\r\n`;
  return acceptsTrailers
    ? `Connection: Upgrade, TE\r\n${upgradeLine}TE: trailers\r\n`
    : `Connection: Upgrade\r\n${upgradeLine}`;
}

function trailerLine(request: RequestParser, changes: RequestChanges | null): string {
  const { framing, fields, text, options } = request;
  if (framing.kind !== "chunked" || !fields.has(FieldId.trailer)) return "";
  const rules = { side: "request", named: options.named, dropped: changes?.dropped ?? [] } as const;
  const names = announcedTrailers(text, fields, rules);
  return names === "" ? "" : `Trailer: ${names}\r\n`;
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
    case FieldId.idempotencyKey:
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
