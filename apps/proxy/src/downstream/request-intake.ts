import type { Socket } from "node:net";
import { BodyDecoder, type RequestParser } from "@evenkeel/http1";
import type { Refusal } from "../refusal.ts";
import type { ListenerContext } from "../thread-context.ts";
import { RequestBodyRules } from "./request-body-rules.ts";

/** Bytes kept while a request is served; then reading pauses. */
const maxPendingBytes = 16 * 1024;

/** The reading half of a client connection: cuts bytes into heads and bodies, and keeps what is early. */
export class RequestIntake {
  #listener: ListenerContext;
  readonly #socket: Socket;
  readonly #body: BodyDecoder = new BodyDecoder();
  readonly #rules: RequestBodyRules;
  #parser: RequestParser | null = null;
  #pending: Buffer | null = null;
  isPaused = false;
  /** Position of the first byte after what the last call used. */
  next = 0;

  constructor(listener: ListenerContext, socket: Socket) {
    this.#listener = listener;
    this.#socket = socket;
    this.#rules = new RequestBodyRules(listener.config.limits);
  }

  /** A byte of a head has arrived, and not yet all of it. */
  get isInHead(): boolean {
    return this.#parser?.isStarted === true;
  }

  /** The configuration changed; between two requests. */
  follow(listener: ListenerContext): void {
    if (this.#parser !== null) this.#listener.requestParsers.giveBack(this.#parser);
    this.#parser = null;
    this.#listener = listener;
    this.#rules.follow(listener.config.limits);
  }

  /** The head once it is whole or wrong, else null. It goes back to the listener's parsers. */
  readHead(input: Buffer, start: number, end: number): RequestParser | null {
    const parser = (this.#parser ??= this.#listener.requestParsers.take());
    this.next = start + parser.feed(input, start, end);
    if (parser.state === "incomplete") return null;
    this.#parser = null;
    return parser;
  }

  /** Gives back what belongs to a message that will not be finished. */
  drop(): void {
    if (this.#parser !== null) this.#listener.requestParsers.giveBack(this.#parser);
    this.#parser = null;
    this.#pending = null;
  }

  beginBody(request: RequestParser, now: number): void {
    this.#body.start(request.framing.kind, request.framing.length, request.options.named);
    if (request.framing.kind !== "none") this.#rules.start(now);
  }

  /** Lower-case names of trailers that the route of the request removes. */
  dropTrailers(names: readonly string[]): void {
    this.#body.dropTrailers(names);
  }

  get isBodyDone(): boolean {
    return this.#body.isDone;
  }

  /** Content ready for a backend, with `head` before it; `bodyRefusal` says whether it may be sent. */
  takeBody(head: string, input: Buffer, start: number, end: number): string | Buffer {
    const { transfer } = this.#listener.thread;
    const data = transfer.take(this.#body, this.#body.kind, head, input, start, end);
    this.next = transfer.next;
    return transfer.keep(data);
  }

  /** Content bytes of the body so far. */
  get received(): number {
    return this.#body.received;
  }

  bodyRefusal(now: number): Refusal | null {
    return this.#body.kind === "none" ? null : this.#rules.check(this.#body, now);
  }

  /** Keeps bytes whose time has not come: the next request, or a body without a backend. */
  stash(input: Buffer, start: number, end: number): void {
    const rest = Buffer.from(input.subarray(start, end));
    this.#pending = this.#pending === null ? rest : Buffer.concat([this.#pending, rest]);
    if (this.#pending.length >= maxPendingBytes) this.pause();
  }

  takePending(): Buffer | null {
    const pending = this.#pending;
    this.#pending = null;
    return pending;
  }

  get hasPending(): boolean {
    return this.#pending !== null;
  }

  pause(): void {
    if (this.isPaused) return;
    this.isPaused = true;
    this.#rules.pause(this.#listener.thread.clock());
    this.#socket.pause();
  }

  resume(): void {
    if (!this.isPaused) return;
    this.isPaused = false;
    this.#rules.resume(this.#listener.thread.clock());
    this.#socket.resume();
  }
}
