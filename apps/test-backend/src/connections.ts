import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Ending } from "./ending.ts";

/** One accepted connection, as this backend counts it. */
export interface Connection {
  /** 1 for the first connection since the start. */
  readonly id: number;
  /** Requests that arrived on it so far, the current one included. */
  requests: number;
  /** The fault that held it before it was served; its first request is told. */
  heldBy: string | undefined;
  /** Responses that have not been finished; more than one when the client pipelines. */
  readonly unfinished: Map<ServerResponse, () => void>;
  /** True when it is to end after its last response. */
  isEnding: boolean;
  /** True while its request hangs: there is no last response to wait for. */
  isStuck: boolean;
  /** Asks the client of an open conversation, such as a WebSocket, to end it. */
  sayGoodbye: (() => void) | undefined;
  /** How this backend ended it; undefined when it did not, or has not. */
  endedAs: Ending | undefined;
  /** Bytes sent on it for the responses that are over. */
  bytesAccounted: number;
}

/**
 * Knows every open connection. `server.close()` of Node is not enough to end them: it takes a
 * connection that never sent a byte for a busy one and waits a minute for it, and a balancer may
 * well hold such connections.
 */
export class Connections {
  readonly #open = new Map<Socket, Connection>();
  #accepted = 0;
  #closing = false;
  #whenNone: (() => void)[] = [];

  /** Connections accepted since the start. */
  get accepted(): number {
    return this.#accepted;
  }

  /** Connections open now. */
  get open(): number {
    return this.#open.size;
  }

  /** True once `closeGracefully` was called: what is answered now should close its connection. */
  get closing(): boolean {
    return this.#closing;
  }

  /** Registers a socket until it closes; asking again for the same socket gives the same record. */
  of(socket: Socket): Connection {
    const known = this.#open.get(socket);
    if (known !== undefined) return known;
    this.#accepted += 1;
    const connection: Connection = {
      id: this.#accepted,
      requests: 0,
      heldBy: undefined,
      unfinished: new Map(),
      isEnding: false,
      isStuck: false,
      sayGoodbye: undefined,
      endedAs: undefined,
      bytesAccounted: 0,
    };
    this.#open.set(socket, connection);
    socket.once("close", () => this.#forget(socket));
    return connection;
  }

  /**
   * Counts a request in, and out again when its response is finished or abandoned; `onEnd` is then
   * called, once.
   */
  beginResponse(socket: Socket, response: ServerResponse, onEnd: () => void): Connection {
    const connection = this.of(socket);
    connection.requests += 1;
    connection.unfinished.set(response, onEnd);
    response.once("close", () => {
      this.#endResponse(connection, response);
      // destroySoon, not destroy: what was written must still reach the client.
      const isLast = connection.unfinished.size === 0;
      if (isLast && (this.#closing || connection.isEnding)) socket.destroySoon();
    });
    return connection;
  }

  /** Ends idle connections now and the others after their last response. */
  closeGracefully(): void {
    this.#closing = true;
    this.endOpen("close");
  }

  /** Ends what is open now: as `closeGracefully` does, or by a reset in whatever it is doing. */
  endOpen(how: "close" | "reset"): void {
    for (const [socket, connection] of this.#open) {
      if (how === "reset") resetConnection(socket, connection);
      else endAfterResponses(socket, connection);
    }
  }

  /** Cuts every connection, whatever it is doing. */
  destroyAll(): void {
    this.#closing = true;
    for (const [socket, connection] of this.#open) {
      connection.endedAs ??= "closed-by-us";
      socket.destroy();
    }
  }

  /** Resolves when no connection is open. */
  untilNone(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#open.size === 0) resolve();
      else this.#whenNone.push(resolve);
    });
  }

  #forget(socket: Socket): void {
    this.#open.delete(socket);
    if (this.#open.size > 0) return;
    for (const resolve of this.#whenNone) resolve();
    this.#whenNone = [];
  }

  #endResponse(connection: Connection, response: ServerResponse): void {
    const onEnd = connection.unfinished.get(response);
    connection.unfinished.delete(response);
    onEnd?.();
  }
}

/** Sends RST: what the client had not received yet is lost. */
export function resetConnection(socket: Socket, connection: Connection): void {
  connection.endedAs ??= "reset-by-us";
  socket.resetAndDestroy();
}

/** Sends FIN after what was written, whether or not a response is complete. */
export function closeConnection(socket: Socket, connection: Connection): void {
  connection.endedAs ??= "closed-by-us";
  socket.destroySoon();
}

function endAfterResponses(socket: Socket, connection: Connection): void {
  connection.isEnding = true;
  connection.sayGoodbye?.();
  if (connection.unfinished.size === 0 || connection.isStuck) socket.destroySoon();
  for (const response of connection.unfinished.keys()) {
    if (!response.headersSent) response.setHeader("Connection", "close");
  }
}
