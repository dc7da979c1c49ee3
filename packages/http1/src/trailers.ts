import { trimBlanks } from "./connection-options.ts";
import { FieldId, fieldIdOfText } from "./field-names.ts";
import type { FieldTable } from "./field-table.ts";

/** Whose trailers they are: a backend must not be told what a proxy before it would have judged. */
export type TrailerSide = "request" | "response";

/** What keeps a trailer of one message from going on, besides what no trailer may be. */
export interface TrailerRules {
  readonly side: TrailerSide;
  /** Lower-case names that `Connection` lists; null for none. */
  readonly named: ReadonlySet<string> | null;
  /** Lower-case names that the route removes. */
  readonly dropped: readonly string[];
}

/**
 * Fields without an id of their own that are no trailers (RFC 9110 section 6.5.1): what says how to read
 * the content, modifies a request, authenticates, or controls a response has its effect before the
 * content comes, so a recipient that merges it later could be told something else than we judged.
 * Content-Digest, ETag, Server-Timing and Authentication-Info are trailers by their own definitions.
 */
const forbidden: ReadonlySet<string> = new Set([
  "content-encoding",
  "content-type",
  "content-range",
  "content-location",
  "content-language",
  "content-disposition",
  "cache-control",
  "pragma",
  "range",
  "accept-encoding",
  "x-http-method-override",
  "x-method-override",
  "proxy-authorization",
  "proxy-authenticate",
  "www-authenticate",
  "age",
  "expires",
  "location",
  "refresh",
  "retry-after",
  "vary",
  "warning",
  "strict-transport-security",
  "content-security-policy",
  "clear-site-data",
  "alt-svc",
]);
const forbiddenFamily = /^(?:if-|sec-|access-control-)/;
const plainName = /^[a-z0-9-]+$/;

/** The lines of a checked trailer section that go on, byte for byte and in order. */
export function forwardTrailers(section: string, rules: TrailerRules): string {
  let kept = "";
  for (let start = 0; start < section.length;) {
    const end = section.indexOf("\r\n", start) + 2;
    const name = section.slice(start, section.indexOf(":", start)).toLowerCase();
    if (isForwardable(name, rules)) kept += section.slice(start, end);
    start = end;
  }
  return kept;
}

/**
 * The value of a `Trailer` field that announces what will go on (RFC 9110 section 6.6.2); "" when nothing
 * of what the head announces will.
 */
export function announcedTrailers(text: string, fields: FieldTable, rules: TrailerRules): string {
  if (!fields.has(FieldId.trailer) || rules.named?.has("trailer") === true) return "";
  return membersOf(text, fields, FieldId.trailer)
    .filter((name) => isForwardable(name.toLowerCase(), rules))
    .join(", ");
}

/** The client keeps trailers (RFC 9110 section 10.1.4). With a weight it is another word (row 55). */
export function acceptsTrailers(text: string, fields: FieldTable): boolean {
  if (!fields.has(FieldId.te)) return false;
  return membersOf(text, fields, FieldId.te).some((coding) => coding.toLowerCase() === "trailers");
}

/** Every field with an id ends here, or says who a client is, or is the sender's to say in its head. */
function isForwardable(name: string, { side, named, dropped }: TrailerRules): boolean {
  if (fieldIdOfText(name) !== FieldId.other || forbidden.has(name)) return false;
  if (forbiddenFamily.test(name) || dropped.includes(name)) return false;
  if (side === "request" && !plainName.test(name)) return false;
  return named === null || !named.has(name);
}

function membersOf(text: string, fields: FieldTable, id: FieldId): string[] {
  const members: string[] = [];
  for (let index = 0; index < fields.count; index++) {
    if (fields.id(index) !== id) continue;
    const value = text.slice(fields.valueStart(index), fields.valueEnd(index));
    for (const member of value.split(",")) members.push(trimBlanks(member));
  }
  return members.filter((member) => member !== "");
}
