/*
 * autocannon loses count when a connection ends badly: a FIN without a response is not an error and
 * shifts every later latency by one request, a truncated body swallows the next response, a refused
 * target becomes a busy loop of thousands of errors per second, an interim 1xx counts as the answer,
 * a HEAD response with a Content-Length waits for a body, `Connection: close` is answered with another
 * request on the same connection. A checker built on that would blame the balancer for its own faults.
 *
 * All of it is repaired from outside here, by wrapping four private methods and two parser callbacks
 * of an exactly pinned version. The invariant is simple: every request that was written leaves the
 * pending queue once, with one outcome.
 */
import {
  type AutocannonClient,
  onHeadersComplete,
  onMessageComplete,
  type ResponseHead,
} from "./autocannon-client.ts";
import { classifyConnectionEnd, type ErrorKind } from "./outcome.ts";

/** What one hardened client reports. Each written request ends in exactly one of the first three. */
export interface ClientSink {
  /** `body` is there where the rules want it, `bodyBytes` always. */
  response(
    head: ResponseHead,
    latencyMs: number,
    body: Buffer | undefined,
    bodyBytes: number,
  ): void;
  lost(error: ErrorKind, code: string | undefined): void;
  aborted(): void;
  /** The transport connection stands; the response may still never come. */
  connected(): void;
  /** Nothing will be reported any more. */
  done(): void;
}

/** What a client must know about its requests to judge the responses; read anew for every request. */
export interface ClientRules {
  readonly method: string;
  readonly timeoutMs: number;
  readonly expectBody: string | undefined;
  /** Hands the body on with the response. */
  readonly readsBody?: boolean;
  /** No second request on a connection. */
  readonly closesConnections?: boolean;
}

/** Longest pause before trying again, so that a target that comes back is found quickly. */
const maxReconnectDelayMs = 250;

/** The first failure reconnects at once; then 20, 40, 80, ... ms up to {@link maxReconnectDelayMs}. */
export function reconnectDelayMs(failuresInARow: number): number {
  if (failuresInARow <= 1) return 0;
  return Math.min(maxReconnectDelayMs, 10 * 2 ** Math.min(failuresInARow - 1, 10));
}

/** Repairs `client`; call it from autocannon's `setupClient`, before the client connects. */
export function hardenClient(client: AutocannonClient, rules: ClientRules, sink: ClientSink): void {
  new HardenedClient(client, rules, sink).install();
}

class HardenedClient {
  readonly #client: AutocannonClient;
  readonly #rules: ClientRules;
  readonly #sink: ClientSink;
  readonly #connect: () => void;
  readonly #doRequest: () => void;
  readonly #destroyConnection: () => void;
  readonly #destroy: () => void;
  #parserIsGuarded = false;
  #head: ResponseHead | undefined;
  #body: Buffer[] = [];
  #bodyBytes = 0;
  #failuresInARow = 0;
  #connectionError: string | undefined;
  #connectionIsUsedUp = false;
  #reconnectTimer: NodeJS.Timeout | undefined;

  constructor(client: AutocannonClient, rules: ClientRules, sink: ClientSink) {
    this.#client = client;
    this.#rules = rules;
    this.#sink = sink;
    this.#connect = client._connect.bind(client);
    this.#doRequest = client._doRequest.bind(client);
    this.#destroyConnection = client._destroyConnection.bind(client);
    this.#destroy = client.destroy.bind(client);
  }

  install(): void {
    const client = this.#client;
    // autocannon refuses timeouts below a second; the field does not.
    client.timeout = this.#rules.timeoutMs;
    client.pipelinedRequests.addBody = (data) => this.#onBody(data);
    client.on("connError", (error: NodeJS.ErrnoException) => {
      this.#connectionError = error.code ?? error.message;
    });
    client.on("response", (_status: number, _bytes: number, latencyMs: number) =>
      this.#onResponse(latencyMs),
    );
    client._connect = () => this.#reconnect();
    client._doRequest = () => this.#sendNext();
    client._destroyConnection = () => this.#closeConnection();
    client.destroy = () => this.#finish();
  }

  /** The client sets its parser callbacks after `setupClient`, so they are wrapped at the first connect. */
  #guardParser(): void {
    if (this.#parserIsGuarded) return;
    this.#parserIsGuarded = true;
    const { parser } = this.#client;
    const headersComplete = parser[onHeadersComplete];
    parser[onHeadersComplete] = (head) => {
      this.#head = head;
      this.#body = [];
      this.#bodyBytes = 0;
      headersComplete(head);
      return this.#rules.method === "HEAD"; // true: no body follows, whatever Content-Length says
    };
    const messageComplete = parser[onMessageComplete];
    parser[onMessageComplete] = () => this.#onMessage(messageComplete);
    const execute = parser.execute.bind(parser);
    parser.execute = (chunk) => {
      const result = execute(chunk);
      if (result instanceof Error && !this.#client.destroyed) this.#fail("malformed");
      return result;
    };
  }

  #onBody(data: Buffer): void {
    const { expectBody, readsBody } = this.#rules;
    this.#bodyBytes += data.length;
    if (expectBody !== undefined || readsBody === true) this.#body.push(data);
  }

  #onMessage(next: () => void): void {
    const head = this.#head;
    if (head === undefined || this.#client.pipelinedRequests.size() === 0) return;
    if (head.statusCode < 200) return; // interim (RFC 9110 section 15.2): the answer is still to come
    if (this.#hasStrayBytes()) return this.#fail("malformed");
    this.#connectionIsUsedUp = !this.#keepsAlive(head);
    if (this.#isExpectedBody()) return next();
    this.#client.pipelinedRequests.clear();
    this.#sink.lost("mismatch", undefined);
    this.#client._doRequest();
  }

  /** One request in flight means one response: more bytes in the same read belong to no request. */
  #hasStrayBytes(): boolean {
    const { chunk, offset, end } = this.#client.parser;
    if (chunk === null || offset >= end) return false;
    return chunk.subarray(offset, end).some((byte) => byte !== 0x0d && byte !== 0x0a);
  }

  #isExpectedBody(): boolean {
    const { expectBody } = this.#rules;
    return expectBody === undefined || Buffer.concat(this.#body).equals(Buffer.from(expectBody));
  }

  #keepsAlive(head: ResponseHead): boolean {
    if (this.#rules.closesConnections === true) return false;
    if (this.#rules.method !== "HEAD") return head.shouldKeepAlive;
    // Without a body its framing says nothing about the connection.
    const { connection } = this.#client.parser;
    const isHttp11 = head.versionMajor === 1 && head.versionMinor >= 1;
    return isHttp11 ? !connection.includes("close") : connection.includes("keep-alive");
  }

  #onResponse(latencyMs: number): void {
    this.#failuresInARow = 0;
    if (this.#head === undefined) return;
    const body = this.#rules.readsBody === true ? Buffer.concat(this.#body) : undefined;
    this.#sink.response(this.#head, latencyMs, body, this.#bodyBytes);
  }

  #fail(error: ErrorKind): void {
    const { parser, pipelinedRequests } = this.#client;
    const lost = pipelinedRequests.size();
    pipelinedRequests.clear();
    parser.offset = parser.end; // the rest of this read belongs to no request
    if (lost > 0) this.#lose(error, undefined);
    this.#closeConnection();
    this.#reconnect();
  }

  #lose(error: ErrorKind, code: string | undefined): void {
    this.#failuresInARow += 1;
    this.#sink.lost(error, code);
  }

  #isExhausted(): boolean {
    return this.#client.reqsMade >= this.#client.responseMax;
  }

  #sendNext(): void {
    if (!this.#connectionIsUsedUp || this.#isExhausted()) return this.#doRequest();
    this.#closeConnection();
    this.#reconnect();
  }

  /** autocannon calls this for the first connection, after an error, a FIN and a timeout. */
  #reconnect(): void {
    if (this.#client.destroyed) return;
    this.#guardParser();
    if (this.#reconnectTimer !== undefined) return; // the timeout ticker fired while we wait
    this.#settlePending();
    this.#silenceConnection();
    this.#client.parser.reinitialize("RESPONSE");
    if (this.#client.reqsMade > 0 && this.#isExhausted()) return this.#client.destroy();
    const delayMs = reconnectDelayMs(this.#failuresInARow);
    if (delayMs === 0) return this.#open();
    this.#reconnectTimer = setTimeout(() => this.#open(), delayMs);
  }

  #open(): void {
    this.#reconnectTimer = undefined;
    this.#connectionError = undefined;
    this.#connectionIsUsedUp = false;
    this.#head = undefined;
    this.#connect();
    this.#client.conn?.once("connect", () => this.#sink.connected());
  }

  /** Gives the request that was in flight on the ended connection its outcome. */
  #settlePending(): void {
    const { parser, pipelinedRequests } = this.#client;
    if (pipelinedRequests.size() === 0) return;
    if (parser.state === "BODY_RAW" && this.#connectionError === undefined) {
      return this.#completeUntilClose();
    }
    pipelinedRequests.clear();
    this.#lose(classifyConnectionEnd(this.#connectionError), this.#connectionError);
  }

  /** A body without length ends where the connection ends (RFC 9112 section 6.3): no error. */
  #completeUntilClose(): void {
    if (!this.#isExpectedBody()) {
      this.#client.pipelinedRequests.clear();
      return this.#sink.lost("mismatch", undefined);
    }
    const answered = this.#client.pipelinedRequests.terminateRequest();
    const status = this.#head?.statusCode;
    this.#client.emit("response", status, answered?.bytes ?? 0, answered?.duration ?? 0);
  }

  /** An old socket must not speak for the new one: a late RST would otherwise count a second loss. */
  #silenceConnection(): void {
    const old = this.#client.conn;
    if (old === undefined) return;
    old.removeAllListeners("error").removeAllListeners("end").removeAllListeners("data");
    old.on("error", () => {});
    old.destroy();
  }

  #closeConnection(): void {
    const lost = this.#client.pipelinedRequests.size();
    this.#destroyConnection();
    if (lost === 0) return;
    if (this.#client.destroyed) this.#sink.aborted();
    else this.#lose("timeout", undefined);
  }

  #finish(): void {
    if (this.#client.destroyed) return;
    clearTimeout(this.#reconnectTimer);
    this.#destroy();
    this.#sink.done();
  }
}
