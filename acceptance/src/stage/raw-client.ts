import { once } from "node:events";
import { type Socket, connect } from "node:net";
import { OutOfTime } from "../case.ts";

/** A response as it came over the wire; bytes are latin1 characters. */
export interface RawAnswer {
  readonly status: number;
  /** By lower-case name; of lines of one name the last. */
  readonly fields: ReadonlyMap<string, string>;
  /** Everything after the head, chunk framing included. */
  readonly body: string;
}

const timeoutMs = 20_000;

/** A plain socket: what is sent arrives byte for byte, what arrives is kept byte for byte. */
export class RawClient {
  readonly socket: Socket;
  received = "";
  #isOutOfTime = false;

  /** `to` is a port of the loopback interface, or the path of a unix socket. */
  constructor(to: number | string) {
    this.socket = connect(typeof to === "number" ? { port: to, host: "127.0.0.1" } : { path: to });
    this.socket.setEncoding("latin1");
    this.socket.on("data", (text: string) => {
      this.received += text;
    });
    this.socket.on("error", () => {});
    this.socket.setTimeout(timeoutMs, () => {
      this.#isOutOfTime = true;
      this.socket.destroy();
    });
  }

  /** Sends bytes, one per latin1 character. */
  send(text: string): void {
    this.socket.write(text, "latin1");
  }

  /** Waits until `marker` was received. */
  async receive(marker: string): Promise<void> {
    while (!this.received.includes(marker)) {
      this.#requireTime();
      if (this.socket.closed) throw new Error(`closed before ${JSON.stringify(marker)} came`);
      await new Promise((resolve) => this.socket.once("data", resolve).once("close", resolve));
    }
  }

  /** Waits until the other side closed, and gives everything. */
  async receiveAll(): Promise<string> {
    // Not `events.once`, which rejects where the other side resets: that is an end like any other here.
    if (!this.socket.closed) await new Promise((resolve) => this.socket.once("close", resolve));
    this.#requireTime();
    return this.received;
  }

  #requireTime(): void {
    if (this.#isOutOfTime) throw new OutOfTime(`nothing was received for ${timeoutMs} ms`);
  }
}

/** Sends bytes and reads until the other side closes. */
export async function exchangeRaw(to: number | string, bytes: string): Promise<RawAnswer> {
  const client = new RawClient(to);
  client.send(bytes);
  return parseAnswer(await client.receiveAll());
}

/** A request without a body, as text, after which the connection ends. */
export function requestHead(method: string, target: string, ...fields: readonly string[]): string {
  const lines = [`${method} ${target} HTTP/1.1`, "Host: test", ...fields, "Connection: close"];
  return `${lines.join("\r\n")}\r\n\r\n`;
}

/** Splits a response into its parts; status 0 for what is none. */
export function parseAnswer(text: string): RawAnswer {
  const end = text.indexOf("\r\n\r\n");
  const [statusLine = "", ...lines] = text.slice(0, Math.max(end, 0)).split("\r\n");
  const fields = lines.map((line): [string, string] => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  });
  const status = Number(statusLine.split(" ")[1] ?? 0);
  return { status, fields: new Map(fields), body: text.slice(end + 4) };
}

/** Whether a connection to the port is refused right now. */
export async function isRefused(port: number): Promise<boolean> {
  const socket = connect({ port, host: "127.0.0.1" });
  try {
    await once(socket, "connect");
    return false;
  } catch {
    return true;
  } finally {
    socket.destroy();
  }
}
