import type { Socket } from "node:net";

const patienceMs = 50_000;

/**
 * One end of a raw TCP connection under a test's control: it remembers every byte and how the other
 * side ended, and waits for conditions instead of for time.
 */
export class Peer {
  readonly socket: Socket;
  /** Everything received, one character per byte. */
  received = "";
  receivedBytes = 0;
  /** The other side sent FIN. */
  isEnded = false;
  isClosed = false;
  /** `ECONNRESET` when the other side cut the connection. */
  errorCode: string | null = null;
  /** Off for large transfers: only the bytes are counted then. */
  keepsBytes = true;
  readonly #watchers: Set<() => void> = new Set();

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on("end", () => this.#note(() => (this.isEnded = true)));
    socket.on("error", (error: NodeJS.ErrnoException) => {
      this.#note(() => (this.errorCode = error.code ?? "unknown"));
    });
    socket.on("close", () => this.#note(() => (this.isClosed = true)));
    socket.on("drain", () => this.#note(() => {}));
  }

  /** Starts reading; a peer that never does is a stalled one. */
  read(): this {
    this.socket.on("data", (data: Buffer) => {
      this.receivedBytes += data.length;
      if (this.keepsBytes) this.received += data.latin1Slice();
      this.#note(() => {});
    });
    return this;
  }

  send(data: string | Buffer): this {
    if (typeof data === "string") this.socket.write(data, "latin1");
    else this.socket.write(data);
    return this;
  }

  /** FIN after what was sent. */
  end(): this {
    this.socket.end();
    return this;
  }

  /** RST. */
  reset(): this {
    this.socket.resetAndDestroy();
    return this;
  }

  /** Resolves when `isSo`, which is looked at after every event of this connection. */
  async until(what: string, isSo: () => boolean): Promise<void> {
    if (isSo()) return;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const look = (): void => {
      if (isSo()) resolve();
    };
    const timer = setTimeout(() => {
      reject(new Error(`waited in vain until ${what}; ${this.#describe()}`));
    }, patienceMs);
    this.#watchers.add(look);
    try {
      await promise;
    } finally {
      clearTimeout(timer);
      this.#watchers.delete(look);
    }
  }

  async untilReceived(text: string): Promise<void> {
    await this.until(`${JSON.stringify(text)} arrives`, () => this.received.includes(text));
  }

  async untilEnded(): Promise<void> {
    await this.until("the other side ends", () => this.isEnded || this.isClosed);
  }

  async untilClosed(): Promise<void> {
    await this.until("the connection is closed", () => this.isClosed);
  }

  /** Removes what was received so far and returns it. */
  takeReceived(): string {
    const text = this.received;
    this.received = "";
    return text;
  }

  #note(change: () => void): void {
    change();
    for (const look of this.#watchers) look();
  }

  #describe(): string {
    const tail = JSON.stringify(this.received.slice(-600));
    return `ended ${this.isEnded}, closed ${this.isClosed}, error ${this.errorCode}, ${this.receivedBytes} bytes: ${tail}`;
  }
}

/** Waits for something that no connection reports, by looking again every few milliseconds. */
export async function eventually(what: string, isSo: () => boolean): Promise<void> {
  const deadline = performance.now() + patienceMs;
  while (!isSo()) {
    if (performance.now() > deadline) throw new Error(`waited in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
