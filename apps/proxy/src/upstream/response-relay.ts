import { BodyDecoder, type ResponseParser, forwardInformationalHead } from "@evenkeel/http1";
import type { Exchange } from "../exchange.ts";
import { responseHead, switchProtocols } from "../handle-request.ts";
import type { ThreadContext } from "../thread-context.ts";
import type { UpstreamConnection } from "./upstream-connection.ts";

/** A backend that sends more 1xx than this never means to answer (security.md row 80). */
const maxInformational = 32;

/**
 * `more`: the response goes on. `done`: it is whole. `tunnel`: what follows are bytes, not messages.
 * `malformed`: it breaks the rules.
 */
export type RelayState = "more" | "done" | "tunnel" | "malformed";

/**
 * One response from a backend's bytes to its client. Reused for every response of a connection;
 * `begin` starts the next one.
 */
export class ResponseRelay {
  readonly #thread: ThreadContext;
  readonly #connection: UpstreamConnection;
  readonly #body: BodyDecoder = new BodyDecoder("response");
  #parser: ResponseParser | null = null;
  #isHead = false;
  #informational = 0;
  /** The final head was forwarded. */
  isBodyBegun = false;
  /** Position of the first byte after what `take` used. */
  next = 0;
  /** The backend keeps the connection open after this response. */
  isPersistent = false;
  /** The client reads slower than we write. */
  isBlocked = false;

  constructor(thread: ThreadContext, connection: UpstreamConnection) {
    this.#thread = thread;
    this.#connection = connection;
  }

  begin(isHead: boolean): void {
    this.#isHead = isHead;
    this.isBodyBegun = this.isBlocked = this.isPersistent = false;
    this.#informational = 0;
  }

  /** Content bytes of the response so far. */
  get received(): number {
    return this.#body.received;
  }

  /** Gives back what it holds; the connection is gone. */
  drop(): void {
    if (this.#parser !== null) this.#thread.responseParsers.giveBack(this.#parser);
    this.#parser = null;
  }

  /** Takes bytes from `start`. `exchange` is null when nobody wants the response any more. */
  take(exchange: Exchange | null, input: Buffer, start: number, end: number): RelayState {
    if (this.isBodyBegun) return this.#relay(exchange, "", input, start, end);
    const parser = (this.#parser ??= this.#thread.responseParsers.take());
    let at = start;
    while (at < end) {
      at += parser.feed(input, at, end, this.#isHead);
      this.next = at;
      if (parser.state === "incomplete") return "more";
      if (parser.state === "invalid") return "malformed";
      if (parser.status === 101) return this.#switch(exchange, parser);
      if (parser.status >= 200) return this.#begin(exchange, parser, input, at, end);
      if (++this.#informational > maxInformational) return "malformed";
      if (exchange?.clientMinor === 1) {
        exchange.isInterimSent = true;
        exchange.client.send(forwardInformationalHead(parser));
      }
      parser.reset();
    }
    return "more";
  }

  /** The backend closed its side: "done" when that is how this body is meant to end. */
  endOfInput(exchange: Exchange | null): RelayState {
    if (!this.isBodyBegun || !this.#body.finish()) return "malformed";
    this.isPersistent = false;
    return this.#relay(exchange, "", nothing, 0, 0);
  }

  #switch(exchange: Exchange | null, parser: ResponseParser): RelayState {
    const head = exchange === null ? null : switchProtocols(exchange, parser);
    this.drop();
    if (head === null) return "malformed";
    exchange?.client.send(head);
    return "tunnel";
  }

  #begin(
    exchange: Exchange | null,
    parser: ResponseParser,
    input: Buffer,
    at: number,
    end: number,
  ): RelayState {
    const head = exchange === null ? "" : responseHead(exchange, parser, this.#connection);
    this.isPersistent = parser.isPersistent;
    this.#body.start(parser.bodyKind, parser.framing.length, parser.options.named);
    const changes = exchange?.route?.responseChanges ?? null;
    if (changes !== null) this.#body.dropTrailers(changes.dropped);
    this.isBodyBegun = true;
    this.drop();
    return this.#relay(head === null ? null : exchange, head ?? "", input, at, end);
  }

  #relay(
    exchange: Exchange | null,
    head: string,
    input: Buffer,
    start: number,
    end: number,
  ): RelayState {
    const { transfer } = this.#thread;
    const kind = exchange?.responseBodyKind ?? "length";
    const data = transfer.take(this.#body, kind, head, input, start, end);
    this.next = transfer.next;
    if (exchange !== null) {
      exchange.bytesOut += transfer.content;
      if (data.length > 0 && !exchange.client.send(data)) this.isBlocked = true;
    }
    if (this.#body.violation !== null) return "malformed";
    return this.#body.isDone ? "done" : "more";
  }
}

const nothing = Buffer.alloc(0);
