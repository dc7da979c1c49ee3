import { type AddressInfo, type Server, type Socket, createServer } from "node:net";
import { atEnd } from "./concurrent.ts";
import { type Message, readMessage } from "./message.ts";
import { Peer, eventually } from "./peer.ts";

/** One connection that the proxy made to a backend. */
export class BackendConnection extends Peer {
  /** The next request, taken off what was received. */
  async request(): Promise<Message> {
    let message: Message | null = null;
    await this.until("a whole request arrives", () => {
      message = readMessage(this.received, "request", false);
      return message !== null;
    });
    const found = message as unknown as Message;
    this.received = this.received.slice(found.size);
    return found;
  }

  /** The next request's head; its body stays in `received`. */
  async head(): Promise<string> {
    await this.untilReceived("\r\n\r\n");
    const end = this.received.indexOf("\r\n\r\n") + 4;
    const head = this.received.slice(0, end);
    this.received = this.received.slice(end);
    return head;
  }
}

export type Answer = (request: Message, connection: BackendConnection) => string | null;

/** A backend of raw sockets: it records what arrives and says what the test tells it to. */
export class RawBackend {
  readonly server: Server;
  /** Every connection there ever was, in order. */
  readonly connections: BackendConnection[] = [];
  /** Whole requests that `answer` was asked about. */
  readonly requests: Message[] = [];
  /** Answers every request at once; null: the test answers. */
  answer: Answer | null = null;
  /** False: connections are accepted and never read from. */
  reads = true;

  constructor(server: Server) {
    this.server = server;
    server.on("connection", (socket) => this.#accept(socket));
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get url(): string {
    const address = this.server.address();
    return typeof address === "string" ? `unix:${address}` : `http://127.0.0.1:${this.port}`;
  }

  /** The connection with this number, when it is there. */
  async connection(index = 0): Promise<BackendConnection> {
    await eventually(`the backend has connection ${index}`, () => this.connections.length > index);
    return this.connections[index] as BackendConnection;
  }

  get openConnections(): BackendConnection[] {
    return this.connections.filter(({ isClosed, isEnded }) => !isClosed && !isEnded);
  }

  /** Stops listening and cuts every connection: to the proxy, the process was killed. */
  async kill(): Promise<void> {
    const { port } = this;
    for (const connection of this.connections) connection.reset();
    await new Promise((resolve) => this.server.close(resolve));
    this.#killedPort = port;
  }

  #killedPort = 0;

  async restart(): Promise<void> {
    const port = this.#killedPort;
    await new Promise<void>((resolve) => this.server.listen(port, "127.0.0.1", resolve));
  }

  #accept(socket: Socket): void {
    socket.setNoDelay(true);
    const connection = new BackendConnection(socket);
    this.connections.push(connection);
    if (!this.reads) return;
    connection.read();
    socket.on("data", () => this.#answerAll(connection));
  }

  #answerAll(connection: BackendConnection): void {
    const { answer } = this;
    if (answer === null) return;
    for (;;) {
      const request = readMessage(connection.received, "request", false);
      if (request === null) return;
      connection.received = connection.received.slice(request.size);
      this.requests.push(request);
      const response = answer(request, connection);
      if (response !== null) connection.send(response);
    }
  }
}

/** Listens on a port of its own, or on the unix socket `path`, until the test ends. */
export async function startBackend(
  answer: Answer | null = null,
  path: string | null = null,
): Promise<RawBackend> {
  const server = createServer({ allowHalfOpen: true });
  const backend = new RawBackend(server);
  backend.answer = answer;
  const place = path === null ? { port: 0, host: "127.0.0.1" } : { path };
  await new Promise<void>((resolve) => server.listen(place, resolve));
  atEnd(() => {
    for (const { socket } of backend.connections) socket.destroy();
    server.close();
  });
  return backend;
}

/** A complete 200 response with this content. */
export function ok(body = "ok", fields = ""): string {
  return `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n${fields}\r\n${body}`;
}

/** A port on which nothing listens: connecting to it is refused. */
export async function refusingPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
