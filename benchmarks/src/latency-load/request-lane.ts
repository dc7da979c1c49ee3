import { performance } from "node:perf_hooks";
import { connect, type Socket } from "node:net";
import { ResponseReader } from "../measure/response-reader.ts";
import type { LatencyAnswers } from "./load-result.ts";

interface Connection {
  readonly socket: Socket;
  readonly reader: ResponseReader;
  isOpen: boolean;
  isWaiting: boolean;
  dueMs: number;
  sentMs: number;
}

const READ_BYTES = 64 * 1024;

/** One for all connections: what is read is used up before the next read. */
const readBuffer = Buffer.allocUnsafeSlow(READ_BYTES);

/**
 * Requests to one port, each on an idle connection of its own, so that none waits for the answer of
 * another: a stall of the server shows in every request that is sent while it lasts, as long as
 * there are idle connections.
 */
export class RequestLane {
  readonly #port: number;
  readonly #head: Buffer;
  readonly #connections = new Set<Connection>();
  readonly #idle: Connection[] = [];
  #isClosing = false;
  /** When each answered request was due, on the clock of `performance`, in the order of answers. */
  readonly #dueMs: Float64Array;
  /** What each took. */
  readonly #latenciesMs: Float64Array;
  #answers = 0;
  /** Requests without an answer so far. */
  waiting = 0;
  /** Requests whose connection failed. */
  errors = 0;

  /** Answers beyond `mostAnswers` are not kept: memory that grows would make the collector pause. */
  constructor(port: number, target: string, mostAnswers: number) {
    this.#port = port;
    this.#dueMs = new Float64Array(mostAnswers);
    this.#latenciesMs = new Float64Array(mostAnswers);
    this.#head = Buffer.from(`GET ${target} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`);
  }

  /** Opens connections before the first request; there are never more, and those that end are replaced. */
  async open(connections: number): Promise<void> {
    for (let count = 0; count < connections; count += 1) {
      await new Promise<void>((resolve, reject) => {
        this.#connect().socket.once("connect", resolve).once("error", reject);
      });
    }
  }

  /**
   * Sends a request now, whose time runs from `sentMs`; false, and nothing sent, while all connections
   * wait for answers.
   */
  send(dueMs: number, sentMs: number): boolean {
    const connection = this.#idle.pop();
    if (connection === undefined) return false;
    connection.isWaiting = true;
    connection.dueMs = dueMs;
    connection.sentMs = sentMs;
    this.waiting += 1;
    connection.socket.write(this.#head);
    return true;
  }

  /** The answers to what was due from `fromMs` on, in the order in which they came. */
  answersFrom(fromMs: number): LatencyAnswers {
    const answers = Math.min(this.#answers, this.#dueMs.length);
    const dueAtMs: number[] = [];
    const latenciesMs: number[] = [];
    for (let index = 0; index < answers; index += 1) {
      const dueMs = this.#dueMs[index] ?? 0;
      if (dueMs < fromMs) continue;
      dueAtMs.push(dueMs - fromMs);
      latenciesMs.push(this.#latenciesMs[index] ?? 0);
    }
    return { dueAtMs, latenciesMs };
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
    const connection: Connection = {
      socket,
      reader,
      isOpen: false,
      isWaiting: false,
      dueMs: 0,
      sentMs: 0,
    };
    socket.on("connect", () => {
      connection.isOpen = true;
      this.#idle.push(connection);
    });
    socket.on("error", () => undefined);
    socket.on("close", () => this.#closed(connection));
    this.#connections.add(connection);
    return connection;
  }

  #receive(connection: Connection, length: number): boolean {
    const latencyMs = performance.now() - connection.sentMs;
    try {
      if (connection.reader.push(readBuffer.subarray(0, length)) === 0) return true;
    } catch (error) {
      connection.socket.destroy(error instanceof Error ? error : undefined);
      return true;
    }
    this.waiting -= 1;
    connection.isWaiting = false;
    this.#dueMs[this.#answers] = connection.dueMs;
    this.#latenciesMs[this.#answers] = latencyMs;
    this.#answers += 1;
    // The next request then finds a connection that stands.
    if (connection.reader.isLast) this.#connect();
    else this.#idle.push(connection);
    return true;
  }

  #closed(connection: Connection): void {
    this.#connections.delete(connection);
    const index = this.#idle.indexOf(connection);
    if (index >= 0) this.#idle.splice(index, 1);
    if (this.#isClosing) return;
    // One that never stood is not tried again: nobody listens.
    if (connection.isOpen && !connection.reader.isLast) this.#connect();
    if (!connection.isWaiting) return;
    this.waiting -= 1;
    this.errors += 1;
  }
}
