import type { Socket } from "node:net";
import type { Backend } from "@evenkeel/core";
import type { RequestForwarding, RequestParser } from "@evenkeel/http1";
import type { ConnectionEnds } from "../connection-ends.ts";
import { Exchange } from "../exchange.ts";
import { abandon, handleRequest, leaveDownBackend, refuse } from "../handle-request.ts";
import { keepForReplay } from "../replay-buffer.ts";
import type { ListenerContext } from "../thread-context.ts";
import type { Timed } from "../timing/deadlines.ts";
import { clientAddress, createForwarding, endsOf } from "./client-identity.ts";
import { ClientWriter } from "./client-writer.ts";
import { type ProxyPreface, createPreface } from "./proxy-preface.ts";
import { RequestIntake } from "./request-intake.ts";
import { overTotal, slowHead, stalledBody } from "./time-refusals.ts";

/**
 * `idle` between requests, `head` while one arrives, `exchange` while one is served, `tunnel` once
 * the backend has switched protocols, `lingering` after our last response until the client has seen
 * it (RFC 9112 9.6).
 */
type State = "idle" | "head" | "exchange" | "tunnel" | "lingering" | "closed";

const lingerMs = 5_000;
const maxLingerBytes = 1024 * 1024;
/** docs/decisions/0003-half-closed-clients.md */
const halfClosedGraceMs = 1_000;

/** One client connection: reads requests one after the other and writes their responses in order. */
export class ClientConnection implements Timed {
  deadlineAt: number = Infinity;
  wakeAt = 0;
  /** Of the generation that the current request belongs to. */
  listener: ListenerContext;
  readonly socket: Socket;
  /** Of the peer, or the one that its PROXY header names. */
  address: string;
  readonly #intake: RequestIntake;
  readonly #writer: ClientWriter;
  readonly #exchange: Exchange;
  readonly #onClosed: (connection: ClientConnection) => void;
  /** Of a new generation, from the next request on. */
  #nextListener: ListenerContext | null = null;
  /** When the connection has to close with its next response. */
  readonly #retiresAt: number;
  #requestsLeft: number;
  /** Until the PROXY header is there; null also where none is taken. */
  #preface: ProxyPreface | null;
  #ends: ConnectionEnds | null = null;
  #forwarding: RequestForwarding | null = null;
  #state: State = "idle";
  #isInputEnded = false;
  #lingered = 0;
  /** End of the time that the current request has in all. */
  #totalAt = Infinity;

  constructor(
    socket: Socket,
    listener: ListenerContext,
    onClosed: (connection: ClientConnection) => void,
  ) {
    const { thread, config } = listener;
    this.socket = socket;
    this.listener = listener;
    this.#onClosed = onClosed;
    this.address = clientAddress(socket);
    this.#preface = createPreface(listener, this.address);
    this.#intake = new RequestIntake(listener, socket);
    const onBlocked = (): void => this.#arm(this.listener.config.timeouts.sendMs);
    this.#writer = new ClientWriter(socket, thread.transfer, thread.turns, onBlocked);
    this.#exchange = new Exchange(this);
    this.#retiresAt = thread.clock() + jittered(config.timeouts.connectionMs, thread.random);
    const { requestsPerConnection } = config.limits;
    this.#requestsLeft = Math.round(jittered(requestsPerConnection || Infinity, thread.random));
    socket.on("drain", () => this.#drained());
    socket.on("end", () => this.#inputEnded());
    socket.on("error", () => this.#closed());
    socket.on("close", () => this.#closed());
    this.#arm(config.timeouts.headerMs);
  }

  /** The configuration changed: at once between two requests, else when the current one has ended. */
  follow(listener: ListenerContext): void {
    this.#nextListener = listener;
    if (this.#state === "idle" && this.#preface === null) this.#followNext(listener);
  }

  #followNext(listener: ListenerContext): void {
    this.#nextListener = null;
    this.listener = listener;
    this.#intake.follow(listener);
    this.#forwarding = null;
  }

  /** Everything that arrives; false pauses reading. `input` is valid only now. */
  receive(input: Buffer, length: number): boolean {
    const start = this.#preface === null ? 0 : this.#takePreface(this.#preface, input, length);
    this.#take(input, start, length);
    return !this.#intake.isPaused;
  }

  /** The answer is where the first request begins. */
  #takePreface(preface: ProxyPreface, input: Buffer, end: number): number {
    const header = preface.take(input, end);
    if (header.kind === "incomplete") return end;
    if (header.kind === "complete") {
      this.#preface = null;
      this.#ends = header.ends;
      this.address = header.ends?.source.address ?? this.address;
      return header.size;
    }
    const { thread } = this.listener;
    const message = `a connection from ${this.address} was closed: ${header.reason}`;
    thread.notices.add("proxy-header-refused", message, thread.clock());
    // Whoever sent this may not speak HTTP, so there is nothing to say to it.
    this.#leave();
    return end;
  }

  /** Those that its PROXY header names, else those of the socket; null where neither has any. */
  get ends(): ConnectionEnds | null {
    return (this.#ends ??= endsOf(this.socket));
  }

  get isClosed(): boolean {
    return this.#state === "closed";
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

  /** The backend takes more of the request body; what came too early goes first. */
  resumeBody(): void {
    if (this.#state !== "exchange" || this.#exchange.isRequestComplete) return;
    this.#arm(this.listener.config.timeouts.bodyMs);
    const pending = this.#intake.takePending();
    this.#intake.resume();
    if (pending !== null) this.#take(pending, 0, pending.length);
  }

  /** The backend takes the body slower than the client sends it. */
  pauseBody(): void {
    this.#intake.pause();
    this.#disarm();
  }

  /** The backend takes bytes again. */
  backendDrained(): void {
    if (this.#state === "tunnel") this.#intake.resume();
    else this.resumeBody();
  }

  /** The protocol was switched: what arrived after the request's head belongs to the tunnel. */
  openTunnel(): void {
    this.#state = "tunnel";
    this.#intake.resume();
    const pending = this.#intake.takePending();
    if (pending !== null) this.#take(pending, 0, pending.length);
    if (this.#isInputEnded) this.#exchange.upstream?.endTunnel();
  }

  /** `isDown` of the backend that the current request waits for. */
  leaveDownBackend(isDown: (backend: Backend) => boolean): void {
    const { lease } = this.#exchange;
    const isWaiting = this.#state === "exchange" && lease !== null;
    if (isWaiting && isDown(lease.backend)) leaveDownBackend(this.#exchange);
  }

  /** Until the current request's time in all is over; Infinity when it has no limit. */
  remainingMs(now: number): number {
    return this.#totalAt - now;
  }

  /** Called when the response begins: a half-closed client is evidently being served. */
  responseStarted(): void {
    if (!this.#writer.isBlocked) this.#disarm();
  }

  /** The response is written; the next request may follow, or the connection ends. */
  finishExchange(now: number): void {
    if (this.#state !== "exchange" && this.#state !== "tunnel") return;
    const { closes } = this.#exchange;
    this.#exchange.end();
    this.#totalAt = Infinity;
    if (this.#nextListener !== null) this.#followNext(this.#nextListener);
    if (closes) {
      this.#linger();
      return;
    }
    this.#state = "idle";
    // A client that does not read its responses gets no more of them; `drain` goes on from here.
    if (!this.#writer.isBlocked) this.#nextRequest(now);
    else this.#arm(this.listener.config.timeouts.sendMs);
  }

  /** Cuts the connection so that the client can see that the response is not whole. */
  abort(): void {
    this.#writer.writeHeld();
    // A unix socket knows no RST; there a missing last chunk or byte has to tell.
    if (this.listener.config.address.kind === "unix") this.socket.destroy();
    else this.socket.resetAndDestroy();
  }

  /** Shutdown: an idle connection may still bring one request, which is answered with `close`. */
  drain(): void {
    if (this.#state === "idle") this.#arm(this.listener.config.timeouts.drainMs);
  }

  destroy(): void {
    this.#leave();
  }

  onDeadline(now: number): void {
    if (now >= this.#totalAt) {
      this.#totalAt = Infinity;
      refuse(this.#exchange, overTotal);
      return;
    }
    if (!this.#writer.isFlushed) {
      if (this.#writer.hasProgressed()) this.#arm(this.listener.config.timeouts.sendMs);
      else this.#leave();
      return;
    }
    if (this.#state === "head") this.#refuseSlowHead();
    else if (this.#state !== "exchange") this.#leave();
    else if (this.#exchange.isRequestComplete) this.#leave();
    else refuse(this.#exchange, stalledBody);
  }

  #take(input: Buffer, start: number, end: number): void {
    let at = start;
    while (at < end && this.#mayReadHead()) at = this.#readHead(input, at, end);
    if (at >= end) return;
    if (this.#state === "exchange") this.#takeDuringExchange(input, at, end);
    else if (this.#state === "tunnel") this.#takeTunnel(input, at, end);
    else if (this.#state === "lingering") this.#discard(end - at);
    else if (this.#state !== "closed") this.#intake.stash(input, at, end);
  }

  #mayReadHead(): boolean {
    return (this.#state === "idle" || this.#state === "head") && !this.#writer.isBlocked;
  }

  #readHead(input: Buffer, start: number, end: number): number {
    const { requestParsers } = this.listener;
    const parser = this.#intake.readHead(input, start, end);
    const at = this.#intake.next;
    if (parser === null) {
      if (this.#state === "idle" && this.#intake.isInHead) {
        this.#state = "head";
        this.#arm(this.listener.config.timeouts.headerMs);
      }
      return at;
    }
    this.#state = "exchange";
    const next = this.#begin(parser, input, at, end);
    requestParsers.giveBack(parser);
    return next;
  }

  #begin(parser: RequestParser, input: Buffer, at: number, end: number): number {
    const exchange = this.#exchange;
    const { thread, config } = this.listener;
    const now = thread.clock();
    exchange.begin(now, thread.requestIds.next());
    if (config.timeouts.totalMs > 0) this.#totalAt = now + config.timeouts.totalMs;
    this.#disarm();
    this.#intake.beginBody(parser, now);
    const mustClose = --this.#requestsLeft <= 0 || now >= this.#retiresAt;
    const head = handleRequest(exchange, parser, mustClose);
    if (head === null) return at;
    const changes = exchange.route?.requestChanges ?? null;
    if (changes !== null) this.#intake.dropTrailers(changes.dropped);
    exchange.upstreamPrefix = this.#intake.takeBody(head, input, at, end);
    exchange.bytesIn = this.#intake.received;
    exchange.isRequestComplete = this.#intake.isBodyDone;
    const { next } = this.#intake;
    const refusal = this.#intake.bodyRefusal(now);
    if (refusal !== null) {
      refuse(exchange, refusal);
      return end;
    }
    if (!exchange.isRequestComplete) this.#intake.pause();
    thread.queue(exchange);
    return next;
  }

  #takeDuringExchange(input: Buffer, start: number, end: number): void {
    const { isRequestComplete, upstream } = this.#exchange;
    const at =
      isRequestComplete || upstream?.isSending !== true ? start : this.#takeBody(input, start, end);
    if (at < end && this.#state === "exchange") this.#intake.stash(input, at, end);
  }

  #takeBody(input: Buffer, start: number, end: number): number {
    const exchange = this.#exchange;
    const data = this.#intake.takeBody("", input, start, end);
    const { next } = this.#intake;
    exchange.bytesIn = this.#intake.received;
    const refusal = this.#intake.bodyRefusal(this.listener.thread.clock());
    if (refusal !== null) {
      this.listener.thread.transfer.giveBack(data);
      refuse(exchange, refusal);
      return end;
    }
    exchange.isRequestComplete = this.#intake.isBodyDone;
    if (exchange.isRequestComplete) this.#disarm();
    // One piece per turn: the backend's answer, if there is one already, is read before it is written.
    else this.pauseBody();
    keepForReplay(exchange, data, this.listener.thread.transfer.content);
    exchange.upstream?.sendBody(data);
    return next;
  }

  #takeTunnel(input: Buffer, start: number, end: number): void {
    const exchange = this.#exchange;
    exchange.bytesIn += end - start;
    const data = this.listener.thread.transfer.copy(input, start, end);
    if (exchange.upstream?.sendRaw(data) === false) this.#intake.pause();
  }

  /** Whatever came while the last request was served, then whatever comes. */
  #nextRequest(now: number): void {
    const { timeouts } = this.listener.config;
    this.#armFrom(now, this.listener.isDraining ? timeouts.drainMs : timeouts.keepAliveMs);
    const pending = this.#intake.takePending();
    if (pending !== null) this.#take(pending, 0, pending.length);
    if (this.#state === "idle" && this.#isInputEnded) this.#linger();
    else if (this.#state === "idle" || this.#state === "head" || this.#exchange.isRequestComplete) {
      if (!this.#intake.hasPending) this.#intake.resume();
    }
  }

  #refuseSlowHead(): void {
    this.#state = "exchange";
    this.#intake.drop();
    const { thread } = this.listener;
    this.#exchange.begin(thread.clock(), thread.requestIds.next());
    this.#exchange.isRequestComplete = false;
    refuse(this.#exchange, slowHead);
  }

  #inputEnded(): void {
    this.#isInputEnded = true;
    if (this.#state === "exchange" && this.#exchange.isRequestComplete) {
      if (!this.#exchange.isResponseStarted) this.#arm(halfClosedGraceMs);
    } else if (this.#state === "exchange") this.#leave();
    else if (this.#state === "tunnel") this.#exchange.upstream?.endTunnel();
    else if (this.#state === "idle") {
      if (!this.#intake.hasPending) this.#linger();
    } else this.#end();
  }

  #drained(): void {
    this.#writer.drained();
    if (this.#state === "idle") this.#nextRequest(this.listener.thread.clock());
    else if (this.#state === "head") this.#resumeHead();
    if (this.#state !== "exchange" && this.#state !== "tunnel") return;
    this.#disarm();
    this.#exchange.upstream?.resume();
  }

  /** The client fell behind while its next request was arriving; what came since was kept. */
  #resumeHead(): void {
    this.#arm(this.listener.config.timeouts.headerMs);
    const pending = this.#intake.takePending();
    this.#intake.resume();
    if (pending !== null) this.#take(pending, 0, pending.length);
  }

  #end(): void {
    this.#writer.writeHeld();
    this.socket.destroy();
  }

  #linger(): void {
    this.#state = "lingering";
    this.#intake.drop();
    this.#writer.writeHeld();
    this.#arm(this.#writer.isFlushed ? lingerMs : this.listener.config.timeouts.sendMs);
    this.socket.end(() => this.#state === "lingering" && this.#arm(lingerMs));
    // Reading on keeps the kernel from answering unread bytes with RST, which could destroy the
    // response before the client has read it.
    this.#intake.resume();
  }

  #discard(bytes: number): void {
    this.#lingered += bytes;
    if (this.#lingered > maxLingerBytes) this.#end();
  }

  /** Gives up on the client; one that has part of a response must see that it is not whole. */
  #leave(): void {
    if (this.#exchange.isActive && this.#exchange.isResponseStarted) this.abort();
    else this.#end();
    this.#closed();
  }

  #closed(): void {
    if (this.#state === "closed") return;
    const wasServing = this.#state === "exchange" || this.#state === "tunnel";
    this.#state = "closed";
    this.#totalAt = this.deadlineAt = Infinity;
    this.#intake.drop();
    if (wasServing && this.#exchange.isActive) abandon(this.#exchange);
    this.#onClosed(this);
  }

  #arm(ms: number): void {
    this.#armFrom(this.listener.thread.clock(), ms);
  }

  #armFrom(now: number, ms: number): void {
    this.deadlineAt = Math.min(now + ms, this.#totalAt);
    this.listener.thread.deadlines.watch(this);
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
