import { BodyDecoder } from "../src/body-decoder.ts";
import type { FieldTable } from "../src/field-table.ts";
import { type RequestForwarding, forwardRequestHead } from "../src/forward-request.ts";
import type { BodyKind } from "../src/framing.ts";
import { type HeadLimits, defaultHeadLimits } from "../src/limits.ts";
import { RequestParser } from "../src/request-parser.ts";
import type { Violation } from "../src/violation.ts";
import { decode } from "./latin1.ts";
import { loan } from "./read-buffer.ts";

export type FieldPair = readonly [name: string, value: string];

export interface RequestMessage {
  readonly method: string;
  readonly target: string;
  readonly host: string | null;
  readonly minor: number;
  readonly isPersistent: boolean;
  readonly expectsContinue: boolean;
  readonly maxForwards: number;
  readonly upgrade: string;
  readonly kind: BodyKind;
  readonly length: number;
  readonly fields: readonly FieldPair[];
  /** The head for the backend. */
  readonly forwarded: string;
  body: string;
  /** The trailer lines for the backend. */
  trailers: string;
  isComplete: boolean;
}

/**
 * How the bytes end: `clean` between two messages, `cut` inside one, `closed` after the last one of
 * a connection that does not persist, `invalid` at a violation.
 */
export type Ending = "clean" | "cut" | "closed" | "invalid";

export interface RequestRun {
  readonly messages: readonly RequestMessage[];
  readonly ending: Ending;
  readonly violation: Violation | null;
  /** Bytes behind the last message of a connection that was to be closed. */
  readonly unread: number;
}

export interface RequestOptions {
  readonly limits?: HeadLimits;
  readonly isPeerTrusted?: boolean;
}

/** What the forwarded heads say about the client in every test. */
export const testForwarding: RequestForwarding = {
  clientAddress: "192.0.2.1",
  proto: "http",
  isPeerTrusted: false,
  via: "1.1 lb",
  localAuthority: "127.0.0.1:8080",
  requestId: "id-1",
  ownLines: null,
};

/** Feeds the pieces as a connection would, and reports everything that the codec says. */
export function runRequests(
  pieces: readonly Uint8Array[],
  options: RequestOptions = {},
): RequestRun {
  const driver = new RequestDriver(options);
  for (const piece of pieces) driver.take(piece);
  return driver.finish();
}

class RequestDriver {
  readonly #parser: RequestParser;
  readonly #body = new BodyDecoder();
  readonly #forwarding: RequestForwarding;
  readonly #messages: RequestMessage[] = [];
  #current: RequestMessage | null = null;
  #ending: Ending | null = null;
  #violation: Violation | null = null;
  #unread = 0;

  constructor(options: RequestOptions) {
    this.#parser = new RequestParser(options.limits ?? defaultHeadLimits, decode);
    this.#parser.reset();
    this.#forwarding = { ...testForwarding, isPeerTrusted: options.isPeerTrusted ?? false };
  }

  take(piece: Uint8Array): void {
    const { input, start, end, giveBack } = loan(piece);
    let at = start;
    while (at < end && this.#ending === null) {
      at = this.#current === null ? this.#head(input, at, end) : this.#content(input, at, end);
    }
    if (this.#ending === "closed") this.#unread += end - at;
    giveBack();
  }

  finish(): RequestRun {
    const isCut = this.#current !== null || this.#parser.isStarted;
    return {
      messages: this.#messages,
      ending: this.#ending ?? (isCut ? "cut" : "clean"),
      violation: this.#violation,
      unread: this.#unread,
    };
  }

  #head(input: Uint8Array, start: number, end: number): number {
    const parser = this.#parser;
    const at = start + parser.feed(input, start, end);
    if (parser.state === "invalid") this.#fail(parser.violation);
    if (parser.state !== "complete") return at;
    this.#current = messageOf(parser, this.#forwarding);
    this.#messages.push(this.#current);
    this.#body.start(parser.framing.kind, parser.framing.length, parser.options.named);
    parser.reset();
    this.#endIfDone();
    return at;
  }

  #content(input: Uint8Array, start: number, end: number): number {
    const body = this.#body;
    const at = body.advance(input, start, end);
    const message = this.#current as RequestMessage;
    message.body += decode(input, body.dataStart, body.dataEnd);
    if (body.violation !== null) this.#fail(body.violation);
    else this.#endIfDone();
    return at;
  }

  #endIfDone(): void {
    const message = this.#current;
    if (message === null || !this.#body.isDone) return;
    message.isComplete = true;
    message.trailers = this.#body.takeTrailers();
    this.#current = null;
    if (!message.isPersistent) this.#ending = "closed";
  }

  #fail(violation: Violation | null): void {
    this.#ending = "invalid";
    this.#violation = violation;
  }
}

function messageOf(parser: RequestParser, forwarding: RequestForwarding): RequestMessage {
  return {
    method: parser.method,
    target: parser.target,
    host: parser.host,
    minor: parser.minor,
    isPersistent: parser.isPersistent,
    expectsContinue: parser.expectsContinue,
    maxForwards: parser.maxForwards,
    upgrade: parser.upgrade,
    kind: parser.framing.kind,
    length: parser.framing.length,
    fields: pairsOf(parser.text, parser.fields),
    forwarded: forwardRequestHead(parser, forwarding),
    body: "",
    trailers: "",
    isComplete: false,
  };
}

export function pairsOf(text: string, fields: FieldTable): FieldPair[] {
  return Array.from({ length: fields.count }, (_, index) => [
    text.slice(fields.nameStart(index), fields.nameEnd(index)),
    text.slice(fields.valueStart(index), fields.valueEnd(index)),
  ]);
}
