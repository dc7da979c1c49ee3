import { chunkSizeLine } from "@evenkeel/http1";
import type { Exchange } from "./exchange.ts";
import type { Latin1Buffer } from "./latin1-buffer.ts";

const firstBytes = 4 * 1024;

/**
 * What of a request body went to a backend in pieces, for the case that another one has to have it: the
 * content alone, so that a body in many small chunks takes no more room than its content.
 */
export class ReplayBuffer {
  readonly #isChunked: boolean;
  #bytes: Latin1Buffer = Buffer.alloc(0);
  #length = 0;
  /** What ends the body of chunks, with its trailers; "" while it goes on. */
  #end = "";

  constructor(isChunked: boolean) {
    this.#isChunked = isChunked;
  }

  /** `piece` is framed as it goes to the backend and holds `contentBytes` of content. */
  add(piece: string | Buffer, contentBytes: number, isLast: boolean): void {
    const start = this.#isChunked && contentBytes > 0 ? chunkSizeLine(contentBytes).length : 0;
    const end = start + contentBytes;
    if (isLast && this.#isChunked) this.#end = textAfter(piece, contentBytes > 0 ? end + 2 : 0);
    if (contentBytes === 0) return;
    this.#reserve(this.#length + contentBytes);
    if (typeof piece !== "string") piece.copy(this.#bytes, this.#length, start, end);
    else this.#bytes.latin1Write(piece.slice(start, end), this.#length);
    this.#length += contentBytes;
  }

  /** `prefix` and what was kept, as one piece to send; nothing is kept any more. */
  takeAfter(prefix: string | Buffer): string | Buffer {
    const before = this.#isChunked && this.#length > 0 ? chunkSizeLine(this.#length) : "";
    const after = (before === "" ? "" : "\r\n") + this.#end;
    const content = this.#bytes.subarray(0, this.#length);
    this.#bytes = Buffer.alloc(0);
    this.#length = 0;
    this.#end = "";
    return Buffer.concat([bytesOf(prefix), bytesOf(before), content, bytesOf(after)]);
  }

  #reserve(bytes: number): void {
    if (bytes <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(bytes, 2 * this.#bytes.length, firstBytes));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}

function textAfter(piece: string | Buffer, start: number): string {
  return typeof piece === "string" ? piece.slice(start) : piece.latin1Slice(start);
}

function bytesOf(data: string | Buffer): Buffer {
  return typeof data === "string" ? Buffer.from(data, "latin1") : data;
}

/** A piece of the body goes to a backend: keeps it as long as another one might have to have it. */
export function keepForReplay(
  exchange: Exchange,
  piece: string | Buffer,
  contentBytes: number,
): void {
  if (exchange.isBodyLost || exchange.isResponseStarted) return;
  if (mayBeNeeded(exchange)) {
    exchange.replay ??= new ReplayBuffer(exchange.requestBodyKind === "chunked");
    exchange.replay.add(piece, contentBytes, exchange.isRequestComplete);
  } else {
    exchange.isBodyLost = true;
    exchange.replay = null;
  }
}

/** A body that is streamed follows a head that was written, so only what may be sent twice counts. */
function mayBeNeeded(exchange: Exchange): boolean {
  const { pool, attempts, bytesIn, announcedBytes } = exchange;
  if (pool === null) return false;
  const { maxRetries, bufferBodyBytes } = pool.config.retry;
  const bodyBytes = Math.max(bytesIn, announcedBytes);
  return attempts <= maxRetries && bodyBytes <= bufferBodyBytes && exchange.isIdempotent;
}
