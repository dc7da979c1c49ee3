import { createHash, type Hash } from "node:crypto";
import type { IncomingMessage } from "node:http";

/** A request body after it was read to its end, or what came of the attempt. */
export type ReceivedBody =
  | { readonly kind: "complete"; readonly length: number; readonly digest: BodyDigest | undefined }
  | { readonly kind: "aborted" };

/** What `/echo` tells about a body. */
export interface BodyDigest {
  /** Hexadecimal. */
  readonly sha256: string;
  /** One character per byte (latin1); undefined above 16 KiB. */
  readonly text: string | undefined;
}

const maxTextBytes = 16 * 1024;

/** Hashes a body piece by piece; keeps at most its first 16 KiB. */
class Digester {
  readonly #hash: Hash = createHash("sha256");
  #kept: Buffer[] = [];
  #length = 0;

  add(chunk: Buffer): void {
    this.#hash.update(chunk);
    this.#length += chunk.length;
    if (this.#length <= maxTextBytes) this.#kept.push(chunk);
    else this.#kept = [];
  }

  finish(): BodyDigest {
    const tooLong = this.#length > maxTextBytes;
    return {
      sha256: this.#hash.digest("hex"),
      text: tooLong ? undefined : Buffer.concat(this.#kept).toString("latin1"),
    };
  }
}

/** Reads at most so many bytes, then none for a while. */
export interface BodyPace {
  readonly bytes: number;
  readonly everyMs: number;
}

/** How to read a body. */
export interface ReceiveOptions {
  /** Hash it and keep its beginning; otherwise it is only counted. */
  readonly digest: boolean;
  /** undefined: as it comes. */
  readonly pace?: BodyPace | undefined;
  /** Told about every piece as it arrives. */
  onBytes(bytes: number): void;
}

/** Reads a request body to its end without ever holding it. Never rejects. */
export async function receiveBody(
  request: IncomingMessage,
  options: ReceiveOptions,
): Promise<ReceivedBody> {
  const digester = options.digest ? new Digester() : undefined;
  let length = 0;
  const complete = (): ReceivedBody => ({ kind: "complete", length, digest: digester?.finish() });
  // Spares the stream machinery for the bulk of load-test traffic.
  if (!announcesBody(request)) return complete();
  const add = (chunk: Buffer): void => {
    length += chunk.length;
    options.onBytes(chunk.length);
    digester?.add(chunk);
  };
  return new Promise((resolve) => {
    if (options.pace === undefined) request.on("data", add);
    else readPaced(request, options.pace, add);
    request.once("end", () => resolve(complete()));
    request.once("close", () => resolve({ kind: "aborted" }));
  });
}

function announcesBody(request: IncomingMessage): boolean {
  const { headers } = request;
  return headers["content-length"] !== undefined || headers["transfer-encoding"] !== undefined;
}

/** What is not read yet waits in the stream's buffer, then in the system's, then at the client. */
function readPaced(request: IncomingMessage, pace: BodyPace, add: (chunk: Buffer) => void): void {
  let timer: NodeJS.Timeout | undefined;
  const step = (): void => {
    timer = undefined;
    const bytes = Math.min(pace.bytes, request.readableLength);
    // Without a byte to read this makes the stream say that it has ended.
    const chunk: unknown = bytes === 0 ? request.read() : request.read(bytes);
    if (!Buffer.isBuffer(chunk)) return;
    add(chunk);
    timer = setTimeout(step, pace.everyMs);
  };
  request.on("readable", () => {
    if (timer === undefined) step();
  });
  request.once("close", () => clearTimeout(timer));
}
