import { type Socket, connect } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Ending } from "../strict/response.ts";

/** Exact bytes out, exact bytes in, and how the other side left. */
export class RawClient {
  readonly #socket: Socket;
  readonly #chunks: Buffer[] = [];
  readonly #watchers: Set<() => void> = new Set();
  #isClosed = false;
  ending: Ending = "open";
  /** Grows with everything that is seen from the other side. */
  activity = 0;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (chunk: Buffer) => this.#saw(() => this.#chunks.push(chunk)));
    socket.on("end", () => this.#saw(() => (this.ending = "fin")));
    socket.on("error", () => this.#saw(() => (this.ending = "reset")));
    socket.on("close", () => this.#saw(() => (this.#isClosed = true)));
  }

  /** From `localAddress`, any of 127.0.0.0/8, when the backend is to see whose request it got. */
  static async connect(port: number, localAddress = "127.0.0.1"): Promise<RawClient> {
    const host = "127.0.0.1";
    const socket = connect({ host, port, localAddress, noDelay: true, allowHalfOpen: true });
    await new Promise<void>((resolve, reject) => {
      socket.once("connect", resolve);
      socket.once("error", reject);
    });
    return new RawClient(socket);
  }

  get received(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  /** One write per segment and one turn of the event loop after each, so that none are merged. */
  async send(segments: readonly Buffer[]): Promise<void> {
    for (const segment of segments) {
      await nextTurn();
      if (this.ending !== "open") return;
      this.#socket.write(segment);
    }
  }

  /** Resolves when `isDone` holds, which is looked at after everything that is seen. */
  async until(isDone: () => boolean, boundMs: number): Promise<boolean> {
    if (isDone()) return true;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const look = (): void => {
      if (isDone()) resolve(true);
    };
    const timer = setTimeout(() => resolve(false), boundMs);
    this.#watchers.add(look);
    const wasDone = await promise;
    this.#watchers.delete(look);
    clearTimeout(timer);
    return wasDone;
  }

  /** Sends FIN and waits for the other side to let go; false when it does not. */
  async finish(boundMs: number): Promise<boolean> {
    this.#socket.end();
    const hasClosed = await this.until(() => this.#isClosed, boundMs);
    this.#socket.destroy();
    return hasClosed;
  }

  reset(): void {
    this.#socket.resetAndDestroy();
  }

  #saw(note: () => void): void {
    note();
    this.activity++;
    for (const look of this.#watchers) look();
  }
}
