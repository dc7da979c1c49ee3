import type { ListenerConfig } from "@evenkeel/config";
import type { RequestParser, ResponseParser } from "@evenkeel/http1";
import type { BodyTransfer } from "./body-transfer.ts";
import type { Exchange } from "./exchange.ts";
import type { AccessLog } from "./observe/access-log.ts";
import type { Notices } from "./observe/notices.ts";
import type { Recorder } from "./observe/recorder.ts";
import type { RequestIds } from "./observe/request-ids.ts";
import type { Router } from "./routing/router.ts";
import type { StatusPage } from "./status-page.ts";
import type { Shelf } from "./shelf.ts";
import type { Deadlines } from "./timing/deadlines.ts";
import type { HttpDate } from "./timing/http-date.ts";
import type { Turns } from "./timing/turns.ts";

/** What all connections of one data-plane thread share. Each member has one owner: this thread. */
export interface ThreadContext {
  readonly clock: () => number;
  readonly wallClock: () => number;
  readonly random: () => number;
  readonly deadlines: Deadlines;
  readonly turns: Turns<Exchange>;
  /** Makes the exchange wait for the end of the turn, once however often it is asked for. */
  readonly queue: (exchange: Exchange) => void;
  readonly date: HttpDate;
  readonly requestIds: RequestIds;
  /** Of the generation that new requests belong to, as are `recorder` and `router`. */
  readonly accessLog: AccessLog;
  readonly recorder: Recorder;
  readonly notices: Notices;
  readonly transfer: BodyTransfer;
  readonly responseParsers: Shelf<ResponseParser>;
  /**
   * Every socket of the thread reads into this one buffer, because its content is used up before the
   * callback returns. Nothing may keep or write a view of it (node-performance.md 3.3).
   */
  readonly readBuffer: Buffer;
  readonly router: Router;
}

/** What the connections of one listener share, in one generation. */
export interface ListenerContext {
  readonly thread: ThreadContext;
  readonly config: ListenerConfig;
  readonly requestParsers: Shelf<RequestParser>;
  readonly isTrusted: (address: string) => boolean;
  /** null: every client is served. */
  readonly isAllowed: ((address: string) => boolean) | null;
  /** null: there is none, and nothing is looked at. */
  readonly statusPage: StatusPage | null;
  /** Counts a new client connection; the answer is how many there are over all workers. */
  readonly connected: () => number;
  readonly left: () => void;
  readonly maxConnections: number;
  /** Responses carry `Connection: close` from now on. */
  isDraining: boolean;
}

/**
 * Bytes queued in a socket beyond which we stop reading its counterpart: less than one read, so that
 * a slow reader holds no more than one.
 */
export const writeHighWaterMarkBytes: number = 16 * 1024;
/**
 * Also what a reader that stops holds of us: the piece that did not fit into its kernel buffer. 64 KiB
 * costs 10 % less CPU per megabyte and 32 MB more for 1,000 such readers.
 */
export const readBufferBytes: number = 32 * 1024;
