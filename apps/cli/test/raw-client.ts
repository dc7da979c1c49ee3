import { once } from "node:events";
import { type Socket, connect } from "node:net";

/** A response as it came over the wire; bytes are latin1 characters. */
export interface RawAnswer {
  readonly status: number;
  /** Field lines in order and original case. */
  readonly fields: readonly string[];
  /** Everything after the head, chunk framing included. */
  readonly body: string;
}

/** A plain socket: what is sent arrives byte for byte, what arrives is kept byte for byte. */
export class RawClient {
  readonly socket: Socket;
  received = "";

  constructor(port: number) {
    this.socket = connect({ port, host: "127.0.0.1" });
    this.socket.setEncoding("latin1");
    this.socket.on("data", (text: string) => {
      this.received += text;
    });
    this.socket.on("error", () => {});
  }

  /** Sends bytes, one per latin1 character. */
  send(text: string): void {
    this.socket.write(text, "latin1");
  }

  /** Waits until `marker` was received. */
  async receive(marker: string): Promise<void> {
    while (!this.received.includes(marker)) {
      if (this.socket.closed) throw new Error(`closed before ${JSON.stringify(marker)} came`);
      await Promise.race([once(this.socket, "data"), once(this.socket, "close")]);
    }
  }

  /** Waits until the other side closed, and gives everything. */
  async receiveAll(): Promise<string> {
    if (!this.socket.closed) await once(this.socket, "close");
    return this.received;
  }

  /** Leaves at once and rudely, with a reset. */
  reset(): void {
    this.socket.resetAndDestroy();
  }
}

/** Sends bytes and reads until the other side closes. */
export async function exchangeRaw(port: number, bytes: string): Promise<RawAnswer> {
  const client = new RawClient(port);
  client.send(bytes);
  return parseAnswer(await client.receiveAll());
}

/** A request without a body, as text, after which the connection ends. */
export function requestHead(method: string, target: string, ...fields: readonly string[]): string {
  const lines = [`${method} ${target} HTTP/1.1`, "Host: test", ...fields, "Connection: close"];
  return `${lines.join("\r\n")}\r\n\r\n`;
}

/** Splits a response into its parts. */
export function parseAnswer(text: string): RawAnswer {
  const end = text.indexOf("\r\n\r\n");
  const [statusLine = "", ...fields] = text.slice(0, end).split("\r\n");
  return { status: Number(statusLine.split(" ")[1]), fields, body: text.slice(end + 4) };
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
