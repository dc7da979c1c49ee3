import type { Socket } from "node:net";
import {
  BodyDecoder,
  type RequestForwarding,
  type RequestParser,
  violationDetail,
  violationStatus,
} from "@evenkeel/http1";
import { Exchange } from "../exchange.ts";
import { abandon, handleRequest, refuse } from "../handle-request.ts";
import type { ListenerContext } from "../thread-context.ts";
import type { Timed } from "../timing/deadlines.ts";
import { writeQueueBytes } from "./write-queue.ts";

/**
 * `idle` between requests, `head` while one arrives, `exchange` while one is served, `lingering`
 * after our last response until the client has seen it (RFC 9112 9.6).
 */
type State = "idle" | "head" | "exchange" | "lingering" | "closed";

/** Pipelined bytes kept while a request is served; then reading pauses. */
const maxPendingBytes = 16 * 1024;
const lingerMs = 5_000;
const maxLingerBytes = 1024 * 1024;
/**
 * A client that sent FIN after its request may still be reading (a half-close) or may be gone; the
 * kernel does not say which. It gets this long for the response to begin.
 */
const halfClosedGraceMs = 1_000;
const drainIdleMs = 1_000;

/** One client connection: reads requests one after the other and writes their responses in order. */
export class ClientConnection implements Timed {
  deadlineAt: number = Infinity;
  wakeAt = 0;
  readonly listener: ListenerContext;
  readonly socket: Socket;
  readonly address: string;
  readonly body: BodyDecoder = new BodyDecoder();
  readonly #exchange: Exchange;
  readonly #onClosed: (connection: ClientConnection) => void;
  #forwarding: RequestForwarding | null = null;
  #state: State = "idle";
  #parser: RequestParser | null = null;
  #pending: Buffer | null = null;
  #isReadPaused = false;
  #isWriteBlocked = false;
  #isInputEnded = false;
  #lingered = 0;
  #queuedBytes = 0;

  constructor(
    socket: Socket,
    listener: ListenerContext,
    onClosed: (connection: ClientConnection) => void,
  ) {
    this.socket = socket;
    this.listener = listener;
    this.#onClosed = onClosed;
    this.address = socket.remoteAddress?.replace(/^::ffff:(?=\d+\.)/, "") ?? "unix";
    this.#exchange = new Exchange(this);
    socket.on("drain", () => this.#drained());
    socket.on("end", () => this.#inputEnded());
    socket.on("error", () => this.#closed());
    socket.on("close", () => this.#closed());
    this.#arm(listener.config.timeouts.headerMs);
  }

  /** Everything that arrives; false pauses reading until `resume`. `input` is valid only now. */
  receive(input: Buffer, length: number): boolean {
    this.#take(input, 0, length);
    return !this.#isReadPaused;
  }

  /** What this connection tells backends about its client; made at the first request. */
  forwardingFor(requestId: string): RequestForwarding {
    this.#forwarding ??= {
      clientAddress: this.address,
      proto: "http",
      isPeerTrusted: this.listener.isTrusted(this.address),
      via: "1.1 evenkeel",
      localAuthority: localAuthority(this.socket),
      requestId,
    };
    this.#forwarding.requestId = requestId;
    return this.#forwarding;
  }

  get isPeerTrusted(): boolean {
    return this.forwardingFor("").isPeerTrusted;
  }

  /** Writes; false means that the client reads slower than we do, and `drain` will follow. */
  send(data: string | Buffer): boolean {
    const isFlowing = this.listener.thread.transfer.write(this.socket, data);
    if (!isFlowing && !this.#isWriteBlocked) {
      this.#isWriteBlocked = true;
      this.#queuedBytes = writeQueueBytes(this.socket);
      this.#arm(this.listener.config.timeouts.sendMs);
    }
    return isFlowing;
  }

  get isWriteBlocked(): boolean {
    return this.#isWriteBlocked;
  }

  /** A backend is ready for the rest of the request body. */
  resumeBody(): void {
    if (this.#state !== "exchange" || this.#exchange.isRequestComplete) return;
    this.#arm(this.listener.config.timeouts.bodyMs);
    this.#resumeReading();
  }

  /** The backend takes the body slower than the client sends it. */
  pauseBody(): void {
    this.#isReadPaused = true;
    this.socket.pause();
    this.deadlineAt = Infinity;
  }

  /** The response is written; the next request may follow, or the connection ends. */
  finishExchange(): void {
    if (this.#state !== "exchange") return;
    const { closes } = this.#exchange;
    this.#exchange.end();
    if (closes) {
      this.#linger();
      return;
    }
    this.#state = "idle";
    this.#arm(this.#idleMs());
    const pending = this.#pending;
    this.#pending = null;
    if (pending !== null) this.#take(pending, 0, pending.length);
    this.#goOn();
  }

  #goOn(): void {
    if (this.#state === "idle" && this.#isInputEnded) this.#linger();
    else if (this.#state === "idle" || this.#state === "head") this.#resumeReading();
    else if (this.#state === "exchange" && this.#exchange.isRequestComplete) this.#resumeReading();
  }

  /** Cuts the connection so that the client can see that the response is not whole. */
  abort(): void {
    this.socket.resetAndDestroy();
  }

  /** Shutdown: an idle connection may still bring one request, which is answered with `close`. */
  drain(): void {
    if (this.#state === "idle") this.#arm(drainIdleMs);
  }

  destroy(): void {
    this.socket.destroy();
  }

  onDeadline(): void {
    switch (this.#state) {
      case "head":
        this.#refuseSlow();
        return;
      case "exchange":
        this.#exchangeDeadline();
        return;
      default:
        this.socket.destroy();
    }
  }

  #take(input: Buffer, start: number, end: number): void {
    let at = start;
    while (at < end && (this.#state === "idle" || this.#state === "head")) {
      at = this.#readHead(input, at, end);
    }
    if (at >= end) return;
    if (this.#state === "exchange") this.#takeDuringExchange(input, at, end);
    else if (this.#state === "lingering") this.#discard(end - at);
  }

  #readHead(input: Buffer, start: number, end: number): number {
    const parser = (this.#parser ??= this.listener.requestParsers.take());
    const at = start + parser.feed(input, start, end);
    if (parser.state === "incomplete") {
      if (this.#state === "idle" && parser.isStarted) {
        this.#state = "head";
        this.#arm(this.listener.config.timeouts.headerMs);
      }
      return at;
    }
    this.#state = "exchange";
    this.deadlineAt = Infinity;
    this.#parser = null;
    const next = this.#begin(parser, input, at, end);
    this.listener.requestParsers.giveBack(parser);
    return next;
  }

  #begin(parser: RequestParser, input: Buffer, at: number, end: number): number {
    const exchange = this.#exchange;
    const { thread } = this.listener;
    exchange.begin(thread.clock(), thread.requestIds.next());
    this.body.start(parser.framing.kind, parser.framing.length);
    const head = handleRequest(exchange, parser);
    if (head === null) return at;
    const { transfer } = thread;
    const prefix = transfer.take(this.body, parser.framing.kind, head, input, at, end);
    exchange.upstreamPrefix = transfer.keep(prefix);
    exchange.bytesIn = transfer.content;
    exchange.isRequestComplete = this.body.isDone;
    if (this.body.violation !== null) {
      this.#refuseViolation();
      return end;
    }
    if (!exchange.isRequestComplete) this.#pauseReading();
    thread.turns.add(exchange);
    return transfer.next;
  }

  #takeDuringExchange(input: Buffer, start: number, end: number): void {
    const at = this.#exchange.isRequestComplete ? start : this.#takeBody(input, start, end);
    if (at >= end || this.#state !== "exchange") return;
    const rest = Buffer.from(input.subarray(at, end));
    this.#pending = this.#pending === null ? rest : Buffer.concat([this.#pending, rest]);
    if (this.#pending.length >= maxPendingBytes) this.#pauseReading();
  }

  #takeBody(input: Buffer, start: number, end: number): number {
    const exchange = this.#exchange;
    const { upstream } = exchange;
    if (upstream === null) return start;
    const { transfer } = this.listener.thread;
    const data = transfer.take(this.body, exchange.requestBodyKind, "", input, start, end);
    const { next } = transfer;
    exchange.bytesIn += transfer.content;
    if (this.body.violation !== null || this.#isBodyTooLarge()) {
      this.#refuseViolation();
      return end;
    }
    exchange.isRequestComplete = this.body.isDone;
    this.#arm(this.body.isDone ? Infinity : this.listener.config.timeouts.bodyMs);
    if (data.length > 0) upstream.sendBody(data);
    return next;
  }

  #isBodyTooLarge(): boolean {
    const { bodyBytes } = this.listener.config.limits;
    return bodyBytes > 0 && this.body.received > bodyBytes;
  }

  #refuseViolation(): void {
    const { violation } = this.body;
    if (violation === null) {
      refuse(
        this.#exchange,
        413,
        "http_request_error",
        "the request body is larger than the limit",
      );
    } else {
      refuse(
        this.#exchange,
        violationStatus(violation),
        "http_request_error",
        violationDetail(violation),
      );
    }
  }

  #refuseSlow(): void {
    this.#state = "exchange";
    if (this.#parser !== null) this.listener.requestParsers.giveBack(this.#parser);
    this.#parser = null;
    const { thread } = this.listener;
    this.#exchange.begin(thread.clock(), thread.requestIds.next());
    this.#exchange.isRequestComplete = false;
    refuse(this.#exchange, 408, "http_request_timeout", "the request head took too long");
  }

  #exchangeDeadline(): void {
    if (this.#isWriteBlocked) {
      const queued = writeQueueBytes(this.socket);
      if (queued < this.#queuedBytes) {
        this.#queuedBytes = queued;
        this.#arm(this.listener.config.timeouts.sendMs);
        return;
      }
      this.#leave();
    } else if (this.#exchange.isRequestComplete) {
      this.#leave();
    } else {
      refuse(this.#exchange, 408, "http_request_timeout", "the request body stopped arriving");
    }
  }

  /** Called when the response begins: a half-closed client is evidently being served. */
  responseStarted(): void {
    if (!this.#isWriteBlocked) this.deadlineAt = Infinity;
  }

  #inputEnded(): void {
    this.#isInputEnded = true;
    if (this.#state === "exchange" && this.#exchange.isRequestComplete) {
      if (!this.#exchange.isResponseStarted) this.#arm(halfClosedGraceMs);
      return;
    }
    if (this.#state === "exchange") this.#leave();
    else if (this.#state === "idle") this.#linger();
    else this.socket.destroy();
  }

  #drained(): void {
    this.#isWriteBlocked = false;
    if (this.#state !== "exchange") return;
    this.deadlineAt = Infinity;
    this.#exchange.upstream?.resume();
  }

  #linger(): void {
    this.#state = "lingering";
    this.#pending = null;
    this.#arm(lingerMs);
    this.socket.end();
    // Reading on keeps the kernel from answering unread bytes with RST, which could destroy the
    // response before the client has read it.
    this.#resumeReading();
  }

  #discard(bytes: number): void {
    this.#lingered += bytes;
    if (this.#lingered > maxLingerBytes) this.socket.destroy();
  }

  #leave(): void {
    this.socket.destroy();
    this.#closed();
  }

  #closed(): void {
    if (this.#state === "closed") return;
    const wasServing = this.#state === "exchange";
    this.#state = "closed";
    this.deadlineAt = Infinity;
    this.#pending = null;
    if (this.#parser !== null) this.listener.requestParsers.giveBack(this.#parser);
    this.#parser = null;
    if (wasServing && this.#exchange.isActive) abandon(this.#exchange);
    this.#onClosed(this);
  }

  #idleMs(): number {
    return this.listener.thread.isDraining
      ? drainIdleMs
      : this.listener.config.timeouts.keepAliveMs;
  }

  #pauseReading(): void {
    this.#isReadPaused = true;
    this.socket.pause();
  }

  #resumeReading(): void {
    if (!this.#isReadPaused) return;
    this.#isReadPaused = false;
    this.socket.resume();
  }

  #arm(ms: number): void {
    if (ms === Infinity) {
      this.deadlineAt = Infinity;
      return;
    }
    const { thread } = this.listener;
    this.deadlineAt = thread.clock() + ms;
    thread.deadlines.watch(this);
  }
}

function localAuthority(socket: Socket): string {
  const { localAddress, localPort } = socket;
  if (localAddress === undefined) return "localhost";
  const host = localAddress.replace(/^::ffff:(?=\d+\.)/, "");
  return host.includes(":") ? `[${host}]:${localPort}` : `${host}:${localPort}`;
}
