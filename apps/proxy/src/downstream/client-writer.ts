import type { Socket } from "node:net";
import type { BodyTransfer } from "../body-transfer.ts";
import type { Turns } from "../timing/turns.ts";

/** Text beyond this is not held until the end of the turn. */
const maxHeldLength = 16 * 1024;

/**
 * The writing half of a client connection: whether the client keeps up, and whether it moves at all.
 *
 * Text waits for the end of the turn, so that the responses of a turn are written one right after the
 * other: clients on this machine are woken once instead of once per response, which costs us (a wake-up
 * is done by the one who writes), and pieces for the same client go out in one write.
 */
export class ClientWriter {
  readonly #socket: Socket;
  readonly #transfer: BodyTransfer;
  readonly #turns: Pick<Turns<unknown>, "flushAtEnd">;
  /** Told when what was held turns out to be more than the client takes. */
  readonly #onBlocked: () => void;
  #held = "";
  #queuedBytes = Infinity;
  #isSlow = false;
  isBlocked = false;

  constructor(
    socket: Socket,
    transfer: BodyTransfer,
    turns: Pick<Turns<unknown>, "flushAtEnd">,
    onBlocked: () => void,
  ) {
    this.#socket = socket;
    this.#transfer = transfer;
    this.#turns = turns;
    this.#onBlocked = onBlocked;
  }

  /** False means that the client reads slower than we write; the socket's `drain` follows. */
  write(data: string | Buffer): boolean {
    if (typeof data === "string" && !this.isBlocked && this.#hold(data)) return true;
    const hasFlowed = this.writeHeld();
    return this.#writeOut(data) && hasFlowed;
  }

  /** At the end of the turn. */
  flush(): void {
    if (!this.writeHeld()) this.#onBlocked();
  }

  /** Writes what waits for the end of the turn, at once: something must follow it. */
  writeHeld(): boolean {
    if (this.#held === "") return true;
    const held = this.#held;
    this.#held = "";
    return this.#writeOut(held);
  }

  #hold(text: string): boolean {
    if (this.#held === "") {
      if (text.length > maxHeldLength) return false;
      this.#held = text;
      this.#turns.flushAtEnd(this);
      return true;
    }
    if (this.#held.length + text.length > maxHeldLength) return false;
    this.#held += text;
    return true;
  }

  #writeOut(data: string | Buffer): boolean {
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
    return this.#held === "" && this.#socket.writableLength === 0;
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
