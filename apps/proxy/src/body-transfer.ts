import { type BodyDecoder, type BodyKind, chunkSizeLine, lastChunkWith } from "@evenkeel/http1";
import type { Socket } from "node:net";
import { KeptBuffers } from "./kept-buffers.ts";
import type { Latin1Buffer } from "./latin1-buffer.ts";

/** Room for one read, the head before it and the chunk framing around it. */
const scratchBytes = 48 * 1024;

/** Up to here content travels as one latin1 string with its head: one write, no Buffer. */
const maxTextBytes = 8_192;

/**
 * Takes the content out of what one side sent and frames it for the other. One per thread; `next`
 * and `content` describe the last `take`.
 */
export class BodyTransfer {
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];
  #runs = 0;
  #scratch: Latin1Buffer = Buffer.allocUnsafeSlow(scratchBytes);
  readonly #kept: KeptBuffers = new KeptBuffers();
  /** Position of the first byte that does not belong to the body. */
  next = 0;
  /** Content bytes of the last `take`. */
  content = 0;

  /**
   * `head` goes before the content. The result must be given to `write` before the next `take`, or
   * kept with `keep`; "" means that there is nothing. It never aliases `input`.
   */
  take(
    decoder: BodyDecoder,
    outKind: BodyKind,
    head: string,
    input: Latin1Buffer,
    start: number,
    end: number,
  ): string | Buffer {
    this.#collect(decoder, input, start, end);
    const isChunked = outKind === "chunked";
    const prefix = isChunked && this.content > 0 ? head + chunkSizeLine(this.content) : head;
    let suffix = isChunked && this.content > 0 ? "\r\n" : "";
    if (isChunked && decoder.isDone) suffix += lastChunkWith(decoder.takeTrailers());
    return this.content <= maxTextBytes
      ? this.#text(prefix, suffix, input)
      : this.#buffer(prefix, suffix, input);
  }

  /**
   * Writes what `take` made; false when the reader is slower than we are. A large piece lies in a
   * buffer that is used again at once when the kernel took all of it, which is nearly always, so bulk
   * transfers allocate nothing; else the socket keeps the buffer, also one of `keep`, and the next piece
   * gets a new one. A reader known to be slow gets a copy instead, no larger than what it holds up.
   */
  write(socket: Socket, data: string | Buffer, isSlowReader: boolean): boolean {
    // Text is latin1 by the socket's default: naming it costs a look-up in every write.
    if (typeof data === "string") return socket.write(data) || socket.writableLength === 0;
    const isFlowing =
      socket.write(isSlowReader ? Buffer.from(data) : data) || socket.writableLength === 0;
    if (isSlowReader) return isFlowing;
    if (socket.writableLength > 0) {
      if (data.buffer === this.#scratch.buffer) {
        this.#scratch = Buffer.allocUnsafeSlow(scratchBytes);
      } else this.#kept.letGo(data);
    }
    return isFlowing;
  }

  /** Bytes of a tunnel, as they are; to be written like the result of `take`. */
  copy(input: Latin1Buffer, start: number, end: number): string | Buffer {
    if (end - start <= maxTextBytes) return input.latin1Slice(start, end);
    input.copy(this.#scratch, 0, start, end);
    return this.#scratch.subarray(0, end - start);
  }

  /** A copy that outlives the next `take`, for what cannot be written yet; `giveBack` ends its life. */
  keep(data: string | Buffer): string | Buffer {
    return typeof data === "string" ? data : this.#kept.keep(data);
  }

  /** What `keep` returned is written or unwanted; whoever says so must not use it any more. */
  giveBack(data: string | Buffer): void {
    if (typeof data !== "string") this.#kept.giveBack(data);
  }

  #collect(decoder: BodyDecoder, input: Latin1Buffer, start: number, end: number): void {
    this.#runs = this.content = 0;
    let at = start;
    while (at < end && !decoder.isDone && decoder.violation === null) {
      at = decoder.advance(input, at, end);
      if (decoder.dataEnd === decoder.dataStart) continue;
      this.#starts[this.#runs] = decoder.dataStart;
      this.#ends[this.#runs++] = decoder.dataEnd;
      this.content += decoder.dataEnd - decoder.dataStart;
    }
    this.next = at;
  }

  #text(prefix: string, suffix: string, input: Latin1Buffer): string {
    let text = prefix;
    for (let run = 0; run < this.#runs; run++) {
      text += input.latin1Slice(this.#starts[run], this.#ends[run]);
    }
    return text + suffix;
  }

  #buffer(prefix: string, suffix: string, input: Latin1Buffer): Buffer {
    const length = prefix.length + this.content + suffix.length;
    const output = length <= scratchBytes ? this.#scratch : Buffer.allocUnsafeSlow(length);
    let at = output.latin1Write(prefix, 0);
    for (let run = 0; run < this.#runs; run++) {
      at += input.copy(output, at, this.#starts[run], this.#ends[run]);
    }
    output.latin1Write(suffix, at);
    return output.subarray(0, length);
  }
}
