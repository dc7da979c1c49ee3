import type { HashKey } from "@evenkeel/core";
import { nearestName } from "../nearest-name.ts";
import { accepted, type Parsed, refused } from "../parsed.ts";

const whole = ["client-ip", "path"] as const;
const named = ["header", "cookie", "query"] as const;

/** For people and editors alike. */
export const hashKeyExamples: readonly string[] = [
  "client-ip",
  "path",
  "header:x-user",
  "cookie:session",
  "query:user",
];

/** RFC 9110 5.6.2; the names of fields and of cookies (RFC 6265 4.1.1). */
const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** What may stand before "=" in a query, as it is sent: the balancer decodes nothing. */
const queryName = /^[\x21-\x7e]+$/;

export const hashKeyPattern: string = "client-ip|path|(header|cookie|query):.+";

/** Reads `client-ip`, `path`, `header:x-user`, `cookie:session` or `query:user`. */
export function parseHashKey(text: string): Parsed<HashKey> {
  const simple = whole.find((from) => from === text);
  if (simple !== undefined) return accepted({ from: simple });
  const [kind = "", ...rest] = text.split(":");
  const from = named.find((candidate) => candidate === kind);
  return from === undefined ? refusedKey(text, kind, rest) : readNamed(from, rest.join(":"));
}

/** Writes a key so that {@link parseHashKey} reads it back. */
export function formatHashKey(key: HashKey): string {
  return "name" in key ? `${key.from}:${key.name}` : key.from;
}

function readNamed(from: (typeof named)[number], name: string): Parsed<HashKey> {
  if (name === "") return refused(`${from} needs a name, such as ${exampleOf(from)}`);
  // Field names have no case (RFC 9110 5.1); those of cookies and parameters do.
  if (from === "header" && token.test(name)) return accepted({ from, name: name.toLowerCase() });
  if (from === "cookie" && token.test(name)) return accepted({ from, name });
  if (from === "query" && queryName.test(name) && !/[&=#]/.test(name)) {
    return accepted({ from, name });
  }
  return refused(`${JSON.stringify(name)} cannot be the name of a ${nouns[from]}`);
}

const nouns = { header: "header", cookie: "cookie", query: "query parameter" } as const;

function exampleOf(from: string): string | undefined {
  return hashKeyExamples.find((example) => example.startsWith(`${from}:`));
}

function refusedKey(text: string, kind: string, rest: readonly string[]): Parsed<never> {
  const message = `${JSON.stringify(text)} is no hash key; write ${hashKeyExamples.join(", ")}`;
  const hasName = rest.length > 0;
  const nearest = nearestName(kind, hasName ? named : [...whole, ...named]);
  if (nearest === null) return refused(message);
  if (hasName) return refused(message, `${nearest}:${rest.join(":")}`);
  return refused(message, exampleOf(nearest) ?? nearest);
}
