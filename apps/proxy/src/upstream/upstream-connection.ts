import { type NetConnectOpts, type Socket, connect } from "node:net";
import { BodyDecoder, type ResponseParser, forwardInformationalHead } from "@evenkeel/http1";
import type { Exchange } from "../exchange.ts";
import { attemptFailed, finishResponse, responseHead, switchProtocols } from "../handle-request.ts";
import type { AttemptFailure } from "../proxy-error.ts";
import { writeHighWaterMarkBytes } from "../thread-context.ts";
import type { Timed } from "../timing/deadlines.ts";
import type { BackendConnections } from "./backend-connections.ts";
import {
  classifyConnectError,
  connectTimeout,
  malformedResponse,
  responseTimeout,
  terminated,
} from "./classify-error.ts";

type State = "connecting" | "busy" | "idle" | "closed";

/** A backend that sends more 1xx than this never means to answer (security.md row 80). */
const maxInformational = 32;

/** After one side of a tunnel ended, the other one gets this long. */
const tunnelLingerMs = 5_000;

/** One connection to one backend, for one request at a time. */
export class UpstreamConnection implements Timed {
  deadlineAt: number = Infinity;
  wakeAt = 0;
  /** Monotonic; meaningful while idle. */
  idleSince = 0;
  readonly #owner: BackendConnections;
  readonly #body: BodyDecoder = new BodyDecoder();
  #socket: Socket | null = null;
  #state: State = "connecting";
  #exchange: Exchange | null = null;
  #parser: ResponseParser | null = null;
  #failure: AttemptFailure | null = null;
  #isSent = false;
  #isAnswered = false;
  #isReused = false;
  #isPersistent = false;
  #isReadPaused = false;
  #informational = 0;

  constructor(owner: BackendConnections) {
    this.#owner = owner;
  }

  /** Dials, then sends. Nothing is written before the connection stands. */
  connect(exchange: Exchange): void {
    this.#attach(exchange);
    const { backend, thread, config } = this.#owner;
    const options: NetConnectOpts & { writableHighWaterMark: number } = {
      host: backend.host,
      port: backend.port,
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
    socket.on("connect", () => this.#connected());
    socket.on("drain", () => this.#exchange?.client.backendDrained());
    socket.on("end", () => this.#inputEnded());
    socket.on("error", (error: NodeJS.ErrnoException) => this.#failed(error));
    socket.on("close", () => this.#closed());
    this.#arm(config.timeouts.connectMs);
  }

  /** A kept connection takes its next request. */
  send(exchange: Exchange): void {
    this.#attach(exchange);
    this.#isReused = true;
    this.#write();
  }

  sendBody(data: string | Buffer): void {
    const exchange = this.#exchange as Exchange;
    exchange.isBodyStreamed = true;
    const isFlowing = this.#writeOut(data);
    if (exchange.isRequestComplete) this.#arm(this.#owner.config.timeouts.responseMs);
    else if (!isFlowing) {
      exchange.client.pauseBody();
      this.#arm(this.#owner.config.timeouts.idleMs);
    } else this.deadlineAt = Infinity;
  }

  /** The client reads again. */
  resume(): void {
    if (!this.#isReadPaused) return;
    this.#isReadPaused = false;
    this.#armBody();
    this.#socket?.resume();
  }

  /** The exchange no longer wants this attempt. */
  abandon(): void {
    this.#exchange = null;
    this.destroy();
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

  #attach(exchange: Exchange): void {
    this.#exchange = exchange;
    this.#isSent = this.#isAnswered = false;
    this.#informational = 0;
    exchange.upstream = this;
  }

  #connected(): void {
    if (this.#exchange !== null) this.#write();
    else this.destroy();
  }

  #write(): void {
    const exchange = this.#exchange as Exchange;
    this.#state = "busy";
    this.#isSent = true;
    const isFlowing = this.#writeOut(exchange.upstreamPrefix);
    if (exchange.isRequestComplete) {
      this.#arm(this.#owner.config.timeouts.responseMs);
      return;
    }
    this.deadlineAt = Infinity;
    if (isFlowing) exchange.client.resumeBody();
    else this.#arm(this.#owner.config.timeouts.idleMs);
  }

  #writeOut(data: string | Buffer): boolean {
    return this.#owner.thread.transfer.write(this.#socket as Socket, data);
  }

  #receive(input: Buffer, length: number): boolean {
    const exchange = this.#exchange;
    if (this.#state !== "busy" || exchange === null) {
      // A byte on an idle connection is not the answer to anything (RFC 9112 9.2).
      this.destroy();
      return false;
    }
    this.#isAnswered = true;
    if (exchange.isTunnel) this.#tunnel(exchange, input, 0, length);
    else if (exchange.isResponseStarted) this.#relay(exchange, "", input, 0, length);
    else this.#readHeads(exchange, input, length);
    return !this.#isReadPaused;
  }

  #readHeads(exchange: Exchange, input: Buffer, end: number): void {
    const shelf = this.#owner.thread.responseParsers;
    const parser = (this.#parser ??= shelf.take());
    let at = 0;
    while (at < end && !exchange.isResponseStarted) {
      at += parser.feed(input, at, end, exchange.method === "HEAD");
      if (parser.state === "incomplete") return;
      if (parser.state === "invalid" || !this.#isWelcome(parser.status)) {
        this.#fail(malformedResponse);
        return;
      }
      if (parser.status === 101) this.#switch(exchange, parser, input, at, end);
      else if (parser.status < 200) this.#relayInformational(exchange, parser);
      else this.#begin(exchange, parser, input, at, end);
    }
  }

  #isWelcome(status: number): boolean {
    return status >= 200 || ++this.#informational <= maxInformational;
  }

  #relayInformational(exchange: Exchange, parser: ResponseParser): void {
    if (exchange.clientMinor === 1) exchange.client.send(forwardInformationalHead(parser));
    parser.reset();
  }

  #switch(
    exchange: Exchange,
    parser: ResponseParser,
    input: Buffer,
    at: number,
    end: number,
  ): void {
    const head = switchProtocols(exchange, parser);
    this.#parser = null;
    this.#owner.thread.responseParsers.giveBack(parser);
    if (head === null) {
      this.#fail(malformedResponse);
      return;
    }
    exchange.client.send(head);
    this.#tunnel(exchange, input, at, end);
    exchange.client.openTunnel();
  }

  /** After a 101: bytes as they come. The same bytes that brought the 101 may hold the first of them. */
  #tunnel(exchange: Exchange, input: Buffer, start: number, end: number): void {
    this.#arm(this.#owner.config.timeouts.tunnelMs);
    if (start >= end) return;
    exchange.bytesOut += end - start;
    const data = this.#owner.thread.transfer.copy(input, start, end);
    if (!exchange.client.send(data)) this.#isReadPaused = true;
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

  #begin(exchange: Exchange, parser: ResponseParser, input: Buffer, at: number, end: number): void {
    const head = responseHead(exchange, parser);
    this.#isPersistent = parser.isPersistent;
    this.#body.start(parser.bodyKind, parser.framing.length);
    this.#parser = null;
    this.#owner.thread.responseParsers.giveBack(parser);
    this.#relay(exchange, head, input, at, end);
  }

  #relay(exchange: Exchange, head: string, input: Buffer, start: number, end: number): void {
    const { transfer } = this.#owner.thread;
    const kind = exchange.responseBodyKind;
    const data = transfer.take(this.#body, kind, head, input, start, end);
    const hasStrayBytes = transfer.next < end;
    exchange.bytesOut += transfer.content;
    if (data.length > 0 && !exchange.client.send(data)) this.#isReadPaused = true;
    if (this.#body.violation !== null) this.#fail(malformedResponse);
    else if (this.#body.isDone) this.#finish(exchange, hasStrayBytes);
    else this.#armBody();
  }

  /** While we do not read, no deadline runs against the backend. */
  #armBody(): void {
    const { timeouts } = this.#owner.config;
    if (this.#exchange?.isTunnel === true) this.#arm(timeouts.tunnelMs);
    else if (this.#isReadPaused) this.deadlineAt = Infinity;
    else this.#arm(timeouts.idleMs);
  }

  #finish(exchange: Exchange, hasStrayBytes: boolean): void {
    const isReusable = this.#isPersistent && exchange.isRequestComplete && !hasStrayBytes;
    this.#exchange = null;
    this.deadlineAt = Infinity;
    if (isReusable) this.#release();
    else this.destroy();
    finishResponse(exchange);
  }

  #release(): void {
    this.#state = "idle";
    this.idleSince = this.#owner.thread.clock();
    if (this.#isReadPaused) {
      // Reading while idle is how stray bytes and closes are seen.
      this.#isReadPaused = false;
      this.#socket?.resume();
    }
    this.#owner.release(this);
  }

  #inputEnded(): void {
    const exchange = this.#exchange;
    if (this.#state === "busy" && exchange?.isTunnel === true) {
      this.#finish(exchange, true);
      return;
    }
    if (this.#state === "busy" && exchange?.isResponseStarted === true && this.#body.finish()) {
      this.#isPersistent = false;
      this.#relay(exchange, "", emptyBuffer, 0, 0);
      return;
    }
    this.destroy();
  }

  #failed(error: NodeJS.ErrnoException): void {
    if (this.#state === "connecting") this.#failure ??= classifyConnectError(error.code);
    this.#closed();
  }

  #fail(failure: AttemptFailure): void {
    this.#failure = failure;
    this.destroy();
  }

  #closed(): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.deadlineAt = Infinity;
    if (this.#parser !== null) this.#owner.thread.responseParsers.giveBack(this.#parser);
    this.#parser = null;
    this.#owner.closed(this);
    const exchange = this.#exchange;
    this.#exchange = null;
    if (exchange === null) return;
    attemptFailed(exchange, this.#failure ?? terminated, {
      sent: this.#isSent,
      answered: this.#isAnswered,
      reused: this.#isReused,
    });
  }

  #arm(ms: number): void {
    const { thread } = this.#owner;
    this.deadlineAt = thread.clock() + ms;
    thread.deadlines.watch(this);
  }
}

const emptyBuffer = Buffer.alloc(0);
