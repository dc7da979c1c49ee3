import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { readMessage, targetOf, type WireMessage } from "./message.ts";

/** One request that reached the backend. */
export interface Arrival extends WireMessage {
  /** 1 for the first connection since the start. */
  readonly connection: number;
}

/** What is done with a request; the connection is the check's to use. */
export type Script = (socket: Socket, arrival: Arrival) => void;

const plainAnswer =
  "HTTP/1.1 200 OK\r\nX-Backend: recorder\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok";

/** Answers the request as any backend would. */
export function answerPlainly(socket: Socket): void {
  socket.write(plainAnswer);
}

/** A backend that keeps every byte that arrives, and answers as a check says. */
export class Recorder {
  readonly port: number;
  /** Called once for each request, when its head has come (`onHead`) or when all of it has. */
  script: Script = answerPlainly;
  /** Do not wait for the request body before the script is called. */
  answersEarly = false;
  readonly #server: Server;
  readonly #sockets: Set<Socket> = new Set();
  readonly #checkPath: string;
  #arrivals: Arrival[] = [];
  #connections = 0;

  private constructor(server: Server, checkPath: string) {
    this.#server = server;
    this.#checkPath = checkPath;
    this.port = (server.address() as AddressInfo).port;
    server.on("connection", (socket: Socket) => this.#serve(socket));
  }

  /** Listens on a free port of 127.0.0.1. Requests for `checkPath` are answered and not kept. */
  static async start(checkPath: string): Promise<Recorder> {
    const server = createServer({ noDelay: true });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return new Recorder(server, checkPath);
  }

  /** Everything that arrived since the last call, incomplete requests included; the script is forgotten. */
  take(): readonly Arrival[] {
    const arrivals = this.#arrivals;
    this.#arrivals = [];
    this.script = answerPlainly;
    this.answersEarly = false;
    return arrivals;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }

  #serve(socket: Socket): void {
    this.#connections += 1;
    const connection = this.#connections;
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    socket.setEncoding("latin1");
    let text = "";
    /** Where in the list the request is that has begun and not ended. */
    let open: number | undefined;
    let list = this.#arrivals;
    socket.on("data", (piece: string) => {
      text += piece;
      for (;;) {
        const message = readMessage(text, { kind: "request", isEnded: false });
        if (message === undefined) return;
        const arrival = { ...message, connection };
        const isNew = open === undefined || list !== this.#arrivals;
        if (!this.#isCheck(message)) {
          list = this.#arrivals;
          if (isNew) open = list.push(arrival) - 1;
          else if (open !== undefined) list[open] = arrival;
        }
        if (this.#isDue(arrival, isNew)) this.#answer(socket, arrival);
        if (!message.isComplete) return;
        open = undefined;
        text = text.slice(message.length);
      }
    });
  }

  #isDue({ isComplete }: Arrival, isNew: boolean): boolean {
    return this.answersEarly ? isNew : isComplete;
  }

  #answer(socket: Socket, arrival: Arrival): void {
    if (this.#isCheck(arrival)) answerPlainly(socket);
    else this.script(socket, arrival);
  }

  #isCheck(message: WireMessage): boolean {
    return targetOf(message) === this.#checkPath;
  }
}
