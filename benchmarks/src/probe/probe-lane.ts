import { connect, type Socket } from "node:net";
import { ResponseReader } from "../measure/response-reader.ts";
import { monotonicMs } from "./monotonic.ts";

/** One answered request; when it was due is on the clock of `monotonicMs`. */
export interface Answer {
  readonly dueMs: number;
  /** From the moment at which it was really sent. */
  readonly latencyMs: number;
}

interface Connection {
  readonly socket: Socket;
  readonly reader: ResponseReader;
  isWaiting: boolean;
  dueMs: number;
  sentMs: number;
}

const READ_BYTES = 64 * 1024;

/** One for all connections: what is read is used up before the next read. */
const readBuffer = Buffer.allocUnsafeSlow(READ_BYTES);

/**
 * Requests to one port, each on an idle connection of its own, so that none waits for the answer of
 * another: a stall of the server shows in every request that is sent while it lasts.
 */
export class ProbeLane {
  readonly #port: number;
  readonly #head: Buffer;
  readonly #connections = new Set<Connection>();
  readonly #idle: Connection[] = [];
  #isClosing = false;
  readonly answers: Answer[] = [];
  /** Requests without an answer so far. */
  waiting = 0;
  /** Requests whose connection failed. */
  errors = 0;

  constructor(port: number, target: string) {
    this.#port = port;
    this.#head = Buffer.from(`GET ${target} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`);
  }

  /** Opens connections before the first request. */
  async open(connections: number): Promise<void> {
    for (let count = 0; count < connections; count += 1) {
      await new Promise<void>((resolve, reject) => {
        this.#connect().socket.once("connect", resolve).once("error", reject);
      });
    }
  }

  /** Sends a request now; over a new connection when none is idle. */
  send(dueMs: number): void {
    const connection = this.#idle.pop() ?? this.#connect();
    connection.isWaiting = true;
    connection.dueMs = dueMs;
    connection.sentMs = monotonicMs();
    this.waiting += 1;
    connection.socket.write(this.#head);
  }

  close(): void {
    this.#isClosing = true;
    for (const { socket } of this.#connections) socket.destroy();
  }

  #connect(): Connection {
    const callback = (length: number): boolean => this.#receive(connection, length);
    const onread = { buffer: readBuffer, callback };
    const socket = connect({ port: this.#port, host: "127.0.0.1", noDelay: true, onread });
    const reader = new ResponseReader();
    const connection: Connection = { socket, reader, isWaiting: false, dueMs: 0, sentMs: 0 };
    socket.on("connect", () => {
      if (!connection.isWaiting) this.#idle.push(connection);
    });
    socket.on("error", () => undefined);
    socket.on("close", () => this.#closed(connection));
    this.#connections.add(connection);
    return connection;
  }

  #receive(connection: Connection, length: number): boolean {
    const latencyMs = monotonicMs() - connection.sentMs;
    try {
      if (connection.reader.push(readBuffer.subarray(0, length)) === 0) return true;
    } catch (error) {
      connection.socket.destroy(error instanceof Error ? error : undefined);
      return true;
    }
    this.waiting -= 1;
    connection.isWaiting = false;
    this.answers.push({ dueMs: connection.dueMs, latencyMs });
    // The next request then finds a connection that stands.
    if (connection.reader.isLast) this.#connect();
    else this.#idle.push(connection);
    return true;
  }

  #closed(connection: Connection): void {
    this.#connections.delete(connection);
    const index = this.#idle.indexOf(connection);
    if (index >= 0) this.#idle.splice(index, 1);
    if (!connection.isWaiting || this.#isClosing) return;
    this.waiting -= 1;
    this.errors += 1;
  }
}
