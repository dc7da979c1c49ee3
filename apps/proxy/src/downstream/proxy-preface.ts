import type { ListenerContext } from "../thread-context.ts";
import { type ProxyHeader, type ProxyProtocol, readProxyHeader } from "./proxy-header.ts";

/** The PROXY header of one connection while it arrives, in however many pieces. */
export class ProxyPreface {
  readonly #protocol: ProxyProtocol;
  #kept: Buffer = Buffer.alloc(0);

  constructor(protocol: ProxyProtocol) {
    this.#protocol = protocol;
  }

  /** `input` is valid only now. The size of a complete header counts from the beginning of `input`. */
  take(input: Buffer, end: number): ProxyHeader {
    const kept = this.#kept.length;
    // What is kept was no whole header, so it is short of the longest one and cannot grow.
    const bytes = kept === 0 ? input.subarray(0, end) : joined(this.#kept, input, end);
    const header = readProxyHeader(bytes, bytes.length, this.#protocol);
    if (header.kind === "incomplete") this.#kept = kept === 0 ? Buffer.from(bytes) : bytes;
    if (header.kind !== "complete") return header;
    return { ...header, size: header.size - kept };
  }
}

/** Only peers that are trusted send one; everybody who may open a unix socket is. */
export function createPreface(
  { config: { proxyProtocol, address }, isTrusted }: ListenerContext,
  peer: string,
): ProxyPreface | null {
  if (proxyProtocol === null) return null;
  return address.kind === "unix" || isTrusted(peer) ? new ProxyPreface(proxyProtocol) : null;
}

function joined(kept: Buffer, input: Buffer, end: number): Buffer {
  return Buffer.concat([kept, input.subarray(0, end)]);
}
