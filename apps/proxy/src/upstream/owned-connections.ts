import type { PoolConfig } from "@evenkeel/config";
import type { ClientConnection } from "../downstream/client-connection.ts";
import type { UpstreamConnection } from "./upstream-connection.ts";

/**
 * Idle connections that began with a PROXY header. What it says holds for all of a connection, so each
 * serves the client connection that it names and no other, and ends with it
 * (docs/sockets.md).
 */
export class OwnedConnections {
  /** Coldest first. */
  readonly #byClient = new Map<ClientConnection, UpstreamConnection>();

  /** Of this client, if there is one; it is no longer idle then. */
  take(client: ClientConnection): UpstreamConnection | undefined {
    const kept = this.#byClient.get(client);
    if (kept !== undefined) this.#byClient.delete(client);
    return kept;
  }

  keep(connection: UpstreamConnection): void {
    const { client } = connection;
    if (client === null || client.isClosed) {
      connection.destroy();
      return;
    }
    const other = this.take(client);
    this.#byClient.set(client, connection);
    // A client asks one thing at a time: two of one client come of a request that moved.
    other?.destroy();
  }

  remove(connection: UpstreamConnection): void {
    const { client } = connection;
    if (client !== null && this.#byClient.get(client) === connection) this.#byClient.delete(client);
  }

  /** Closes those whose client is gone, and those that were idle for too long. */
  sweep(
    now: number,
    { poolSize, idleTimeoutMs }: PoolConfig["connections"],
    surplusMs: number,
  ): void {
    for (const [client, connection] of this.#byClient) {
      const idleMs = now - connection.idleSince;
      const isSurplus = this.#byClient.size > poolSize && idleMs >= surplusMs;
      if (client.isClosed || isSurplus || idleMs >= idleTimeoutMs) connection.destroy();
    }
  }

  takeAll(): readonly UpstreamConnection[] {
    const all = [...this.#byClient.values()];
    this.#byClient.clear();
    return all;
  }
}
