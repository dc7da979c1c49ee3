import type { Socket } from "node:net";
import { BodyDecoder, type RequestForwarding, type RequestParser } from "@evenkeel/http1";
import { Exchange } from "../exchange.ts";
import { abandon, handleRequest, refuse } from "../handle-request.ts";
import type { Refusal } from "../refusal.ts";
import type { ListenerContext } from "../thread-context.ts";
import type { Timed } from "../timing/deadlines.ts";
import { clientAddress, createForwarding } from "./client-identity.ts";
import { ClientWriter } from "./client-writer.ts";
import { RequestBodyRules } from "./request-body-rules.ts";

/**
 * `idle` between requests, `head` while one arrives, `exchange` while one is served, `tunnel` once
 * the backend has switched protocols, `lingering` after our last response until the client has seen it (RFC 9112 9.6).
 */
type State = "idle" | "head" | "exchange" | "tunnel" | "lingering" | "closed";

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

const slowHead: Refusal = {
  status: 408,
  error: "http_request_timeout",
  detail: "the request head took too long",
};
const stalledBody: Refusal = {
  status: 408,
  error: "http_request_timeout",
  detail: "the request body stopped arriving",
};
const overTotal: Refusal = {
  status: 504,
  error: "http_response_timeout",
  detail: "the request took longer than it may in all",
};

/** One client connection: reads requests one after the other and writes their responses in order. */
export class ClientConnection implements Timed {
  deadlineAt: number = Infinity;
  wakeAt = 0;
  readonly listener: ListenerContext;
  readonly socket: Socket;
  readonly address: string;
  readonly #writer: ClientWriter;
  readonly #body: BodyDecoder = new BodyDecoder();
  readonly #bodyRules: RequestBodyRules;
  readonly #exchange: Exchange;
  readonly #onClosed: (connection: ClientConnection) => void;
  #forwarding: RequestForwarding | null = null;
  #state: State = "idle";
  #parser: RequestParser | null = null;
  #pending: Buffer | null = null;
  #isReadPaused = false;
  #isInputEnded = false;
  #isTunnelBlocked = false;
  #lingered = 0;
  /** When the connection has to close with its next response. */
  readonly #retiresAt: number;
  #requestsLeft: number;
  /** End of the time that a request has in all. */
  #totalAt = Infinity;

  constructor(
    socket: Socket,
    listener: ListenerContext,
    onClosed: (connection: ClientConnection) => void,
  ) {
    this.socket = socket;
    this.listener = listener;
    this.#onClosed = onClosed;
    const { thread, config } = listener;
    this.address = clientAddress(socket);
    this.#exchange = new Exchange(this);
    this.#writer = new ClientWriter(socket, thread.transfer);
    this.#bodyRules = new RequestBodyRules(config.limits);
    this.#retiresAt = thread.clock() + jittered(config.timeouts.connectionMs, thread.random);
    this.#requestsLeft = jittered(config.limits.requestsPerConnection || Infinity, thread.random);
    socket.on("drain", () => this.#drained());
    socket.on("end", () => this.#inputEnded());
    socket.on("error", () => this.#closed());
    socket.on("close", () => this.#closed());
    this.#arm(config.timeouts.headerMs);
  }

  /** Everything that arrives; false pauses reading until `resume`. `input` is valid only now. */
  receive(input: Buffer, length: number): boolean {
    this.#take(input, 0, length);
    return !this.#isReadPaused;
  }

  /** What this connection tells backends about its client; made at the first request. */
  forwardingFor(requestId: string): RequestForwarding {
    const { socket, address, listener } = this;
    this.#forwarding ??= createForwarding(socket, address, listener.isTrusted(address));
    this.#forwarding.requestId = requestId;
    return this.#forwarding;
  }

  /** Writes; false means that the client reads slower than we do, and `drain` will follow. */
  send(data: string | Buffer): boolean {
    const isFlowing = this.#writer.write(data);
    if (!isFlowing) this.#arm(this.listener.config.timeouts.sendMs);
    return isFlowing;
  }

  /** Over the limit of connections: says so and closes. */
  turnAway(text: string): void {
    this.#writer.write(text);
    this.#linger();
  }

  /** A backend is ready for the rest of the request body. */
  resumeBody(): void {
    if (this.#state !== "exchange" || this.#exchange.isRequestComplete) return;
    this.#bodyRules.resume(this.listener.thread.clock());
    this.#arm(this.listener.config.timeouts.bodyMs);
    this.#resumeReading();
  }

  /** The backend takes bytes again. */
  backendDrained(): void {
    if (this.#exchange.isTunnel) this.#resumeReading();
    else this.resumeBody();
  }

  /** The protocol was switched: what arrived after the request's head belongs to the tunnel. */
  openTunnel(): void {
    this.#state = "tunnel";
    const pending = this.#pending;
    this.#pending = null;
    if (pending !== null) this.#take(pending, 0, pending.length);
    if (this.#isInputEnded) this.#exchange.upstream?.endTunnel();
    else if (this.#exchange.upstream !== null && !this.#isTunnelBlocked) this.#resumeReading();
  }

  /** The backend takes the body slower than the client sends it. */
  pauseBody(): void {
    this.#bodyRules.pause(this.listener.thread.clock());
    this.#pauseReading();
    this.#disarm();
  }

  /** The response is written; the next request may follow, or the connection ends. */
  finishExchange(): void {
    if (this.#state !== "exchange" && this.#state !== "tunnel") return;
    const { closes } = this.#exchange;
    this.#exchange.end();
    this.#totalAt = Infinity;
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

  onDeadline(now: number): void {
    if (now >= this.#totalAt) {
      this.#totalAt = Infinity;
      refuse(this.#exchange, overTotal);
      return;
    }
    switch (this.#state) {
      case "head":
        this.#refuseSlow();
        return;
      case "exchange":
      case "tunnel":
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
    else if (this.#state === "tunnel") this.#takeTunnel(input, at, end);
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
    this.#parser = null;
    const next = this.#begin(parser, input, at, end);
    this.listener.requestParsers.giveBack(parser);
    return next;
  }

  #begin(parser: RequestParser, input: Buffer, at: number, end: number): number {
    const exchange = this.#exchange;
    const { thread } = this.listener;
    const now = thread.clock();
    exchange.begin(now, thread.requestIds.next());
    this.#limitTotal(now);
    this.#body.start(parser.framing.kind, parser.framing.length);
    const mustClose = --this.#requestsLeft <= 0 || now >= this.#retiresAt;
    const head = handleRequest(exchange, parser, mustClose);
    if (head === null) return at;
    const { transfer } = thread;
    const prefix = transfer.take(this.#body, parser.framing.kind, head, input, at, end);
    const { next } = transfer;
    exchange.upstreamPrefix = transfer.keep(prefix);
    exchange.bytesIn = transfer.content;
    exchange.isRequestComplete = this.#body.isDone;
    if (parser.framing.kind !== "none") this.#bodyRules.start(now);
    const refusal = parser.framing.kind === "none" ? null : this.#bodyRules.check(this.#body, now);
    if (refusal !== null) {
      refuse(exchange, refusal);
      return end;
    }
    if (!exchange.isRequestComplete) this.#pauseReading();
    thread.turns.add(exchange);
    return next;
  }

  #limitTotal(now: number): void {
    const { totalMs } = this.listener.config.timeouts;
    if (totalMs > 0) this.#totalAt = now + totalMs;
    this.#disarm();
  }

  #takeDuringExchange(input: Buffer, start: number, end: number): void {
    const at = this.#exchange.isRequestComplete ? start : this.#takeBody(input, start, end);
    if (at >= end || this.#state !== "exchange") return;
    const rest = Buffer.from(input.subarray(at, end));
    this.#pending = this.#pending === null ? rest : Buffer.concat([this.#pending, rest]);
    if (this.#pending.length >= maxPendingBytes) this.#pauseReading();
  }

  #takeTunnel(input: Buffer, start: number, end: number): void {
    const exchange = this.#exchange;
    exchange.bytesIn += end - start;
    const data = this.listener.thread.transfer.copy(input, start, end);
    this.#isTunnelBlocked = exchange.upstream?.sendRaw(data) === false;
    if (this.#isTunnelBlocked) this.#pauseReading();
  }

  #takeBody(input: Buffer, start: number, end: number): number {
    const exchange = this.#exchange;
    const { upstream } = exchange;
    if (upstream === null) return start;
    const { transfer } = this.listener.thread;
    const data = transfer.take(this.#body, exchange.requestBodyKind, "", input, start, end);
    const { next } = transfer;
    exchange.bytesIn += transfer.content;
    const refusal = this.#bodyRules.check(this.#body, this.listener.thread.clock());
    if (refusal !== null) {
      refuse(exchange, refusal);
      return end;
    }
    exchange.isRequestComplete = this.#body.isDone;
    if (this.#body.isDone) this.#disarm();
    else this.#arm(this.listener.config.timeouts.bodyMs);
    if (data.length > 0) upstream.sendBody(data);
    return next;
  }

  #refuseSlow(): void {
    this.#state = "exchange";
    if (this.#parser !== null) this.listener.requestParsers.giveBack(this.#parser);
    this.#parser = null;
    const { thread } = this.listener;
    this.#exchange.begin(thread.clock(), thread.requestIds.next());
    this.#exchange.isRequestComplete = false;
    refuse(this.#exchange, slowHead);
  }

  #exchangeDeadline(): void {
    if (this.#writer.isBlocked) {
      if (this.#writer.hasProgressed()) this.#arm(this.listener.config.timeouts.sendMs);
      else this.#leave();
    } else if (this.#exchange.isRequestComplete) this.#leave();
    else refuse(this.#exchange, stalledBody);
  }

  /** Called when the response begins: a half-closed client is evidently being served. */
  responseStarted(): void {
    if (!this.#writer.isBlocked) this.#disarm();
  }

  #inputEnded(): void {
    this.#isInputEnded = true;
    if (this.#state === "exchange" && this.#exchange.isRequestComplete) {
      if (!this.#exchange.isResponseStarted) this.#arm(halfClosedGraceMs);
      return;
    }
    if (this.#state === "exchange") this.#leave();
    else if (this.#state === "tunnel") this.#exchange.upstream?.endTunnel();
    else if (this.#state === "idle") this.#linger();
    else this.socket.destroy();
  }

  #drained(): void {
    this.#writer.drained();
    if (this.#state !== "exchange" && this.#state !== "tunnel") return;
    this.#disarm();
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
    const wasServing = this.#state === "exchange" || this.#state === "tunnel";
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
    const { thread } = this.listener;
    this.deadlineAt = Math.min(thread.clock() + ms, this.#totalAt);
    thread.deadlines.watch(this);
  }

  /** Nobody waits for the client now; only the request's total time goes on. */
  #disarm(): void {
    this.deadlineAt = this.#totalAt;
    if (this.#totalAt !== Infinity) this.listener.thread.deadlines.watch(this);
  }
}

/** Give or take a tenth, so that connections made together do not end together. */
function jittered(value: number, random: () => number): number {
  return value * (0.9 + 0.2 * random());
}
