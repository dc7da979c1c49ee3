import { BodyDecoder } from "../src/body-decoder.ts";
import { forwardInformationalHead, forwardResponseHead } from "../src/forward-response.ts";
import type { BodyKind } from "../src/framing.ts";
import { type HeadLimits, defaultHeadLimits } from "../src/limits.ts";
import { ResponseParser } from "../src/response-parser.ts";
import type { Violation } from "../src/violation.ts";
import { type FieldPair, pairsOf } from "./drive-requests.ts";
import { decode } from "./latin1.ts";
import { loan } from "./read-buffer.ts";

export interface ResponseMessage {
  readonly status: number;
  readonly reason: string;
  readonly minor: number;
  readonly isPersistent: boolean;
  /** What the fields announce. */
  readonly framing: BodyKind;
  /** What follows. */
  readonly kind: BodyKind;
  readonly fields: readonly FieldPair[];
  /** The head for the client. */
  readonly forwarded: string;
  body: string;
  /** The trailer lines for the client. */
  trailers: string;
  isComplete: boolean;
}

/**
 * `complete` with the final response, `cut` inside one, `switched` at a 101 (what follows is not
 * HTTP/1.1), `invalid` at a violation.
 */
export type ResponseEnding = "complete" | "cut" | "switched" | "invalid";

export interface ResponseRun {
  readonly messages: readonly ResponseMessage[];
  readonly ending: ResponseEnding;
  readonly violation: Violation | null;
  /** Bytes behind the final response: the proxy destroys the connection for them (row 66). */
  readonly extra: number;
}

export interface ResponseOptions {
  readonly limits?: HeadLimits;
  /** The request was HEAD. */
  readonly isHead?: boolean;
  readonly clientMinor?: 0 | 1;
  readonly closes?: boolean;
}

export const testDate = "Thu, 01 Jan 1970 00:00:00 GMT";

/** Feeds what a backend sent for one request, up to its FIN. */
export function runResponse(
  pieces: readonly Uint8Array[],
  options: ResponseOptions = {},
): ResponseRun {
  const driver = new ResponseDriver(options);
  for (const piece of pieces) driver.take(piece);
  return driver.finish();
}

class ResponseDriver {
  readonly #parser: ResponseParser;
  readonly #body = new BodyDecoder("response");
  readonly #options: ResponseOptions;
  readonly #messages: ResponseMessage[] = [];
  #current: ResponseMessage | null = null;
  #ending: ResponseEnding | null = null;
  #violation: Violation | null = null;
  #extra = 0;

  constructor(options: ResponseOptions) {
    this.#options = options;
    this.#parser = new ResponseParser(options.limits ?? defaultHeadLimits, decode);
    this.#parser.reset();
  }

  take(piece: Uint8Array): void {
    const { input, start, end, giveBack } = loan(piece);
    let at = start;
    while (at < end && this.#ending === null) {
      at = this.#current === null ? this.#head(input, at, end) : this.#content(input, at, end);
    }
    if (this.#ending === "complete") this.#extra += end - at;
    giveBack();
  }

  finish(): ResponseRun {
    if (this.#current !== null && this.#body.finish()) this.#endIfDone();
    return {
      messages: this.#messages,
      ending: this.#ending ?? "cut",
      violation: this.#violation,
      extra: this.#extra,
    };
  }

  #head(input: Uint8Array, start: number, end: number): number {
    const parser = this.#parser;
    const at = start + parser.feed(input, start, end, this.#options.isHead ?? false);
    if (parser.state === "invalid") {
      this.#ending = "invalid";
      this.#violation = parser.violation;
    }
    if (parser.state !== "complete") return at;
    const message = messageOf(parser, this.#options);
    this.#messages.push(message);
    if (message.status === 101) this.#ending = "switched";
    else if (message.status >= 200) {
      this.#current = message;
      this.#body.start(parser.bodyKind, parser.framing.length, parser.options.named);
      this.#endIfDone();
    }
    parser.reset();
    return at;
  }

  #content(input: Uint8Array, start: number, end: number): number {
    const body = this.#body;
    const at = body.advance(input, start, end);
    const message = this.#current as ResponseMessage;
    message.body += decode(input, body.dataStart, body.dataEnd);
    if (body.violation === null) this.#endIfDone();
    else {
      this.#ending = "invalid";
      this.#violation = body.violation;
    }
    return at;
  }

  #endIfDone(): void {
    if (this.#current === null || !this.#body.isDone) return;
    this.#current.isComplete = true;
    this.#current.trailers = this.#body.takeTrailers();
    this.#current = null;
    this.#ending = "complete";
  }
}

function messageOf(parser: ResponseParser, options: ResponseOptions): ResponseMessage {
  const { closes = false, clientMinor = 1 } = options;
  return {
    status: parser.status,
    reason: parser.text.slice(parser.reasonStart, parser.reasonEnd),
    minor: parser.minor,
    isPersistent: parser.isPersistent,
    framing: parser.framing.kind,
    kind: parser.bodyKind,
    fields: pairsOf(parser.text, parser.fields),
    forwarded:
      parser.status < 200
        ? forwardInformationalHead(parser)
        : forwardResponseHead(parser, clientMinor, testDate, closes),
    body: "",
    trailers: "",
    isComplete: parser.status < 200,
  };
}
