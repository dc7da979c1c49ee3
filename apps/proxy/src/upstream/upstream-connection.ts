import { type NetConnectOpts, type Socket, connect } from "node:net";
import type { ClientConnection } from "../downstream/client-connection.ts";
import type { Exchange } from "../exchange.ts";
import { attemptDisplaced, attemptFailed, finishResponse } from "../handle-request.ts";
import type { AttemptFailure } from "../proxy-error.ts";
import { writeHighWaterMarkBytes } from "../thread-context.ts";
import type { Timed } from "../timing/deadlines.ts";
import { mayMove } from "../try-again.ts";
import type { BackendConnections } from "./backend-connections.ts";
import {
  classifyConnectError,
  connectTimeout,
  malformedResponse,
  responseTimeout,
  terminated,
} from "./classify-error.ts";
import { dialTarget } from "./dial-target.ts";
import { proxyHeaderText } from "./proxy-header-text.ts";
import { RequestSlots } from "./request-slots.ts";
import { type RelayState, ResponseRelay } from "./response-relay.ts";

type State = "connecting" | "busy" | "tunnel" | "idle" | "closed";

/** An answer that nobody wants is read to its end, to keep the connection, if that takes no more than this. */
const maxDiscardedBytes = 64 * 1024;
const discardMs = 1_000;
/** After one side of a tunnel ended, the other one gets this long. */
const tunnelLingerMs = 5_000;

/**
 * One connection to one backend. It carries one request at a time, or with `connections.pipelining`
 * a batch of requests that became ready in the same turn; responses come in their order.
 */
export class UpstreamConnection implements Timed {
  deadlineAt: number = Infinity;
  wakeAt = 0;
  /** Monotonic; meaningful while idle. */
  idleSince = 0;
  /** Whom its PROXY header names; null without one. */
  client: ClientConnection | null = null;
  #owner: BackendConnections;
  readonly #relay: ResponseRelay;
  #socket: Socket | null = null;
  #state: State = "connecting";
  readonly #slots: RequestSlots = new RequestSlots();
  #bodyPiece: string | Buffer = "";
  #failure: AttemptFailure | null = null;
  #isSent = false;
  #isAnswered = false;
  #isReused = false;
  #isReadPaused = false;
  /** The answer that arrives is thrown away. */
  #isDiscarding = false;
  /** The request that it answers will never be whole. */
  #isCut = false;

  constructor(owner: BackendConnections) {
    this.#owner = owner;
    this.#relay = new ResponseRelay(owner.thread, this);
  }

  /** Dials, then sends. Nothing is written before the connection stands. */
  connect(exchange: Exchange): void {
    this.#attach(exchange);
    const { backend, thread, config } = this.#owner;
    if (config.proxyProtocol !== null) this.client = exchange.client;
    const options: NetConnectOpts & { writableHighWaterMark: number } = {
      ...dialTarget(backend),
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: 60_000,
      writableHighWaterMark: writeHighWaterMarkBytes,
      onread: {
        buffer: thread.readBuffer,
        callback: (length, buffer) => this.#receive(buffer as Buffer, length),
      },
    };
    const socket = connect(options);
    this.#socket = socket;
    socket.setDefaultEncoding("latin1");
    socket.on("connect", () => this.#connected());
    socket.on("drain", () => this.#drained());
    socket.on("end", () => this.#inputEnded());
    socket.on("error", (error: NodeJS.ErrnoException) => this.#socketFailed(error));
    socket.on("close", () => this.#closed());
    this.#arm(config.timeouts.connectMs);
  }

  /** It belongs to another generation from now on; while idle only. */
  follow(owner: BackendConnections): void {
    this.#owner = owner;
  }

  /** A kept connection takes its next request. */
  send(exchange: Exchange): void {
    this.#reuse(exchange);
    this.flush();
  }

  /** A kept connection takes the first request of a batch; `flush` writes all of it. */
  beginBatch(exchange: Exchange): void {
    this.#reuse(exchange);
  }

  /** More requests of the batch may come until it is written. */
  get canJoin(): boolean {
    return !this.#isSent && this.#state !== "closed" && !this.#slots.isFull;
  }

  join(exchange: Exchange): void {
    this.#attach(exchange);
  }

  /** Writes what was attached: a single request, or a batch in one write. */
  flush(): void {
    if (this.#isSent) {
      const piece = this.#bodyPiece;
      this.#bodyPiece = "";
      this.#flushBody(piece);
      this.#owner.thread.transfer.giveBack(piece);
      return;
    }
    if (this.#state === "closed") return;
    this.#state = "busy";
    this.#isSent = true;
    this.#slots.dropUnwanted();
    this.#beginResponse();
    const isFlowing = this.#writeOut(this.#slots.requests());
    const exchange = this.#slots.first;
    if (exchange === null) this.#arm(this.#owner.config.timeouts.responseMs);
    else {
      this.#armRequest(exchange, isFlowing);
      if (isFlowing) exchange.client.resumeBody();
    }
  }

  /** The head was written and the body may follow. */
  get isSending(): boolean {
    return this.#state === "busy" && this.#isSent;
  }

  /**
   * The next piece of the request body, written at the end of the turn: a backend that has answered
   * and gone is heard before a write to it would fail and destroy its answer with the socket.
   */
  sendBody(data: string | Buffer): void {
    this.#bodyPiece = data;
    this.#owner.thread.turns.flushAtEnd(this);
  }

  #flushBody(piece: string | Buffer): void {
    const exchange = this.#slots.first;
    if (exchange === null || this.#state !== "busy") return;
    const isFlowing = piece.length === 0 || this.#writeOut(piece);
    this.#armRequest(exchange, isFlowing);
    if (isFlowing) exchange.client.resumeBody();
  }

  #drained(): void {
    const exchange = this.#slots.first;
    if (exchange === null) return;
    if (this.#state === "busy") this.#armRequest(exchange, true);
    exchange.client.backendDrained();
  }

  /** Once the request is written the response is due; before that, only a blocked write is. */
  #armRequest(exchange: Exchange, isFlowing: boolean): void {
    const { timeouts } = this.#owner.config;
    if (exchange.isResponseStarted) this.#armBody();
    else if (exchange.isRequestComplete) this.#arm(timeouts.responseMs);
    else if (isFlowing) this.deadlineAt = Infinity;
    else this.#arm(timeouts.idleMs);
  }

  /** Bytes of the client's side of a tunnel; false when the backend reads slower than they come. */
  sendRaw(data: string | Buffer): boolean {
    this.#arm(this.#owner.config.timeouts.tunnelMs);
    return this.#writeOut(data);
  }

  /** The client has said its last; what the backend still says is delivered (RFC 9110 9.3.6). */
  endTunnel(): void {
    this.#arm(tunnelLingerMs);
    this.#socket?.end();
  }

  /** The client reads again. */
  resume(): void {
    if (!this.#isReadPaused) return;
    this.#isReadPaused = this.#relay.isBlocked = false;
    this.#armBody();
    this.#socket?.resume();
  }

  /**
   * The exchange no longer wants this attempt. In a batch its answer is read and thrown away, so that
   * the others keep theirs; alone, or once it is being answered, the connection goes.
   */
  abandon(exchange: Exchange): void {
    const isAnswering = exchange === this.#slots.first && this.#isAnswered;
    if (!this.#slots.disown(exchange)) return;
    if (isAnswering || !this.#slots.isWanted) this.destroy();
  }

  /** The answer whose head just arrived is not passed on. */
  discard(exchange: Exchange): void {
    this.#slots.disown(exchange);
    this.#isDiscarding = true;
    this.#isCut = !exchange.isRequestComplete;
    this.#arm(discardMs);
  }

  destroy(): void {
    this.#socket?.destroy();
    this.#closed();
  }

  onDeadline(): void {
    if (this.#state === "connecting") this.#failure = connectTimeout;
    else if (this.#state === "busy") this.#failure = responseTimeout;
    this.destroy();
  }

  #reuse(exchange: Exchange): void {
    this.#isReused = true;
    this.#isSent = this.#isAnswered = false;
    this.#attach(exchange);
  }

  #attach(exchange: Exchange): void {
    this.#slots.add(exchange);
    exchange.upstream = this;
  }

  #connected(): void {
    if (!this.#slots.isWanted) {
      this.destroy();
      return;
    }
    const { proxyProtocol } = this.#owner.config;
    if (proxyProtocol !== null && this.client !== null) {
      this.#writeOut(proxyHeaderText(proxyProtocol, this.client.ends));
    }
    this.flush();
  }

  #writeOut(data: string | Buffer): boolean {
    return this.#owner.thread.transfer.write(this.#socket as Socket, data, false);
  }

  #receive(input: Buffer, length: number): boolean {
    if (this.#state === "tunnel") this.#tunnel(input, 0, length);
    else if (this.#state === "busy") this.#takeResponses(input, length);
    // A byte on an idle connection is not the answer to anything (RFC 9112 9.2).
    else this.destroy();
    return !this.#isReadPaused;
  }

  #takeResponses(input: Buffer, end: number): void {
    let at = 0;
    do {
      this.#isAnswered = true;
      const exchange = this.#slots.first;
      const state = this.#relay.take(exchange, input, at, end);
      at = this.#relay.next;
      if (state === "tunnel") this.#openTunnel(exchange as Exchange, input, at, end);
      else if (state === "done") this.#finish(at < end);
      else this.#goOn(state);
      if (state !== "done") return;
    } while (at < end && this.#state === "busy");
  }

  #goOn(state: RelayState): void {
    if (state === "malformed") {
      this.#fail(malformedResponse);
      return;
    }
    if (this.#isDiscarding) {
      if (this.#isCut || this.#relay.received > maxDiscardedBytes) this.destroy();
      return;
    }
    if (this.#relay.isBlocked) this.#isReadPaused = true;
    if (this.#isReadPaused && this.#slots.count > 1) this.#freeFollowers();
    if (this.#relay.isBodyBegun) this.#armBody();
  }

  /** While we do not read, no deadline runs against the backend. */
  #armBody(): void {
    const { timeouts } = this.#owner.config;
    if (this.#state === "tunnel") this.#arm(timeouts.tunnelMs);
    else if (this.#isReadPaused) this.deadlineAt = Infinity;
    else this.#arm(timeouts.idleMs);
  }

  #openTunnel(exchange: Exchange, input: Buffer, at: number, end: number): void {
    this.#state = "tunnel";
    this.#tunnel(input, at, end);
    exchange.client.openTunnel();
  }

  /** After a 101: bytes as they come. The same read that brought the 101 may hold the first of them. */
  #tunnel(input: Buffer, start: number, end: number): void {
    const exchange = this.#slots.first;
    this.#arm(this.#owner.config.timeouts.tunnelMs);
    if (start >= end || exchange === null) return;
    exchange.bytesOut += end - start;
    const data = this.#owner.thread.transfer.copy(input, start, end);
    if (!exchange.client.send(data)) this.#isReadPaused = true;
  }

  /** The first response is whole: the next one of the batch begins, or the connection is free. */
  #finish(hasMoreBytes: boolean): void {
    const exchange = this.#slots.shift();
    // The last piece may still wait for the turn's end: the backend would take the next request for it.
    const isWritten = this.#bodyPiece.length === 0;
    const isRequestComplete = !this.#isCut && isWritten && exchange?.isRequestComplete !== false;
    const isReusable = this.#relay.isPersistent && isRequestComplete;
    const now = this.#owner.thread.clock();
    // Those behind a last answer will never be read there (RFC 9112 9.6), so moving them repeats nothing.
    if (!isReusable) this.#displace(this.#slots.takeAll(), true);
    if (this.#slots.count > 0) this.#beginNext();
    else if (isReusable && !hasMoreBytes) this.#release(now);
    else this.destroy();
    if (exchange !== null) finishResponse(exchange, now);
  }

  #beginNext(): void {
    this.#isAnswered = false;
    this.#beginResponse();
    this.#arm(this.#owner.config.timeouts.responseMs);
  }

  #beginResponse(): void {
    this.#isDiscarding = this.#isCut = false;
    this.#relay.begin(this.#slots.isFirstHead);
  }

  #release(now: number): void {
    this.#state = "idle";
    this.deadlineAt = Infinity;
    this.idleSince = now;
    if (this.#isReadPaused) {
      // Reading while idle is how stray bytes and closes are seen.
      this.#isReadPaused = false;
      this.#socket?.resume();
    }
    this.#owner.release(this);
  }

  #inputEnded(): void {
    const exchange = this.#slots.first;
    const isEnd =
      this.#state === "tunnel" ||
      (this.#state === "busy" && this.#relay.endOfInput(exchange) === "done");
    if (isEnd) this.#finish(true);
    else this.destroy();
  }

  #socketFailed(error: NodeJS.ErrnoException): void {
    if (this.#state === "connecting") this.#failure ??= classifyConnectError(error.code);
    this.#closed();
  }

  #fail(failure: AttemptFailure): void {
    this.#failure = failure;
    this.destroy();
  }

  #closed(): void {
    if (this.#state === "closed") return;
    const wasTunnel = this.#state === "tunnel";
    this.#state = "closed";
    this.deadlineAt = Infinity;
    this.#relay.drop();
    this.#owner.closed(this);
    const first = this.#slots.shift();
    const followers = this.#slots.takeAll();
    if (first !== null && wasTunnel) finishResponse(first, this.#owner.thread.clock());
    else if (first !== null) this.#failed(first, this.#isAnswered);
    // Nothing of a batch was written: the backend failed every one of them alike.
    if (this.#isSent) this.#displace(followers, false);
    else for (const exchange of followers) this.#failed(exchange, false);
  }

  #failed(exchange: Exchange, answered: boolean): void {
    const facts = { sent: this.#isSent, answered, reused: this.#isReused };
    attemptFailed(exchange, this.#failure ?? terminated, facts, this);
  }

  /** Whatever happened ahead of them is not theirs; they go on elsewhere. */
  #displace(followers: readonly Exchange[], isFree: boolean): void {
    if (followers.length > 0) this.#owner.batchBroke();
    for (const exchange of followers) attemptDisplaced(exchange, terminated, isFree, this);
  }

  /**
   * Nobody should wait behind a client that does not read. Who may be tried again moves on; its answer
   * still comes and is thrown away, so that the connection stays in step.
   */
  #freeFollowers(): void {
    const free = this.#slots.disownFollowers(mayMove);
    for (const exchange of free) attemptDisplaced(exchange, terminated, true, this);
  }

  #arm(ms: number): void {
    const { thread } = this.#owner;
    this.deadlineAt = thread.turns.now + ms;
    thread.deadlines.watch(this);
  }
}
