import { chunkedContentSoFar, parseChunked } from "./chunked.ts";
import {
  type DeclaredFraming,
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
  /** What stands behind the complete requests, when at least its head is whole and valid. */
  readonly begun: BegunRequest | null;
}

/** A request whose body is not whole, or breaks a rule somewhere. */
export interface BegunRequest extends RequestHead {
  readonly framing: DeclaredFraming;
  /** Content before the bytes end or break. */
  readonly content: Buffer;
}

/** What a hop may send: the client side of the proxy takes more forms than its backend side gives. */
export interface RequestProfile {
  readonly leadingEmptyLines: number;
  readonly endsAtClose: boolean;
  /** Throws Malformed. */
  readonly check: (head: RequestHead) => void;
  /** Chunk extensions, and chunk sizes with leading zeros or in upper case. */
  readonly allowsOddChunks: boolean;
}

export type RequestHead = Omit<StrictRequest, "body" | "trailers" | "start" | "end">;

export function parseRequests(bytes: Buffer, profile: RequestProfile): RequestStream {
  const text = bytes.latin1Slice();
  const requests: StrictRequest[] = [];
  let at = 0;
  const stopped = (rest: Rest, reason: string): RequestStream => {
    const isBegun = rest === "partial-body" || rest === "malformed";
    const begun = isBegun ? parseBegun(bytes, text, at, profile) : null;
    return { requests, consumed: at, rest, reason, begun };
  };
  try {
    while (at < bytes.length) {
      const last = requests.at(-1);
      if (profile.endsAtClose && last !== undefined && closesAfter(last)) {
        return stopped("after-close", "");
      }
      const next = parseRequest(bytes, text, at, profile);
      if (typeof next === "string") return stopped(next, next);
      requests.push(next);
      at = next.end;
    }
    return stopped("none", "");
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    return stopped("malformed", error.message);
  }
}

function closesAfter({ version, fields }: StrictRequest): boolean {
  return version === "1.0" || membersOf(fields, "connection").includes("close");
}

interface FramedHead {
  readonly head: RequestHead;
  readonly framing: DeclaredFraming;
  readonly start: number;
  /** Position of the body. */
  readonly end: number;
}

/** Null when the head's empty line has not arrived. */
function parseFramedHead(text: string, from: number, profile: RequestProfile): FramedHead | null {
  let start = from;
  for (let line = 0; line < profile.leadingEmptyLines && text.startsWith("\r\n", start); line++) {
    start += 2;
  }
  const section = headLines(text, start);
  if (section === null) return null;
  const head = parseHead(section.lines);
  const framing = declaredFraming(head.fields, head.version);
  profile.check(head);
  return { head, framing, start, end: section.end };
}

function parseRequest(
  bytes: Buffer,
  text: string,
  from: number,
  profile: RequestProfile,
): StrictRequest | "partial-head" | "partial-body" {
  const framed = parseFramedHead(text, from, profile);
  if (framed === null) return "partial-head";
  const { framing, start } = framed;
  const common = { ...framed.head, start, trailers: [] };
  if (framing.kind !== "chunked") {
    const end = framed.end + (framing.kind === "length" ? framing.length : 0);
    if (end > bytes.length) return "partial-body";
    return { ...common, body: bytes.subarray(framed.end, end), end };
  }
  const chunked = parseChunked(bytes, text, framed.end);
  if (chunked === null) return "partial-body";
  if (!profile.allowsOddChunks) {
    if (chunked.hasExtensions) throw new Malformed("chunk extension");
    if (!chunked.isCanonical) throw new Malformed("chunk size in another form than ours");
  }
  return { ...common, body: chunked.content, trailers: chunked.trailers, end: chunked.end };
}

function parseBegun(
  bytes: Buffer,
  text: string,
  from: number,
  profile: RequestProfile,
): BegunRequest | null {
  try {
    const framed = parseFramedHead(text, from, profile);
    if (framed === null) return null;
    const isChunked = framed.framing.kind === "chunked";
    const content = isChunked
      ? chunkedContentSoFar(bytes, text, framed.end)
      : bytes.subarray(framed.end);
    return { ...framed.head, framing: framed.framing, content };
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    return null;
  }
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
