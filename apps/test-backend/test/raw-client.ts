import { connect, type Socket } from "node:net";

/** A response as it came over the wire; bytes are latin1 characters. */
export interface RawAnswer {
  readonly status: number;
  /** Field lines in order and original case. */
  readonly fields: readonly string[];
  /** Everything after the head, chunk framing included. */
  readonly body: string;
}

/** A plain socket: what is written arrives byte for byte, what arrives is kept byte for byte. */
export class RawClient {
  readonly socket: Socket;
  received = "";
  #wake: () => void = () => {};

  constructor(port: number) {
    this.socket = connect({ port, host: "127.0.0.1" });
    this.socket.setEncoding("latin1");
    this.socket.on("data", (text: string) => {
      this.received += text;
      this.#wake();
    });
    this.socket.on("error", () => {});
    this.socket.on("close", () => this.#wake());
  }

  /** Sends bytes, one per latin1 character. */
  send(text: string): void {
    this.socket.write(text, "latin1");
  }

  /** Waits until what was received holds `marker`, and takes everything up to its end. */
  async take(marker: string): Promise<string> {
    while (!this.received.includes(marker)) {
      if (this.socket.closed) throw new Error(`closed before ${JSON.stringify(marker)} came`);
      await this.#next();
    }
    const end = this.received.indexOf(marker) + marker.length;
    const taken = this.received.slice(0, end);
    this.received = this.received.slice(end);
    return taken;
  }

  /** Waits until the other side closed, and takes everything. */
  async takeAll(): Promise<string> {
    // Not events.once: it would reject at a reset, and that is what some tests are after.
    while (!this.socket.closed) await this.#next();
    return this.received;
  }

  /** After the end: `"reset"` when it came by RST, `"refused"` when there was no connection at all. */
  get ending(): "closed" | "reset" | "refused" | "open" {
    if (!this.socket.closed) return "open";
    const error = this.socket.errored;
    if (error === null) return "closed";
    const code = "code" in error ? String(error.code) : "";
    return code === "ECONNREFUSED" ? "refused" : "reset";
  }

  #next(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}

/** Sends one request (which should ask for `Connection: close`) and reads to the end. */
export async function exchangeRaw(port: number, request: string): Promise<RawAnswer> {
  const client = new RawClient(port);
  client.send(request);
  return parseAnswer(await client.takeAll());
}

/** A request without a body, as text. */
export function head(method: string, target: string, ...fields: readonly string[]): string {
  return [
    `${method} ${target} HTTP/1.1`,
    "Host: test",
    ...fields,
    "Connection: close",
    "",
    "",
  ].join("\r\n");
}

/** Splits a response into its parts. */
export function parseAnswer(text: string): RawAnswer {
  const end = text.indexOf("\r\n\r\n");
  const [statusLine = "", ...fields] = text.slice(0, end).split("\r\n");
  return { status: Number(statusLine.split(" ")[1]), fields, body: text.slice(end + 4) };
}

/** Tries to connect, and leaves again. */
export async function tryConnect(port: number): Promise<"accepted" | "refused"> {
  const socket = connect({ port, host: "127.0.0.1" });
  return new Promise((resolve) => {
    socket.once("connect", () => {
      socket.destroy();
      resolve("accepted");
    });
    socket.once("error", () => resolve("refused"));
  });
}
