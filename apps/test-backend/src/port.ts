import { once } from "node:events";
import { BoundSocket, Server as NetServer, type AddressInfo } from "node:net";
import type { Server } from "node:http";
import type { Connections } from "./connections.ts";

/** What becomes of the connections that are open when the port begins to refuse. */
export const openConnectionFates = ["close", "reset", "keep"] as const;
export type OpenConnectionFate = (typeof openConnectionFates)[number];

// Node's default backlog of 511 overflows when a load test opens a thousand connections at once.
const backlog = 4096;
const retryListenMs = 50;

/** The port that a backend listens on, which it can shut and open again. */
export class Port {
  readonly #server: Server;
  readonly #connections: Connections;
  #address: AddressInfo | undefined;
  #refusals = 0;
  /** Holds the port while it refuses: otherwise another process could be given its number. */
  #reserved: BoundSocket | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(server: Server, connections: Connections) {
    this.#server = server;
    this.#connections = connections;
  }

  /** True while connections are refused. */
  get isRefusing(): boolean {
    return this.#refusals > 0;
  }

  /** The port's number; 0 before it listens. */
  get number(): number {
    return this.#address?.port ?? 0;
  }

  /** Rejects with the system's error when it cannot. */
  async listen(host: string, port: number): Promise<void> {
    this.#server.listen({ host, port, backlog });
    await once(this.#server, "listening");
    this.#address = this.#server.address() as AddressInfo;
  }

  /** From now on connections are refused, until `accept` was called as often as this. */
  refuse(open: OpenConnectionFate): void {
    this.#refusals += 1;
    if (this.#refusals === 1) this.#shut();
    if (open !== "keep") this.#connections.endOpen(open);
  }

  /** Takes one `refuse` back. */
  accept(): void {
    this.#refusals -= 1;
    if (this.#refusals === 0 && !this.#isClosed) this.#open();
  }

  /** Stops listening for good; resolves when every connection has ended. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#reserved?.close();
    this.#reserved = undefined;
    this.#server.close();
    await this.#connections.untilNone();
  }

  #shut(): void {
    if (this.#address === undefined || this.#isClosed) return;
    const { address, port } = this.#address;
    clearTimeout(this.#timer);
    // Without a listening socket nothing else may keep the process alive.
    this.#timer = setInterval(() => {}, 2 ** 30);
    // The close of node:http would end idle connections too.
    NetServer.prototype.close.call(this.#server);
    try {
      this.#reserved = new BoundSocket({ host: address, port });
    } catch {
      // Somebody was faster; #open tries until the port is free again.
      this.#reserved = undefined;
    }
  }

  #open(): void {
    if (this.#address === undefined) return;
    clearTimeout(this.#timer);
    const { address: host, port } = this.#address;
    const reserved = this.#reserved;
    this.#reserved = undefined;
    this.#server.once("error", this.#retry);
    this.#server.once("listening", () => this.#server.off("error", this.#retry));
    if (reserved === undefined) this.#server.listen({ host, port, backlog });
    else this.#server.listen(reserved, backlog);
  }

  readonly #retry = (): void => {
    this.#timer = setTimeout(() => {
      if (!this.#isClosed && !this.isRefusing) this.#open();
    }, retryListenMs);
  };
}
