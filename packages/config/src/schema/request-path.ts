import { accepted, type Parsed, refused } from "../parsed.ts";

/**
 * A path that goes onto the wire as it stands: it begins with a slash and holds visible ASCII only,
 * so that neither a space nor CR LF can end the request line early.
 */
export function parseRequestPath(text: string): Parsed<string> {
  if (!text.startsWith("/")) {
    return refused(`${JSON.stringify(text)} must begin with a slash`, suggestSlash(text));
  }
  if (!/^[\x21-\x7e]*$/.test(text)) {
    return refused(`${JSON.stringify(text)} holds characters that must be percent-encoded`);
  }
  if (text.includes("#")) return refused("a fragment (#) is never sent to a server");
  return accepted(text);
}

function suggestSlash(text: string): string | null {
  return /^[\w.-][\w./-]*$/.test(text) ? `/${text}` : null;
}

/** A path that is compared as a whole, whatever query follows. */
export function parseWholePath(text: string): Parsed<string> {
  if (text.includes("?")) return refused("any query may follow the path; leave it out");
  return parseRequestPath(text);
}

/** A prefix that routes match: a request path without a query. */
export function parsePathPrefix(text: string): Parsed<string> {
  if (text.includes("?")) return refused("a route's path must not hold a query");
  return parseRequestPath(text);
}
