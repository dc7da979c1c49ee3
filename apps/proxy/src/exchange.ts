import {
  type AcquireRequest,
  type Backend,
  type Binding,
  type Lease,
  type Place,
  isIdempotent,
} from "@evenkeel/core";
import type { HeldRoom } from "./admission/concurrency-limits.ts";
import type { BodyKind } from "@evenkeel/http1";
import type { ClientConnection } from "./downstream/client-connection.ts";
import type { PoolRuntime } from "./pool-runtime.ts";
import type { ProxyError } from "./proxy-error.ts";
import type { Race } from "./race.ts";
import type { ReplayBuffer } from "./replay-buffer.ts";
import type { Route } from "./routing/router.ts";
import type { RequestTrace } from "./trace/request-trace.ts";
import type { UpstreamConnection } from "./upstream/upstream-connection.ts";

const none: readonly Backend[] = [];

/**
 * One request on its way. It belongs to a client connection and is begun anew for each request on
 * it, one at a time, which is what keeps pipelined responses in order.
 */
export class Exchange implements AcquireRequest {
  readonly client: ClientConnection;
  isActive = false;
  /** It waits for the end of a turn; it may have been ended and begun anew meanwhile. */
  isQueued = false;

  method = "";
  /** As the client sent it, whatever the backend is asked for. */
  target = "";
  /** The authority that the client asked for; null when it named none, or no valid one. */
  host: string | null = null;
  requestId = "";
  clientMinor = 1;
  /** Who sent it: the peer, or the client that a trusted peer names. */
  clientAddress = "";
  startedAt = 0;

  /** What else its route does to it. */
  route: Route | null = null;
  pool: PoolRuntime | null = null;
  lease: Lease | null = null;
  upstream: UpstreamConnection | null = null;
  /** While it waits for room at a backend. */
  place: Place<Exchange> | null = null;
  attempts = 0;
  /** Attempts that brought no answer within their time. */
  responseTimeouts = 0;
  tried: readonly Backend[] = none;
  /** The next attempt waits for it. */
  retryTimer: NodeJS.Timeout | null = null;
  /** What it takes of its route's concurrency limits; null where there are none. */
  room: HeldRoom | null = null;
  /** Only where the pool hedges. */
  race: Race | null = null;
  /** Only where the pool's strategy asks for one. */
  hashKey = "";
  /** Where its client belongs; only where the pool is sticky. */
  binding: Binding | null = null;
  /** That backend cannot serve it. */
  hasLostBackend = false;
  /** Its client's cookies may be Secure; only where the pool is sticky. */
  isSecure = false;

  /** The head for the backend and as much of the body as came with it; text is latin1. */
  upstreamPrefix: string | Buffer = "";
  requestBodyKind: BodyKind = "none";
  isRequestComplete = false;
  /** Content bytes that the head announces; 0 when it does not know. */
  announcedBytes = 0;
  /** What went to a backend after `upstreamPrefix`; null when nothing did, or it is not kept. */
  replay: ReplayBuffer | null = null;
  /** Body bytes went to a backend that no other one can have. */
  isBodyLost = false;
  /** A backend recognises this request by its key when it comes again. */
  hasIdempotencyKey = false;

  /** The protocols that the client wants to switch to; "" for an ordinary request. */
  upgrade = "";
  /** A 101 went through: from here on both sides exchange bytes, not messages. */
  isTunnel = false;

  /** An interim response (1xx) went to the client. */
  isInterimSent = false;
  isResponseStarted = false;
  responseBodyKind: BodyKind = "none";
  /** The client connection ends with this response. */
  closes = false;

  /** null: not among those that are traced; undefined: that was not drawn yet. */
  trace: RequestTrace | null | undefined = undefined;

  /** For the combined log format only. */
  referer = "";
  userAgent = "";

  /** Field lines that we add to the final response; "" or whole lines. */
  ownFields = "";
  status = 0;
  error: ProxyError | null = null;
  bytesIn = 0;
  bytesOut = 0;

  constructor(client: ClientConnection) {
    this.client = client;
  }

  begin(startedAt: number, requestId: string): void {
    this.isActive = true;
    this.startedAt = startedAt;
    this.requestId = requestId;
    this.clientAddress = this.client.address;
    this.host = null;
    this.route = null;
    this.pool = null;
    this.lease = null;
    this.upstream = null;
    this.attempts = this.responseTimeouts = 0;
    this.tried = none;
    this.binding = null;
    this.hasLostBackend = false;
    this.replay = null;
    this.isBodyLost = false;
    this.isTunnel = false;
    this.isInterimSent = false;
    this.isResponseStarted = false;
    this.ownFields = "";
    this.status = 0;
    this.error = null;
    this.bytesIn = this.bytesOut = 0;
    this.referer = this.userAgent = "";
    this.trace = undefined;
  }

  get bound(): Backend | null {
    return this.binding === null || this.hasLostBackend ? null : this.binding.backend;
  }

  /** Sending it twice is the same as once. */
  get isIdempotent(): boolean {
    return this.hasIdempotencyKey || isIdempotent(this.method);
  }

  /** It may be sent twice, and all of it is at hand. */
  get isRepeatable(): boolean {
    return this.requestBodyKind === "none" && this.upgrade === "" && this.isIdempotent;
  }

  /** A backend on trial may fail it. */
  get isTrialAllowed(): boolean {
    return this.isRepeatable;
  }

  /** The next attempt sends everything from the beginning. */
  rewind(): void {
    if (this.replay === null) return;
    const whole = this.replay.takeAfter(this.upstreamPrefix);
    this.#dropPrefix();
    this.upstreamPrefix = whole;
  }

  /** There will be no other attempt: lets go of what only that would need. */
  settle(): void {
    this.#dropPrefix();
    this.replay = null;
  }

  #dropPrefix(): void {
    const prefix = this.upstreamPrefix;
    this.upstreamPrefix = "";
    if (typeof prefix !== "string") this.client.listener.thread.transfer.giveBack(prefix);
  }

  /** Lets go of what would keep a whole head alive while the connection idles. */
  end(): void {
    this.isActive = false;
    this.method = this.target = this.requestId = this.hashKey = "";
    this.host = null;
    this.settle();
    if (this.room !== null) this.room.release();
    this.room = null;
    if (this.retryTimer !== null) clearTimeout(this.retryTimer);
    this.retryTimer = null;
    if (this.race !== null) this.race.cancel();
    this.race = null;
    this.route = null;
    this.pool = null;
    this.lease = null;
    this.upstream = null;
    this.tried = none;
  }
}
