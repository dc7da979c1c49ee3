import type { Socket } from "node:net";
import type { BodyTransfer } from "../body-transfer.ts";

/** The writing half of a client connection: whether the client keeps up, and whether it moves at all. */
export class ClientWriter {
  readonly #socket: Socket;
  readonly #transfer: BodyTransfer;
  #queuedBytes = Infinity;
  #isSlow = false;
  isBlocked = false;

  constructor(socket: Socket, transfer: BodyTransfer) {
    this.#socket = socket;
    this.#transfer = transfer;
  }

  /** False means that the client reads slower than we write; the socket's `drain` follows. */
  write(data: string | Buffer): boolean {
    const isFlowing = this.#transfer.write(this.#socket, data, this.#isSlow);
    if (!isFlowing) this.isBlocked = this.#isSlow = true;
    return isFlowing;
  }

  drained(): void {
    this.isBlocked = false;
    this.#queuedBytes = Infinity;
  }

  /** The kernel has everything. */
  get isFlushed(): boolean {
    return this.#socket.writableLength === 0;
  }

  /** Whether the kernel took anything since the last time this was asked. */
  hasProgressed(): boolean {
    const queued = this.#queued();
    const hasMoved = queued < this.#queuedBytes;
    this.#queuedBytes = queued;
    return hasMoved;
  }

  /**
   * `writableLength` only changes when a whole write is done, so it cannot tell a slow reader from a
   * stopped one; the handle's own count can.
   */
  #queued(): number {
    const handle = (this.#socket as unknown as { _handle: { writeQueueSize?: number } | null })
      ._handle;
    return handle?.writeQueueSize ?? this.#socket.writableLength;
  }
}
