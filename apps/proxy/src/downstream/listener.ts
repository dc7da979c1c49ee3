import { chmod } from "node:fs";
import { type AddressInfo, type Server, Socket, createServer } from "node:net";
import type { ListenAddress, ListenerConfig } from "@evenkeel/config";
import type { Backend } from "@evenkeel/core";
import {
  type ListenerContext,
  readBufferBytes,
  writeHighWaterMarkBytes,
} from "../thread-context.ts";
import { errorResponseText } from "../error-response.ts";
import { listenError } from "../listen-error.ts";
import { listenOnUnixSocket } from "../unix-socket.ts";
import { ClientConnection } from "./client-connection.ts";

const backlog = 4096;

export interface ListenOptions {
  /** Several sockets, one per worker, share the port; the kernel spreads connections over them. */
  readonly reusePort: boolean;
}

/** One listening socket of this thread and the connections that came through it. */
export class Listener {
  #context: ListenerContext;
  /** Accepted before the generation that the listener is for has come into force; then null. */
  #early: Socket[] | null = [];
  readonly #server: Server;
  readonly #connections: Set<ClientConnection> = new Set();
  #onEmpty: (() => void) | null = null;
  /** Of a unix socket. */
  #removeFile: () => void = () => {};

  constructor(context: ListenerContext) {
    this.#context = context;
    this.#server = createServer({ pauseOnConnect: true, noDelay: true, allowHalfOpen: true });
    this.#server.on("connection", (socket) => {
      if (this.#early === null) this.#accept(socket);
      else this.#early.push(socket);
    });
  }

  /** Resolves with the address that was bound; rejects with the platform's error. */
  async listen(options: ListenOptions): Promise<ListenAddress> {
    const { address, mode } = this.#context.config;
    if (address.kind === "unix") {
      const { path } = address;
      this.#removeFile = await listenOnUnixSocket(this.#server, { path, mode, backlog });
    } else await this.#listenOnPort(address, options);
    // A failed accept (EMFILE) is reported here; the server itself goes on.
    this.#server.on("error", (error: NodeJS.ErrnoException) => this.#acceptFailed(error));
    if (address.kind === "unix") return address;
    return { ...address, port: (this.#server.address() as AddressInfo).port };
  }

  async #listenOnPort(
    address: ListenAddress & { readonly kind: "tcp" },
    { reusePort }: ListenOptions,
  ): Promise<void> {
    const { host, port } = address;
    await new Promise<void>((resolve, reject) => {
      const refuse = (error: Error): void => reject(listenError(address, error));
      this.#server.once("error", refuse);
      this.#server.listen({ host, port, reusePort, backlog }, () => {
        this.#server.off("error", refuse);
        resolve();
      });
    });
  }

  #stopListening(): void {
    this.#removeFile();
    this.#server.close();
  }

  /** Serves those who have connected since it listens, and all others from now on. */
  open(): void {
    const early = this.#early ?? [];
    this.#early = null;
    for (const socket of early) this.#accept(socket);
  }

  /** The configuration changed: new connections go by it at once, others from their next request on. */
  follow(context: ListenerContext): void {
    if (context.config.mode !== this.#context.config.mode) changeMode(context);
    this.#context = context;
    for (const connection of this.#connections) connection.follow(context);
  }

  get config(): ListenerConfig {
    return this.#context.config;
  }

  get connectionCount(): number {
    return this.#connections.size;
  }

  /** Stops accepting; resolves when the last connection has ended. */
  async drain(): Promise<void> {
    this.#context.isDraining = true;
    this.#stopListening();
    for (const connection of this.#connections) connection.drain();
    if (this.#connections.size === 0) return;
    await new Promise<void>((resolve) => {
      this.#onEmpty = resolve;
    });
  }

  leaveDownBackends(isDown: (backend: Backend) => boolean): void {
    for (const connection of this.#connections) connection.leaveDownBackend(isDown);
  }

  destroy(): void {
    this.#stopListening();
    for (const socket of this.#early ?? []) socket.destroy();
    for (const connection of this.#connections) connection.destroy();
  }

  #accept(accepted: Socket): void {
    const socket = withStaticBuffer(accepted, this.#context.thread.readBuffer, (input, length) =>
      connection.receive(input, length),
    );
    // Reset before it was accepted, it has no address any more that a rule could judge.
    if (socket.remoteAddress === undefined && this.config.address.kind === "tcp") {
      socket.destroy();
      return;
    }
    const connection = new ClientConnection(socket, this.#context, this.#forget);
    this.#connections.add(connection);
    const { connected, maxConnections } = this.#context;
    const count = connected();
    if (count > maxConnections) {
      this.#turnAway(connection, count > maxConnections + Math.max(16, maxConnections * 0.1));
    }
  }

  /** A few are told why; a flood is not worth the memory that telling it would take. */
  #turnAway(connection: ClientConnection, isFlood: boolean): void {
    const { thread, maxConnections } = this.#context;
    const message = `more than ${maxConnections} client connections: new ones are turned away`;
    thread.notices.add("connections-limited", message, thread.clock());
    if (isFlood) connection.destroy();
    else connection.turnAway(tooManyConnections(thread.date.text));
  }

  #acceptFailed(error: NodeJS.ErrnoException): void {
    const { thread } = this.#context;
    const message = `a connection could not be accepted: ${error.code ?? error.message}`;
    thread.notices.add("accept-failed", message, thread.clock());
  }

  readonly #forget = (connection: ClientConnection): void => {
    this.#connections.delete(connection);
    this.#context.left();
    if (this.#connections.size === 0) this.#onEmpty?.();
  };
}

/** Of a socket that is listened on. Without one, the file stays as it is. */
function changeMode({ config: { address, mode }, thread }: ListenerContext): void {
  if (address.kind !== "unix" || mode === null) return;
  chmod(address.path, mode, (error) => {
    if (error === null) return;
    const message = `the mode of ${address.path} could not be changed: ${error.message}`;
    thread.notices.add("socket-mode", message, thread.clock());
  });
}

function tooManyConnections(date: string): string {
  return errorResponseText({
    status: 503,
    error: "connection_limit_reached",
    detail: "too many client connections",
    requestId: "",
    date,
    isHead: false,
    closes: true,
  });
}

/**
 * A server socket cannot be given `onread`, so its handle moves to a Socket that has it. The accepted
 * one never read anything (`pauseOnConnect`), and destroying it keeps the server's own count right.
 * Uses a private option; a test pins the behaviour (node-performance.md 3.3).
 */
function withStaticBuffer(
  accepted: Socket,
  buffer: Buffer,
  receive: (input: Buffer, length: number) => boolean,
): Socket {
  const holder = accepted as unknown as { _handle: unknown };
  const handle = holder._handle;
  holder._handle = null;
  accepted.destroy();
  const socket = new Socket({
    handle,
    allowHalfOpen: true,
    writableHighWaterMark: writeHighWaterMarkBytes,
    onread: { buffer, callback: (length: number, input: Buffer) => receive(input, length) },
  } as ConstructorParameters<typeof Socket>[0]);
  socket.setDefaultEncoding("latin1");
  return socket;
}

export function createReadBuffer(): Buffer {
  return Buffer.allocUnsafeSlow(readBufferBytes);
}
