import { parseChunked } from "./chunked.ts";
import {
  type Fields,
  Malformed,
  declaredFraming,
  headLines,
  membersOf,
  parseFields,
  token,
  valuesOf,
} from "./grammar.ts";

export interface StrictRequest {
  readonly method: string;
  readonly target: string;
  readonly version: string;
  readonly fields: Fields;
  readonly host: string | null;
  readonly body: Buffer;
  readonly trailers: Fields;
  readonly start: number;
  readonly end: number;
}

/** Why the parser stopped: nothing is left, bytes are missing, a rule is broken, or it was told to. */
export type Rest = "none" | "partial-head" | "partial-body" | "malformed" | "after-close";

export interface RequestStream {
  readonly requests: readonly StrictRequest[];
  /** Position of the first byte that belongs to no complete request. */
  readonly consumed: number;
  readonly rest: Rest;
  readonly reason: string;
}

/** What a hop may send: the client side of the proxy takes more forms than its backend side gives. */
export interface RequestProfile {
  readonly leadingEmptyLines: number;
  readonly endsAtClose: boolean;
  /** Throws Malformed. */
  readonly check: (head: RequestHead) => void;
  readonly allowsExtensions: boolean;
}

export type RequestHead = Omit<StrictRequest, "body" | "trailers" | "start" | "end">;

export function parseRequests(bytes: Buffer, profile: RequestProfile): RequestStream {
  const text = bytes.latin1Slice();
  const requests: StrictRequest[] = [];
  let at = 0;
  try {
    while (at < bytes.length) {
      const last = requests.at(-1);
      if (profile.endsAtClose && last !== undefined && closesAfter(last)) {
        return { requests, consumed: at, rest: "after-close", reason: "" };
      }
      const next = parseRequest(bytes, text, at, profile);
      if (typeof next === "string") return { requests, consumed: at, rest: next, reason: next };
      requests.push(next);
      at = next.end;
    }
    return { requests, consumed: at, rest: "none", reason: "" };
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    return { requests, consumed: at, rest: "malformed", reason: error.message };
  }
}

function closesAfter({ version, fields }: StrictRequest): boolean {
  return version === "1.0" || membersOf(fields, "connection").includes("close");
}

function parseRequest(
  bytes: Buffer,
  text: string,
  from: number,
  profile: RequestProfile,
): StrictRequest | "partial-head" | "partial-body" {
  let start = from;
  for (let line = 0; line < profile.leadingEmptyLines && text.startsWith("\r\n", start); line++) {
    start += 2;
  }
  const section = headLines(text, start);
  if (section === null) return "partial-head";
  const head = parseHead(section.lines);
  const framing = declaredFraming(head.fields, head.version);
  profile.check(head);
  const common = { ...head, start, trailers: [] };
  if (framing.kind !== "chunked") {
    const end = section.end + (framing.kind === "length" ? framing.length : 0);
    if (end > bytes.length) return "partial-body";
    return { ...common, body: bytes.subarray(section.end, end), end };
  }
  const chunked = parseChunked(bytes, text, section.end);
  if (chunked === null) return "partial-body";
  if (chunked.hasExtensions && !profile.allowsExtensions) throw new Malformed("chunk extension");
  return { ...common, body: chunked.content, trailers: chunked.trailers, end: chunked.end };
}

const requestLine = /^(\S+) ([\x21-\x7e]+) HTTP\/(1\.[01])$/;

function parseHead(lines: readonly string[]): RequestHead {
  const [first = "", ...rest] = lines;
  const match = requestLine.exec(first);
  if (match === null || !token.test(match[1] as string)) {
    throw new Malformed(`request line ${JSON.stringify(first)}`);
  }
  const [, method, target, version] = match as unknown as [string, string, string, string];
  const fields = parseFields(rest);
  return { method, target, version, fields, host: soleHost(fields, version) };
}

// RFC 3986 without percent-encoding and without the comma, which joins two Host lines.
const hostValue = /^(?:[A-Za-z0-9._~!$&'()*+;=-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?$/;

function soleHost(fields: Fields, version: string): string | null {
  const hosts = valuesOf(fields, "host");
  if (hosts.length > 1) throw new Malformed("several Host lines");
  const [host] = hosts;
  if (host === undefined) {
    if (version === "1.1") throw new Malformed("no Host");
    return null;
  }
  if (!hostValue.test(host)) throw new Malformed(`Host: ${host}`);
  return host;
}
