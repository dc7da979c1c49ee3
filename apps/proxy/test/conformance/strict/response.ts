import { parseChunked } from "./chunked.ts";
import { type Fields, Malformed, declaredFraming, headLines, parseFields } from "./grammar.ts";

export interface StrictResponse {
  readonly status: number;
  readonly version: string;
  readonly fields: Fields;
  readonly body: Buffer;
  readonly trailers: Fields;
  readonly end: number;
}

/** How the sender left its side: still open, an orderly FIN, or a reset. */
export type Ending = "open" | "fin" | "reset";

/**
 * A backend may do what is harmless and common and what we must mend: leave out the space before an
 * absent reason, and announce a body that a 204 cannot have.
 */
export type Sender = "proxy" | "backend";

export interface ResponseStream {
  /** Final responses, whole ones only. */
  readonly responses: readonly StrictResponse[];
  readonly informational: readonly StrictResponse[];
  readonly consumed: number;
  readonly rest: "none" | "partial" | "malformed";
  readonly reason: string;
}

/** `methodOf` names the request that the nth final response answers, because HEAD has no body. */
export function parseResponses(
  bytes: Buffer,
  methodOf: (index: number) => string,
  ending: Ending,
  sender: Sender = "proxy",
): ResponseStream {
  const text = bytes.latin1Slice();
  const responses: StrictResponse[] = [];
  const informational: StrictResponse[] = [];
  let at = 0;
  const stopped = (rest: ResponseStream["rest"], reason: string): ResponseStream => ({
    responses,
    informational,
    consumed: at,
    rest,
    reason,
  });
  try {
    while (at < bytes.length) {
      const next = parseResponse(bytes, text, at, methodOf(responses.length), ending, sender);
      if (next === null) return stopped("partial", "incomplete");
      (next.status < 200 ? informational : responses).push(next);
      at = next.end;
    }
    return stopped("none", "");
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    return stopped("malformed", error.message);
  }
}

function parseResponse(
  bytes: Buffer,
  text: string,
  start: number,
  method: string,
  ending: Ending,
  sender: Sender,
): StrictResponse | null {
  const section = headLines(text, start);
  if (section === null) return null;
  const head = parseHead(section.lines, sender);
  const framing = declaredFraming(head.fields, head.version);
  const { status } = head;
  const mayNotBeFramed = status < 200 || status === 204;
  if (mayNotBeFramed && framing.kind !== "none" && sender === "proxy") {
    throw new Malformed(`${status} with Content-Length or Transfer-Encoding`);
  }
  const hasNoBody = method === "HEAD" || status < 200 || status === 204 || status === 304;
  if (hasNoBody) return { ...head, ...noTrailers, body: Buffer.alloc(0), end: section.end };
  if (framing.kind === "chunked") {
    const chunked = parseChunked(bytes, text, section.end);
    if (chunked === null) return null;
    const { content, trailers, end } = chunked;
    return { ...head, body: content, trailers, end };
  }
  if (framing.kind === "none" && ending !== "fin") return null;
  const end = framing.kind === "none" ? bytes.length : section.end + framing.length;
  if (end > bytes.length) return null;
  return { ...head, ...noTrailers, body: bytes.subarray(section.end, end), end };
}

const noTrailers = { trailers: [] } as const;

const statusLine = /^HTTP\/(1\.[01]) ([1-5][0-9][0-9]) ([\t\x20-\x7e\x80-\xff]*)$/;
const statusLineOfBackend = /^HTTP\/(1\.[01]) ([1-5][0-9][0-9])(?: ([\t\x20-\x7e\x80-\xff]*))?$/;

function parseHead(
  lines: readonly string[],
  sender: Sender,
): Pick<StrictResponse, "status" | "version" | "fields"> {
  const [first = "", ...rest] = lines;
  const match = (sender === "proxy" ? statusLine : statusLineOfBackend).exec(first);
  if (match === null) throw new Malformed(`status line ${JSON.stringify(first)}`);
  return { status: Number(match[2]), version: match[1] as string, fields: parseFields(rest) };
}
