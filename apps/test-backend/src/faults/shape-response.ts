import type { ServerResponse } from "node:http";
import { closeConnection, resetConnection } from "../connections.ts";
import type { Exchange } from "../exchange.ts";
import { waitForClient } from "../wait-for-client.ts";

/** How a response body goes out. */
export interface ResponseShape {
  /** Bytes written at a time. Default: as they come. */
  readonly pieceBytes?: number;
  /** Pause between two pieces, in milliseconds. */
  readonly everyMs?: number;
  /** Ends the connection in the middle of the body. */
  readonly cut?: Cut;
}

export interface Cut {
  /** Body bytes that are sent; fewer when the body is too short, so that its last byte is missing. */
  readonly afterBytes: number;
  readonly by: "reset" | "close";
}

const shapers = new WeakMap<ServerResponse, BodyShaper>();

/** Gives the route's response this shape, besides the shapes that it has already. */
export function shapeResponse(exchange: Exchange, shape: ResponseShape): void {
  const shaper = shapers.get(exchange.response) ?? new BodyShaper(exchange);
  shapers.set(exchange.response, shaper);
  shaper.shape = { ...shaper.shape, ...shape };
}

// Above it the route is asked to wait.
const highWaterBytes = 64 * 1024;

/**
 * Stands between a route and its response: takes over `write` and `end`, so that a route need not know
 * of it. Routes write strings and buffers, without encoding or callback.
 */
class BodyShaper {
  shape: ResponseShape = {};
  readonly #exchange: Exchange;
  readonly #write: (piece: Buffer, callback: () => void) => void;
  readonly #end: () => void;
  #waiting: Buffer = Buffer.alloc(0);
  #sentBytes = 0;
  #hasEnded = false;
  #isRunning = false;

  constructor(exchange: Exchange) {
    const { response } = exchange;
    this.#exchange = exchange;
    const write = response.write.bind(response);
    const end = response.end.bind(response);
    this.#write = (piece, callback) => void write(piece, callback);
    this.#end = () => void end();
    response.write = (chunk: unknown): boolean => this.#accept(chunk);
    response.end = (chunk?: unknown): ServerResponse => {
      this.#hasEnded = true;
      this.#accept(chunk);
      return response;
    };
  }

  #accept(chunk: unknown): boolean {
    const bytes = typeof chunk === "string" ? Buffer.from(chunk) : chunk;
    if (bytes instanceof Uint8Array) this.#waiting = Buffer.concat([this.#waiting, bytes]);
    if (!this.#isRunning) void this.#run();
    return this.#waiting.length < highWaterBytes;
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    for (;;) {
      const bytes = this.#bytesToSend();
      if (bytes === 0) break;
      await this.#send(bytes);
      if (this.#waiting.length > 0 && (await this.#pause()) === "gone") return;
    }
    const { cut } = this.shape;
    const isCutDue = this.#sentBytes >= (cut?.afterBytes ?? Infinity) && this.#waiting.length > 0;
    if (cut !== undefined && (isCutDue || this.#hasEnded)) await this.#cut(cut);
    else if (this.#hasEnded) this.#end();
    else {
      this.#isRunning = false;
      this.#exchange.response.emit("drain");
    }
  }

  #bytesToSend(): number {
    const { pieceBytes = Infinity, cut } = this.shape;
    if (cut === undefined) return Math.min(pieceBytes, this.#waiting.length);
    // The last byte is held back until more comes: it must never be sent.
    const sendable = Math.max(0, this.#waiting.length - 1);
    return Math.min(pieceBytes, sendable, cut.afterBytes - this.#sentBytes);
  }

  async #send(bytes: number): Promise<void> {
    const piece = this.#waiting.subarray(0, bytes);
    this.#waiting = this.#waiting.subarray(bytes);
    this.#sentBytes += bytes;
    const { response } = this.#exchange;
    await new Promise<void>((resolve) => {
      response.once("close", resolve);
      this.#write(piece, () => {
        response.off("close", resolve);
        resolve();
      });
    });
  }

  async #pause(): Promise<"elapsed" | "gone"> {
    const { response } = this.#exchange;
    const { everyMs = 0 } = this.shape;
    if (everyMs > 0) return waitForClient(response, everyMs);
    return response.destroyed ? "gone" : "elapsed";
  }

  async #cut({ by }: Cut): Promise<void> {
    const { request, response, connection } = this.#exchange;
    if (!response.headersSent) response.flushHeaders();
    // A reset takes back what the system was not given yet.
    await new Promise((resolve) => setImmediate(resolve));
    if (by === "reset") resetConnection(request.socket, connection);
    else closeConnection(request.socket, connection);
  }
}
