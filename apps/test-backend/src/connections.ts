import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** One accepted connection, as this backend counts it. */
export interface Connection {
  /** 1 for the first connection since the start. */
  readonly id: number;
  /** Requests that arrived on it so far, the current one included. */
  requests: number;
  /** Responses that have not been finished; more than one when the client pipelines. */
  readonly unfinished: Set<ServerResponse>;
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
    const connection: Connection = { id: this.#accepted, requests: 0, unfinished: new Set() };
    this.#open.set(socket, connection);
    socket.once("close", () => this.#open.delete(socket));
    return connection;
  }

  /** Counts a request in, and out again when its response is finished or abandoned. */
  beginResponse(socket: Socket, response: ServerResponse): Connection {
    const connection = this.of(socket);
    connection.requests += 1;
    connection.unfinished.add(response);
    response.once("close", () => {
      connection.unfinished.delete(response);
      // destroySoon, not destroy: what was written must still reach the client.
      if (this.#closing && connection.unfinished.size === 0) socket.destroySoon();
    });
    return connection;
  }

  /** Ends idle connections now and the others after their last response. */
  closeGracefully(): void {
    this.#closing = true;
    for (const [socket, connection] of this.#open) {
      if (connection.unfinished.size === 0) socket.destroySoon();
      for (const response of connection.unfinished) {
        if (!response.headersSent) response.setHeader("Connection", "close");
      }
    }
  }

  /** Cuts every connection, whatever it is doing. */
  destroyAll(): void {
    this.#closing = true;
    for (const socket of this.#open.keys()) socket.destroy();
  }
}
