import { FieldId } from "./field-names.ts";
import type { BodyKind } from "./framing.ts";
import { type LineChanges, dropChanged } from "./line-changes.ts";
import { type ResponseParser, isBodyless } from "./response-parser.ts";
import { announcedTrailers } from "./trailers.ts";

/** How a response body goes to this client: HTTP/1.0 knows no chunks (RFC 9112 6.1, row 85). */
export function downstreamBodyKind(upstream: BodyKind, clientMinor: number): BodyKind {
  if (upstream === "none" || upstream === "length") return upstream;
  return clientMinor === 1 ? "chunked" : "until-close";
}

/**
 * The head that goes to the client. `date` is used when the backend sent none (RFC 9110 6.6.1);
 * `closes` says that the connection ends with this response; `added` is whole lines of the caller's,
 * `changes` are the route's.
 */
export function forwardResponseHead(
  response: ResponseParser,
  clientMinor: number,
  date: string,
  closes: boolean,
  added = "",
  changes: LineChanges | null = null,
): string {
  const { fields, text } = response;
  dropEndingHere(response);
  if (changes !== null) dropChanged(fields, text, changes);
  return (
    theirLines(response) +
    (changes === null ? "" : changes.lines) +
    (fields.has(FieldId.date) ? "" : `Date: ${date}\r\n`) +
    added +
    (closes ? "Connection: close\r\n" : "") +
    framingLine(response, clientMinor, changes)
  );
}

/** A 1xx passes with its own fields and never with framing (RFC 9110 15.2, row 79). */
export function forwardInformationalHead(response: ResponseParser): string {
  dropEndingHere(response);
  return `${theirLines(response)}\r\n`;
}

/** The status line and what stays of the backend's fields: mostly one slice of what it sent. */
function theirLines(response: ResponseParser): string {
  const { fields, text, status } = response;
  if (response.isLineCanonical) return fields.keptText(text, 0);
  const reason = text.slice(response.reasonStart, response.reasonEnd);
  return `HTTP/1.1 ${status} ${reason}\r\n${fields.keptLines(text)}`;
}

/**
 * A 101 keeps its Upgrade, because from here on this hop speaks the other protocol too. `added` is whole
 * lines of the caller's.
 */
export function forwardSwitchingHead(response: ResponseParser, added = ""): string {
  const { fields, text } = response;
  dropEndingHere(response);
  const reason = text.slice(response.reasonStart, response.reasonEnd);
  const lines = fields.keptLines(text);
  return `HTTP/1.1 101 ${reason}\r\n${lines}${added}Connection: Upgrade\r\nUpgrade: ${response.upgrade}\r\n\r\n`;
}

function dropEndingHere(response: ResponseParser): void {
  for (let index = 0; index < response.fields.count; index++) {
    if (!keeps(response, index)) response.fields.drop(index);
  }
}

function keeps(response: ResponseParser, index: number): boolean {
  const { fields, status } = response;
  switch (fields.id(index)) {
    case FieldId.connection:
    case FieldId.transferEncoding:
    case FieldId.hopByHop:
    case FieldId.te:
    case FieldId.trailer:
    case FieldId.upgrade:
      return false;
    case FieldId.contentLength:
      return response.framing.isLengthCanonical && status >= 200 && status !== 204;
    case FieldId.other:
    case FieldId.odd:
      return !response.options.names(response.text, fields.nameStart(index), fields.nameEnd(index));
    default:
      return true;
  }
}

function framingLine(
  response: ResponseParser,
  clientMinor: number,
  changes: LineChanges | null,
): string {
  const { framing, status, bodyKind } = response;
  if (status === 204) return "\r\n";
  if (framing.kind === "length") {
    return framing.isLengthCanonical ? "\r\n" : `Content-Length: ${framing.length}\r\n\r\n`;
  }
  // A HEAD or 304 response repeats what the GET would have said, and says nothing it did not say.
  const announced = bodyKind === "none" ? framing.kind : bodyKind;
  const isChunked =
    downstreamBodyKind(announced, clientMinor) === "chunked" &&
    !(isBodyless(status) && status !== 304);
  if (!isChunked) return "\r\n";
  const chunkedLine = "Transfer-Encoding: chunked\r\n\r\n";
  const isAnnounced = response.fields.has(FieldId.trailer);
  return isAnnounced ? trailerLine(response, changes) + chunkedLine : chunkedLine;
}

function trailerLine(response: ResponseParser, changes: LineChanges | null): string {
  const { framing, fields, text, options } = response;
  if (framing.kind !== "chunked") return "";
  const dropped = changes?.dropped ?? [];
  const rules = { side: "response", named: options.named, dropped } as const;
  const names = announcedTrailers(text, fields, rules);
  return names === "" ? "" : `Trailer: ${names}\r\n`;
}
