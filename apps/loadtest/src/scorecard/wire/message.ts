/*
 * Reads HTTP/1.1 as leniently as the most careless implementation would, because what a careless one would
 * make of the bytes is the question. Shares nothing with a balancer's codec. Pure. Texts hold one character
 * per byte (latin1).
 */

/** One message as it came over the wire. */
export interface WireMessage {
  readonly startLine: string;
  /** In order and original case, white space around the value removed. */
  readonly fields: readonly (readonly [name: string, value: string])[];
  /** Without chunk framing; as much of it as came. */
  readonly body: string;
  /** Field lines after the last chunk. */
  readonly trailers: readonly (readonly [name: string, value: string])[];
  /** Everything that its framing announces has come. */
  readonly isComplete: boolean;
  /** The whole head, byte for byte. */
  readonly head: string;
  /** All of it that came, byte for byte. */
  readonly raw: string;
  /** How many characters it takes up. */
  readonly length: number;
}

/** Where a message comes from, which decides about a body without any framing. */
export interface MessageSource {
  readonly kind: "request" | "response";
  /** Nothing more will come. */
  readonly isEnded: boolean;
}

const headEnd = /\r?\n\r?\n/;
const bodylessStatuses = /^HTTP\/\d\.\d (?:1\d\d|204|304)\b/;

/** The message that `text` begins with; undefined while its head is not whole. */
export function readMessage(text: string, source: MessageSource): WireMessage | undefined {
  const end = headEnd.exec(text);
  if (end === null) return undefined;
  const head = text.slice(0, end.index + end[0].length);
  const [startLine = "", ...lines] = text.slice(0, end.index).split(/\r?\n/);
  const fields = lines.map(fieldOf);
  const rest = text.slice(head.length);
  const body = readBody(rest, { startLine, fields }, source);
  const { text: content, trailers, length, isComplete } = body;
  return {
    startLine,
    fields,
    body: content,
    trailers,
    isComplete,
    head,
    raw: text.slice(0, head.length + length),
    length: head.length + length,
  };
}

/** Every value of the field, in order. */
export function valuesOf({ fields }: Pick<WireMessage, "fields">, name: string): string[] {
  return fields.filter(([known]) => known.toLowerCase() === name).map(([, value]) => value);
}

/** The status of a response; 0 where there is none. */
export function statusOf({ startLine }: Pick<WireMessage, "startLine">): number {
  return Number(/^HTTP\/\d\.\d (\d{3})/.exec(startLine)?.[1] ?? 0);
}

/** What a request asks for, byte for byte. */
export function targetOf({ startLine }: Pick<WireMessage, "startLine">): string {
  return startLine.split(" ")[1] ?? "";
}

interface Body {
  readonly text: string;
  readonly trailers: readonly (readonly [string, string])[];
  readonly length: number;
  readonly isComplete: boolean;
}

function readBody(
  rest: string,
  head: Pick<WireMessage, "startLine" | "fields">,
  { kind, isEnded }: MessageSource,
): Body {
  if (kind === "response" && bodylessStatuses.test(head.startLine)) return plainBody(rest, 0);
  if (valuesOf(head, "transfer-encoding").some((value) => /chunked/i.test(value))) {
    return readChunks(rest);
  }
  const length = valuesOf(head, "content-length")[0];
  if (length !== undefined) return plainBody(rest, Math.max(0, Number.parseInt(length, 10) || 0));
  if (kind === "request") return plainBody(rest, 0);
  return { text: rest, trailers: [], length: rest.length, isComplete: isEnded };
}

function plainBody(rest: string, announced: number): Body {
  const text = rest.slice(0, announced);
  return { text, trailers: [], length: text.length, isComplete: text.length === announced };
}

function readChunks(rest: string): Body {
  let text = "";
  let at = 0;
  for (;;) {
    const line = /^([^\r\n]*)\r?\n/.exec(rest.slice(at));
    const size = Number.parseInt(line?.[1] ?? "", 16);
    if (line === null || !(size >= 0)) return { text, trailers: [], length: at, isComplete: false };
    at += line[0].length;
    if (size === 0) return readTrailers(rest, at, text);
    text += rest.slice(at, at + size);
    at += size;
    const lineEnd = /^\r?\n/.exec(rest.slice(at, at + 2));
    if (lineEnd === null) {
      return { text, trailers: [], length: Math.min(at, rest.length), isComplete: false };
    }
    at += lineEnd[0].length;
  }
}

function readTrailers(rest: string, from: number, text: string): Body {
  const trailers: (readonly [string, string])[] = [];
  let at = from;
  for (;;) {
    const line = /^([^\r\n]*)\r?\n/.exec(rest.slice(at));
    if (line === null) return { text, trailers, length: at, isComplete: false };
    at += line[0].length;
    if (line[1] === "") return { text, trailers, length: at, isComplete: true };
    trailers.push(fieldOf(line[1] ?? ""));
  }
}

function fieldOf(line: string): readonly [string, string] {
  const colon = line.indexOf(":");
  if (colon === -1) return [line, ""];
  return [line.slice(0, colon), line.slice(colon + 1).trim()];
}
