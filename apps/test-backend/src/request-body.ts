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

/** How to read a body. */
export interface ReceiveOptions {
  /** Hash it and keep its beginning; otherwise it is only counted. */
  readonly digest: boolean;
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
  return new Promise((resolve) => {
    request.on("data", (chunk: Buffer) => {
      length += chunk.length;
      options.onBytes(chunk.length);
      digester?.add(chunk);
    });
    request.once("end", () => resolve(complete()));
    request.once("close", () => resolve({ kind: "aborted" }));
  });
}

function announcesBody(request: IncomingMessage): boolean {
  const { headers } = request;
  return headers["content-length"] !== undefined || headers["transfer-encoding"] !== undefined;
}
