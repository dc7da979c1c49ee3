/** One HTTP/1.1 message as a test reads it; deliberately not the proxy's own parser. */
export interface Message {
  /** Request line or status line. */
  readonly line: string;
  /** In order, as written. */
  readonly fields: readonly (readonly [name: string, value: string])[];
  /** The head's exact bytes with its empty line. */
  readonly head: string;
  /** Content without framing. */
  readonly body: string;
  /** The field lines behind the last chunk, with their CRLFs; mostly "". */
  readonly trailers: string;
  /** Characters of head and body together. */
  readonly size: number;
}

/** How a message without Content-Length and chunks ends: a request's at once, a response's by FIN. */
export type Kind = "request" | "response" | "bodyless-response";

/** The first whole message of `text`, or null when more has to come. */
export function readMessage(text: string, kind: Kind, isEnded: boolean): Message | null {
  const headEnd = text.indexOf("\r\n\r\n");
  if (headEnd === -1) return null;
  const head = text.slice(0, headEnd + 4);
  const [line = "", ...lines] = text.slice(0, headEnd).split("\r\n");
  const fields = lines.map((field): [string, string] => {
    const colon = field.indexOf(":");
    return [field.slice(0, colon), field.slice(colon + 1).trim()];
  });
  const content = readContent(text.slice(head.length), { line, fields }, kind, isEnded);
  if (content === null) return null;
  const { body, trailers = "", size } = content;
  return { line, fields, head, body, trailers, size: head.length + size };
}

/** All values of a field, in order. */
export function values({ fields }: Pick<Message, "fields">, name: string): string[] {
  const wanted = name.toLowerCase();
  return fields.filter(([field]) => field.toLowerCase() === wanted).map(([, value]) => value);
}

export function value(message: Pick<Message, "fields">, name: string): string | undefined {
  return values(message, name)[0];
}

export function names({ fields }: Pick<Message, "fields">): string[] {
  return fields.map(([name]) => name);
}

export function status(message: Message): number {
  return Number(message.line.split(" ")[1]);
}

interface Content {
  readonly body: string;
  readonly trailers?: string;
  readonly size: number;
}

function readContent(
  rest: string,
  head: Pick<Message, "line" | "fields">,
  kind: Kind,
  isEnded: boolean,
): Content | null {
  const isBodyless = kind === "bodyless-response" || /^HTTP\/1\.[01] (1..|204|304)/.test(head.line);
  if (isBodyless) return { body: "", size: 0 };
  if (value(head, "transfer-encoding") === "chunked") return readChunks(rest);
  const length = value(head, "content-length");
  if (length !== undefined) {
    const size = Number(length);
    return rest.length < size ? null : { body: rest.slice(0, size), size };
  }
  if (kind === "request") return { body: "", size: 0 };
  return isEnded ? { body: rest, size: rest.length } : null;
}

function readChunks(rest: string): Content | null {
  let body = "";
  for (let at = 0; ;) {
    const lineEnd = rest.indexOf("\r\n", at);
    if (lineEnd === -1) return null;
    const size = Number.parseInt(rest.slice(at, lineEnd), 16);
    if (Number.isNaN(size)) throw new Error(`not a chunk size: ${rest.slice(at, lineEnd)}`);
    if (size === 0) return readTrailers(rest, lineEnd + 2, body);
    const next = lineEnd + 2 + size + 2;
    if (rest.length < next) return null;
    body += rest.slice(lineEnd + 2, lineEnd + 2 + size);
    at = next;
  }
}

function readTrailers(rest: string, start: number, body: string): Content | null {
  let at = start;
  while (!rest.startsWith("\r\n", at)) {
    const lineEnd = rest.indexOf("\r\n", at);
    if (lineEnd === -1) return null;
    at = lineEnd + 2;
  }
  return { body, trailers: rest.slice(start, at), size: at + 2 };
}
