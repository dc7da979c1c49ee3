import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { ResponseReader } from "./response-reader.ts";
import { percentile } from "./statistics.ts";

/** What one run at a fixed rate gave. */
export interface OpenLoopResult {
  readonly sent: number;
  readonly completed: number;
  readonly errors: number;
  /** Completed requests per second. */
  readonly achievedRate: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

interface Connection {
  readonly socket: Socket;
  readonly reader: ResponseReader;
  dueAt: number;
}

const DRAIN_MS = 1000;

/**
 * Sends at a fixed rate whether or not answers come back (open loop): a request that finds every
 * connection busy waits, and its waiting counts, so a stall of the proxy is not hidden. Requests
 * fall due in steps of a millisecond, the resolution of Node's timers; the same steps are used when
 * going direct, so they cancel out in what a proxy adds.
 */
export class OpenLoopClient {
  readonly #port: number;
  readonly #head: Buffer;
  readonly #connections = new Set<Connection>();
  readonly #free: Connection[] = [];
  #waiting: number[] = [];
  #latencies: number[] = [];
  #sent = 0;
  #errors = 0;
  #isClosing = false;

  private constructor(port: number, head: Buffer) {
    this.#port = port;
    this.#head = head;
  }

  /** Opens all connections before the first request. */
  static async open(port: number, target: string, connections: number): Promise<OpenLoopClient> {
    const head = Buffer.from(`GET ${target} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`);
    const client = new OpenLoopClient(port, head);
    for (let count = 0; count < connections; count += 1) {
      client.#free.push(await client.#connect());
    }
    return client;
  }

  /** Runs for this long, then waits up to a second for the last answers. */
  async run(ratePerSecond: number, durationMs: number): Promise<OpenLoopResult> {
    this.#waiting = [];
    this.#latencies = [];
    this.#sent = 0;
    this.#errors = 0;
    const start = performance.now();
    let due = 0;
    while (performance.now() - start < durationMs) {
      const now = performance.now();
      const target = Math.floor(((now - start) * ratePerSecond) / 1000);
      for (; due < target; due += 1) this.#issue(now);
      await sleep(1);
    }
    const elapsedMs = performance.now() - start;
    await this.#drain();
    return this.#result(elapsedMs);
  }

  close(): void {
    this.#isClosing = true;
    for (const { socket } of this.#connections) socket.destroy();
  }

  async #connect(): Promise<Connection> {
    const socket = connect({ port: this.#port, host: "127.0.0.1", noDelay: true });
    await new Promise<void>((resolve, reject) => {
      socket.once("connect", resolve);
      socket.once("error", reject);
    });
    const connection: Connection = { socket, reader: new ResponseReader(), dueAt: 0 };
    socket.on("data", (chunk: Buffer) => this.#receive(connection, chunk));
    socket.on("error", () => undefined);
    socket.on("close", () => {
      this.#connections.delete(connection);
      if (!this.#isClosing && !connection.reader.isLast) this.#errors += 1;
    });
    this.#connections.add(connection);
    return connection;
  }

  /** A proxy may end a connection with an answer; the next request then goes over a new one. */
  #replace(): void {
    const failed = (): void => {
      this.#errors += 1;
    };
    this.#connect().then((connection) => this.#serveNext(connection), failed);
  }

  #issue(dueAt: number): void {
    const connection = this.#free.shift();
    if (connection === undefined) this.#waiting.push(dueAt);
    else this.#send(connection, dueAt);
  }

  #send(connection: Connection, dueAt: number): void {
    connection.dueAt = dueAt;
    connection.socket.write(this.#head);
    this.#sent += 1;
  }

  #receive(connection: Connection, chunk: Buffer): void {
    try {
      if (connection.reader.push(chunk) === 0) return;
    } catch (error) {
      connection.socket.destroy(error instanceof Error ? error : undefined);
      return;
    }
    this.#latencies.push(performance.now() - connection.dueAt);
    if (connection.reader.isLast) this.#replace();
    else this.#serveNext(connection);
  }

  #serveNext(connection: Connection): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free.push(connection);
    else this.#send(connection, next);
  }

  async #drain(): Promise<void> {
    const deadline = performance.now() + DRAIN_MS;
    while (this.#latencies.length < this.#sent && performance.now() < deadline) await sleep(5);
  }

  #result(elapsedMs: number): OpenLoopResult {
    const sorted = Float64Array.from(this.#latencies).toSorted();
    const completed = sorted.length;
    return {
      sent: this.#sent,
      completed,
      errors: this.#errors + this.#sent - completed,
      achievedRate: (completed * 1000) / elapsedMs,
      p50Ms: percentile(sorted, 0.5),
      p99Ms: percentile(sorted, 0.99),
    };
  }
}
