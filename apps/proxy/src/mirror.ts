import { type Socket, connect } from "node:net";
import type { Lease } from "@evenkeel/core";
import type { RequestForwarding, RequestParser } from "@evenkeel/http1";
import type { ClientConnection } from "./downstream/client-connection.ts";
import type { PoolRuntime } from "./pool-runtime.ts";
import { readHashKey } from "./routing/hash-key.ts";
import { dialTarget } from "./upstream/dial-target.ts";
import { proxyHeaderText } from "./upstream/proxy-header-text.ts";

/** Copies at a time, per worker and route: a slow mirror must not hold what clients need. */
const mostCopies = 64;

/** What a mirror needs of its thread. */
export interface MirrorThread {
  readonly random: () => number;
  readonly clock: () => number;
  /** `task` runs at the end of the turn, after the requests that clients wait for. */
  readonly runLast: (task: () => void) => void;
}

/**
 * Sends a share of a route's requests to another pool as well, and reads no answer but its status. A copy
 * is never waited for, never sent twice, and left out where there is no room for it.
 */
export class Mirror {
  readonly #pool: PoolRuntime;
  readonly #share: number;
  readonly #thread: MirrorThread;
  readonly #copies = new Set<MirrorCopy>();
  #waiting = 0;

  constructor(pool: PoolRuntime, share: number, thread: MirrorThread) {
    this.#pool = pool;
    this.#share = share;
    this.#thread = thread;
  }

  /** `head` is what the backend gets: a whole request, one that may be sent twice. */
  offer(
    head: string,
    request: RequestParser,
    forwarding: RequestForwarding,
    client: ClientConnection,
  ): void {
    if (this.#copies.size + this.#waiting >= mostCopies) return;
    if (this.#thread.random() >= this.#share) return;
    const { hashKey, config } = this.#pool;
    const { isTrusted } = client.listener;
    const key = hashKey === null ? "" : readHashKey(hashKey, request, forwarding, isTrusted);
    const { proxyProtocol } = config;
    const preface = proxyProtocol === null ? "" : proxyHeaderText(proxyProtocol, client.ends);
    this.#waiting++;
    this.#thread.runLast(() => {
      this.#waiting--;
      this.#send(preface + head, key);
    });
  }

  close(): void {
    for (const copy of this.#copies) copy.cancel();
  }

  #send(start: string, hashKey: string): void {
    const { balancer, config, waitingRoom } = this.#pool;
    // What others wait for is not to be spent on a copy.
    if (waitingRoom?.isOccupied === true) return;
    const lease = balancer.acquire({ hashKey, tried: [], isTrialAllowed: true });
    if (typeof lease === "string") return;
    const text = `${start.slice(0, -2)}Connection: close\r\n\r\n`;
    const { clock } = this.#thread;
    const timeoutMs = config.timeouts.responseMs;
    const copy = new MirrorCopy({ lease, text, clock, timeoutMs }, () => this.#copies.delete(copy));
    this.#copies.add(copy);
  }
}

interface CopyFacts {
  readonly lease: Lease;
  /** The whole request, one that asks the backend to close. */
  readonly text: string;
  readonly clock: () => number;
  /** For all of it. */
  readonly timeoutMs: number;
}

const statusLine = /^HTTP\/1\.[01] ([2-5]\d\d)/;
const statusLineBytes = "HTTP/1.1 200".length;

/** One request on a connection of its own, which ends with its response. */
class MirrorCopy {
  readonly #lease: Lease;
  readonly #socket: Socket;
  readonly #clock: () => number;
  readonly #startedAt: number;
  readonly #timer: NodeJS.Timeout;
  #isSent = false;
  #isLate = false;
  /** The response's first bytes, until they say the status. */
  #start = "";

  constructor({ lease, text, clock, timeoutMs }: CopyFacts, ended: () => void) {
    this.#lease = lease;
    this.#clock = clock;
    this.#startedAt = clock();
    const socket = connect({ ...dialTarget(lease.backend), noDelay: true });
    this.#socket = socket;
    // Nothing that shuts down waits for it.
    socket.unref();
    this.#timer = setTimeout(() => this.#timeOut(), timeoutMs).unref();
    socket.on("connect", () => {
      this.#isSent = true;
      socket.write(text, "latin1");
    });
    socket.on("data", (data) => this.#read(data as Buffer));
    // "close" follows and tells.
    socket.on("error", () => undefined);
    socket.on("close", () => {
      clearTimeout(this.#timer);
      this.#release();
      ended();
    });
  }

  cancel(): void {
    this.#lease.release({ kind: "canceled" });
    this.#socket.destroy();
  }

  #timeOut(): void {
    this.#isLate = true;
    this.#socket.destroy();
  }

  #latencyMs = 0;

  #read(data: Buffer): void {
    if (this.#start.length >= statusLineBytes) return;
    this.#start += data.toString("latin1", 0, statusLineBytes);
    if (this.#start.length < statusLineBytes) return;
    this.#latencyMs = this.#clock() - this.#startedAt;
    const status = this.#status;
    if (status !== null) this.#lease.answered(status);
  }

  get #status(): number | null {
    const [, digits] = statusLine.exec(this.#start) ?? [];
    return digits === undefined ? null : Number(digits);
  }

  #release(): void {
    const status = this.#status;
    if (status !== null) {
      this.#lease.release({ kind: "response", status, latencyMs: this.#latencyMs });
      return;
    }
    const sent = this.#isSent;
    const failed = sent ? (this.#start === "" ? "reset" : "protocol") : "connect";
    this.#lease.release({ kind: "failure", cause: this.#isLate ? "timeout" : failed, sent });
  }
}
