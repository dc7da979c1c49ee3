import autocannon from "autocannon";
import type { AutocannonClient, ResponseHead } from "../engine/autocannon-client.ts";
import { type ClientRules, type ClientSink, hardenClient } from "../engine/harden-client.ts";
import type { ErrorKind } from "../engine/outcome.ts";
import { fieldValue } from "../engine/raw-headers.ts";
import { type LoadShare, partOf } from "./load-plan.ts";
import type { LoadRecorder } from "./load-recorder.ts";
import type { PreparedRequest, RequestMix } from "./request-mix.ts";
import { readsBody } from "./response-checks.ts";
import { serializeRequest } from "./serialize-request.ts";
import type { WorkerDrive } from "./worker-drive.ts";

/** With no connection ever made, this many failures per connection end the run. */
const hopelessFailuresPerConnection = 3;

/** What a closed loop needs beside its plan. */
export interface ConnectionsOptions {
  readonly share: LoadShare;
  readonly mix: RequestMix;
  readonly recorder: LoadRecorder;
  readonly clock: () => number;
  readonly startedAtMs: number;
}

/** Starts a closed loop in this thread: each connection asks again as soon as it is answered. */
export function driveConnections(options: ConnectionsOptions): WorkerDrive {
  return new ConnectionsDrive(options);
}

class ConnectionsDrive implements WorkerDrive {
  readonly done: Promise<string | undefined>;
  readonly #options: ConnectionsOptions;
  readonly #clients: AutocannonClient[] = [];
  readonly #settled = Promise.withResolvers<string | undefined>();
  readonly #connections: number;
  readonly #deadline: NodeJS.Timeout | undefined;
  readonly #stopTracker: () => void;
  #clientsDone = 0;
  #everConnected = false;
  #failures = 0;
  #lastCode: string = "unknown";

  constructor(options: ConnectionsOptions) {
    this.#options = options;
    const { plan } = options.share;
    const shape = requireClosed(options.share);
    this.#connections = shape.connections;
    this.done = this.#settled.promise;
    const tracker = autocannon(
      {
        url: plan.origin,
        method: "GET",
        headers: {},
        connections: shape.connections,
        amount: shape.requests ?? Number.MAX_SAFE_INTEGER,
        setupClient: (client) => this.#adopt(client),
      },
      (error) => {
        if (error !== null) this.#settled.reject(error);
      },
    );
    this.#stopTracker = () => tracker.stop();
    const { durationMs } = shape;
    if (durationMs !== undefined) this.#deadline = setTimeout(() => this.finish(), durationMs);
  }

  /** Every connection finishes the request it has in flight and leaves. */
  finish(): void {
    for (const client of this.#clients) client.responseMax = client.reqsMade;
  }

  abort(): void {
    for (const client of this.#clients) client.destroy();
  }

  #adopt(client: AutocannonClient): void {
    this.#clients.push(client);
    const connection = new Connection(this.#options, {
      failed: (error, code) => this.#onFailure(error, code),
      connected: () => {
        this.#everConnected = true;
      },
      done: () => this.#onClientDone(),
    });
    client.getRequestBuffer = () => connection.nextBytes();
    hardenClient(client, connection.rules, connection);
  }

  #onFailure(error: ErrorKind, code: string | undefined): void {
    this.#failures += error === "timeout" ? hopelessFailuresPerConnection : 1;
    this.#lastCode = code ?? error;
    // Not from within the client that reports: it is in the middle of reconnecting.
    if (this.#isHopeless()) setImmediate(() => this.abort());
  }

  #isHopeless(): boolean {
    const most = hopelessFailuresPerConnection * this.#connections;
    return !this.#everConnected && this.#failures >= most;
  }

  #onClientDone(): void {
    this.#clientsDone += 1;
    if (this.#clientsDone < this.#connections) return;
    clearTimeout(this.#deadline);
    this.#stopTracker();
    const isUnreachable = !this.#everConnected && this.#failures > 0;
    this.#settled.resolve(isUnreachable ? this.#lastCode : undefined);
  }
}

interface ConnectionListener {
  failed(error: ErrorKind, code: string | undefined): void;
  connected(): void;
  done(): void;
}

/** One connection: the request it has in flight, and what becomes of it. */
class Connection implements ClientSink {
  readonly rules: ClientRules;
  readonly #options: ConnectionsOptions;
  readonly #listener: ConnectionListener;
  readonly #backendHeader: string;
  readonly #host: string;
  #request: PreparedRequest | undefined;
  #bytes: Buffer | undefined;
  #index = 0;

  constructor(options: ConnectionsOptions, listener: ConnectionListener) {
    const { plan } = options.share;
    this.#options = options;
    this.#listener = listener;
    this.#backendHeader = plan.backendHeader.toLowerCase();
    this.#host = new URL(plan.origin).host;
    const request = (): PreparedRequest | undefined => this.#request;
    const reads = plan.requests.map(readsBody);
    this.rules = {
      get method() {
        return request()?.method ?? "GET";
      },
      timeoutMs: plan.timeoutMs,
      expectBody: undefined,
      get readsBody() {
        return reads[request()?.kind ?? 0] === true;
      },
      closesConnections: !plan.keepAlive,
    };
  }

  /** The next request, which is due and sent now: that is what makes the loop closed. */
  nextBytes(): Buffer {
    const { mix, recorder, share } = this.#options;
    const request = mix.next(recorder.nextIndex);
    const now = this.#now();
    this.#index = recorder.due(request, now);
    recorder.sent(this.#index, now);
    if (request !== this.#request || this.#bytes === undefined) {
      const { keepAlive } = share.plan;
      this.#bytes = serializeRequest(request, { host: this.#host, keepAlive });
    }
    this.#request = request;
    return this.#bytes;
  }

  response(
    head: ResponseHead,
    _latencyMs: number,
    body: Buffer | undefined,
    bodyBytes: number,
  ): void {
    this.#options.recorder.settle(
      this.#index,
      {
        kind: "response",
        status: head.statusCode,
        backend: fieldValue(head.headers, this.#backendHeader),
        bodyBytes,
        ...(body === undefined ? {} : { body: body.toString("utf8") }),
      },
      this.#now(),
    );
  }

  lost(error: ErrorKind, code: string | undefined): void {
    this.#options.recorder.settle(this.#index, { kind: "error", error, code }, this.#now());
    this.#listener.failed(error, code);
  }

  aborted(): void {
    this.#options.recorder.settle(this.#index, { kind: "aborted" }, this.#now());
  }

  connected(): void {
    this.#listener.connected();
  }

  done(): void {
    this.#listener.done();
  }

  #now(): number {
    return this.#options.clock() - this.#options.startedAtMs;
  }
}

/** This worker's connections and requests. */
function requireClosed(share: LoadShare) {
  const { shape } = share.plan;
  if (shape.loop !== "closed") throw new Error("an open loop has no connections to drive");
  return {
    connections: partOf(shape.connections, share),
    requests: shape.requests === undefined ? undefined : partOf(shape.requests, share),
    durationMs: shape.durationMs,
  };
}
