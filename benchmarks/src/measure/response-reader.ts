const HEAD_END = Buffer.from("\r\n\r\n");

/**
 * Counts whole responses in what one connection receives, however it is split. It knows
 * `Content-Length` only, which is all that the benchmark's backend sends and its proxies must keep.
 */
export class ResponseReader {
  #head: Buffer | undefined;
  #bodyLeft = 0;
  /** The peer said that it closes after this response. */
  isLast = false;

  /** How many responses this chunk completes; throws on an answer it cannot frame. */
  push(chunk: Buffer): number {
    let rest = chunk;
    let completed = 0;
    while (rest.length > 0) {
      if (this.#bodyLeft === 0) {
        const afterHead = this.#readHead(rest);
        if (afterHead === undefined) return completed;
        rest = afterHead;
      }
      const taken = Math.min(rest.length, this.#bodyLeft);
      this.#bodyLeft -= taken;
      rest = rest.subarray(taken);
      if (this.#bodyLeft === 0) completed += 1;
    }
    return completed;
  }

  /** What follows the head, or undefined when the head is not whole yet. */
  #readHead(chunk: Buffer): Buffer | undefined {
    const bytes = this.#head === undefined ? chunk : Buffer.concat([this.#head, chunk]);
    const end = bytes.indexOf(HEAD_END);
    this.#head = end < 0 ? bytes : undefined;
    if (end < 0) return undefined;
    const head = bytes.toString("latin1", 0, end);
    const length = /^content-length: *(\d+)\r?$/im.exec(head)?.[1];
    if (!head.startsWith("HTTP/1.1 200 ") || length === undefined) {
      throw new Error(`unexpected answer: ${head.split("\r\n", 1)[0]}`);
    }
    this.#bodyLeft = Number(length);
    this.isLast = /^connection: *close\r?$/im.test(head);
    return bytes.subarray(end + HEAD_END.length);
  }
}
