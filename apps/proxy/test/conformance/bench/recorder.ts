import { createHash } from "node:crypto";
import { type AddressInfo, type Server, type Socket, createServer } from "node:net";
import { backendProfile } from "../strict/profiles.ts";
import { type Rest, type StrictRequest, parseRequests } from "../strict/request.ts";

export interface RecordedRequest extends StrictRequest {
  /** What the answer carries, so that a response can be traced to its request. */
  readonly id: string;
  readonly connection: number;
}

/** Bytes of a connection that are no complete request. */
export interface Leftover {
  readonly connection: number;
  readonly bytes: Buffer;
  readonly rest: Rest;
  readonly isClosed: boolean;
}

export interface Recording {
  readonly requests: readonly RecordedRequest[];
  /** What breaks the strict grammar, with the bytes that do. */
  readonly violations: readonly string[];
  readonly leftovers: readonly Leftover[];
}

/** Answers one request in a way of its own; the default answers with an id. */
export type Script = (request: RecordedRequest, socket: Socket) => void;

interface Connection {
  readonly number: number;
  bytes: Buffer;
  rest: Rest;
  isClosed: boolean;
}

/** A backend that keeps every byte it gets and judges it by a grammar of its own. */
export class Recorder {
  readonly #server: Server;
  readonly #connections: Set<Connection> = new Set();
  readonly #sockets: Set<Socket> = new Set();
  #requests: RecordedRequest[] = [];
  #violations: string[] = [];
  #accepted = 0;
  #answered = 0;
  /** Grows with everything but canaries that reaches this backend. */
  activity = 0;
  script: (request: RecordedRequest) => Script | null = () => null;

  constructor() {
    this.#server = createServer({ noDelay: true }, (socket) => this.#accept(socket));
  }

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => {
      this.#server.listen(0, "127.0.0.1", resolve);
    });
    return (this.#server.address() as AddressInfo).port;
  }

  /** Everything since the last call. Unfinished bytes of open connections are reported again. */
  take(): Recording {
    const connections = [...this.#connections];
    const leftovers = connections
      .filter(({ bytes }) => bytes.length > 0)
      .map(({ number, bytes, rest, isClosed }) => ({ connection: number, bytes, rest, isClosed }));
    for (const connection of connections) {
      if (connection.isClosed) this.#connections.delete(connection);
    }
    const recording = { requests: this.#requests, violations: this.#violations, leftovers };
    this.#requests = [];
    this.#violations = [];
    return recording;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
  }

  #accept(socket: Socket): void {
    const number = ++this.#accepted;
    const connection: Connection = { number, bytes: nothing, rest: "none", isClosed: false };
    this.#connections.add(connection);
    this.#sockets.add(socket);
    socket.on("data", (chunk: Buffer) => this.#receive(connection, socket, chunk));
    socket.on("error", () => {});
    socket.on("close", () => {
      connection.isClosed = true;
      if (connection.bytes.length > 0) this.activity++;
      this.#sockets.delete(socket);
    });
  }

  #receive(connection: Connection, socket: Socket, chunk: Buffer): void {
    connection.bytes = Buffer.concat([connection.bytes, chunk]);
    const { requests, consumed, rest, reason } = parseRequests(connection.bytes, backendProfile);
    if (rest === "malformed") {
      const shown = JSON.stringify(connection.bytes.subarray(consumed).toString("latin1", 0, 400));
      this.#violations.push(`${reason}: ${shown}`);
      socket.destroy();
    }
    connection.bytes = connection.bytes.subarray(consumed);
    connection.rest = rest;
    if (!requests.every(isCanary) || connection.bytes.length > 0) this.activity++;
    for (const request of requests) this.#answer(request, connection.number, socket);
  }

  #answer(request: StrictRequest, connection: number, socket: Socket): void {
    const recorded: RecordedRequest = { ...request, connection, id: `r${++this.#answered}` };
    if (!isCanary(request)) this.#requests.push(recorded);
    const script = this.script(recorded) ?? answerWithId;
    script(recorded, socket);
  }
}

/** Says which request it answers: its id, its target and a hash of its body. */
function answerWithId(request: RecordedRequest, socket: Socket): void {
  const { id, method, target, body } = request;
  const content = JSON.stringify({ id, target, body: hashOf(body) });
  const head =
    `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Recorder-Id: ${id}\r\n` +
    `Content-Length: ${content.length}\r\n\r\n`;
  socket.write(method === "HEAD" ? head : head + content);
}

export function hashOf(bytes: Buffer): string {
  return createHash("sha1").update(bytes).digest("base64url").slice(0, 12);
}

function isCanary({ target }: StrictRequest): boolean {
  return target.startsWith("/canary-");
}

const nothing = Buffer.alloc(0);
