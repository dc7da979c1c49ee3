import "./latin1-buffer.ts";
import { type BodyDecoder, type BodyKind, chunkSizeLine, lastChunk } from "@evenkeel/http1";

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
  /** Position of the first byte that does not belong to the body. */
  next = 0;
  /** Content bytes of the last `take`. */
  content = 0;

  /**
   * `head` goes before the content. The result is ready to be written; "" when there is nothing.
   * It never aliases `input`, which the next read overwrites.
   */
  take(
    decoder: BodyDecoder,
    outKind: BodyKind,
    head: string,
    input: Buffer,
    start: number,
    end: number,
  ): string | Buffer {
    this.#collect(decoder, input, start, end);
    const isChunked = outKind === "chunked";
    const prefix = isChunked && this.content > 0 ? head + chunkSizeLine(this.content) : head;
    let suffix = isChunked && this.content > 0 ? "\r\n" : "";
    if (isChunked && decoder.isDone) suffix += lastChunk;
    return this.content <= maxTextBytes
      ? this.#text(prefix, suffix, input)
      : this.#buffer(prefix, suffix, input);
  }

  #collect(decoder: BodyDecoder, input: Buffer, start: number, end: number): void {
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

  #text(prefix: string, suffix: string, input: Buffer): string {
    let text = prefix;
    for (let run = 0; run < this.#runs; run++) {
      text += input.latin1Slice(this.#starts[run], this.#ends[run]);
    }
    return text + suffix;
  }

  #buffer(prefix: string, suffix: string, input: Buffer): Buffer {
    const output = Buffer.allocUnsafe(prefix.length + this.content + suffix.length);
    let at = output.latin1Write(prefix, 0);
    for (let run = 0; run < this.#runs; run++) {
      at += input.copy(output, at, this.#starts[run], this.#ends[run]);
    }
    output.latin1Write(suffix, at);
    return output;
  }
}
