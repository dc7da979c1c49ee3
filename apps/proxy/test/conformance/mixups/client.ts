import { type Socket, connect } from "node:net";
import { show } from "../bench/canary.ts";
import { isConnectionClose } from "../strict/profiles.ts";
import { type Ending, parseResponses } from "../strict/response.ts";
import { targetOf } from "./oracle.ts";
import type { Random } from "./random.ts";
import type { Tally } from "./tally.ts";
import { type Asked, bodyToSend, isOwnInterim, isSentInChunks, verdictOn } from "./verdict.ts";

export interface ClientOptions {
  readonly port: number;
  readonly name: string;
  readonly random: Random;
  readonly tally: Tally;
  /** Called at everything that is read. */
  readonly onRead: () => void;
}

const answerBoundMs = 30_000;
const methods = ["GET", "GET", "GET", "GET", "HEAD", "POST", "POST", "PUT", "DELETE"];

/** Asks over keep-alive connections, one after the other, until nothing is left to ask. */
export async function runClient(options: ClientOptions): Promise<void> {
  const { tally, random } = options;
  for (let connection = 0; tally.take(0) === 0; connection++) {
    const session = await Session.open(options, connection);
    const isPipelining = random.chance(0.4);
    let rounds = 1 + random.below(40);
    while (session.isUsable && rounds-- > 0) {
      const count = tally.take(isPipelining ? 2 + random.below(3) : 1);
      if (count === 0) {
        session.close();
        return;
      }
      await session.ask(count);
    }
    session.close();
  }
}

class Session {
  readonly #socket: Socket;
  readonly #options: ClientOptions;
  readonly #connection: number;
  #asked: Asked[] = [];
  #count = 0;
  #bytes: Buffer = Buffer.alloc(0);
  #ending: Ending = "open";
  #closes = false;
  #done: (() => void) | null = null;

  private constructor(socket: Socket, options: ClientOptions, connection: number) {
    this.#socket = socket;
    this.#options = options;
    this.#connection = connection;
    socket.on("data", (chunk: Buffer) => {
      this.#bytes = Buffer.concat([this.#bytes, chunk]);
      this.#look();
      options.onRead();
    });
    socket.on("end", () => this.#ended("fin"));
    socket.on("error", () => this.#ended("reset"));
    socket.on("close", () => this.#ended("reset"));
  }

  static async open(options: ClientOptions, connection: number): Promise<Session> {
    const socket = connect({ host: "127.0.0.1", port: options.port, noDelay: true });
    await new Promise<void>((resolve, reject) => {
      socket.once("connect", resolve);
      socket.once("error", reject);
    });
    return new Session(socket, options, connection);
  }

  get isUsable(): boolean {
    return this.#ending === "open" && !this.#closes;
  }

  /** Resolves when every request is answered or the connection has ended. */
  async ask(count: number): Promise<void> {
    const asked = Array.from({ length: count }, () => this.#next());
    this.#asked = asked;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#done = resolve;
    const timer = setTimeout(() => this.#giveUp(), answerBoundMs);
    this.#socket.write(Buffer.concat(asked.map(bytesOf)));
    await promise;
    clearTimeout(timer);
    this.#done = null;
  }

  close(): void {
    if (this.#bytes.length > 0 && this.#ending === "open") {
      this.#options.tally.violate(`bytes that nobody asked for: ${show(this.#bytes)}`);
    }
    this.#ending = "reset";
    this.#socket.destroy();
  }

  #next(): Asked {
    const { random, name } = this.#options;
    const id = `${name}.${this.#connection}.${this.#count++}`;
    const version = random.chance(0.02) ? "1.0" : "1.1";
    return { id, method: random.pick(methods), version };
  }

  #look(): void {
    const parsed = parseResponses(
      this.#bytes,
      (index) => this.#asked[index]?.method ?? "GET",
      this.#ending,
    );
    for (const response of parsed.informational) {
      if (!isOwnInterim(this.#asked, response)) this.#violate("another's interim response");
    }
    for (const response of parsed.responses) {
      const asked = this.#asked.shift();
      if (asked === undefined) {
        this.#violate("a response that nobody asked for");
        break;
      }
      const { outcome, wrong } = verdictOn(asked, response);
      if (wrong === null) this.#options.tally.add(outcome);
      else this.#violate(`${asked.method} ${asked.id}: ${wrong}`);
      this.#closes ||= isConnectionClose(response.fields) || asked.version === "1.0";
    }
    if (parsed.rest === "malformed") this.#violate(`malformed: ${parsed.reason}`);
    this.#bytes = this.#bytes.subarray(parsed.consumed);
    if (this.#asked.length === 0 || parsed.rest === "malformed") this.#done?.();
  }

  #ended(ending: Ending): void {
    if (this.#ending !== "open") return;
    this.#ending = ending;
    this.#look();
    const { tally } = this.#options;
    const [first, ...others] = this.#asked;
    if (first !== undefined) {
      const isCut = ending === "reset" || this.#bytes.length > 0 || this.#closes;
      if (!isCut) tally.violate(`${first.method} ${first.id}: FIN instead of an answer`);
      else tally.add(this.#closes ? "unanswered on an ended connection" : "aborted");
    }
    for (const _ of others) tally.add("unanswered on an ended connection");
    this.#done?.();
  }

  #giveUp(): void {
    this.#violate(`no answer to ${this.#asked.map(({ id }) => id).join()}`);
    this.close();
    this.#done?.();
  }

  #violate(what: string): void {
    this.#options.tally.violate(`${what}: ${show(this.#bytes.subarray(0, 300))}`);
  }
}

function bytesOf(asked: Asked): Buffer {
  const { id, method, version } = asked;
  const body = bodyToSend(asked);
  if (isSentInChunks(asked)) return inChunks(asked, body);
  const length = method === "POST" || method === "PUT" ? `Content-Length: ${body.length}\r\n` : "";
  const head = `${method} ${targetOf(id)} HTTP/${version}\r\nHost: m.test\r\n${length}\r\n`;
  return Buffer.concat([Buffer.from(head), body]);
}

function inChunks({ id, method }: Asked, body: Buffer): Buffer {
  const head = `${method} ${targetOf(id)} HTTP/1.1\r\nHost: m.test\r\nTransfer-Encoding: chunked\r\n\r\n`;
  const size = body.length === 0 ? "" : `${body.length.toString(16)}\r\n`;
  const end = `${size === "" ? "" : "\r\n"}0\r\nX-Sum: ${id}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head + size), body, Buffer.from(end)]);
}
