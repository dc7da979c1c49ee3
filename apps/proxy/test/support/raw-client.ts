import { type Socket, connect } from "node:net";
import { atEnd } from "./concurrent.ts";
import { type Kind, type Message, readMessage } from "./message.ts";
import { Peer } from "./peer.ts";

/** A client that sends exactly the bytes it is told to. */
export class RawClient extends Peer {
  /** The next response, taken off what was received. Never a 1xx as part of a final one. */
  async response(kind: Kind = "response"): Promise<Message> {
    let message: Message | null = null;
    await this.until("a whole response arrives", () => {
      message ??= readMessage(this.received, kind, this.isEnded);
      return message !== null || this.isClosed;
    });
    message ??= readMessage(this.received, kind, this.isEnded);
    if (message === null) {
      throw new Error(`closed before a whole response: ${JSON.stringify(this.received)}`);
    }
    const found: Message = message;
    this.received = this.received.slice(found.size);
    return found;
  }

  async request(text: string, kind: Kind = "response"): Promise<Message> {
    return await this.send(text).response(kind);
  }
}

export interface ClientOptions {
  /** False: it takes nothing from the connection until `read()`. */
  readonly reads?: boolean;
}

/** Connects; the connection ends with the test. */
export async function openClient(
  target: number | string,
  { reads = true }: ClientOptions = {},
): Promise<RawClient> {
  const options = typeof target === "number" ? { port: target } : { path: target };
  const socket: Socket = connect({ host: "127.0.0.1", ...options, allowHalfOpen: true });
  socket.setNoDelay(true);
  const client = new RawClient(socket);
  atEnd(() => {
    // RST, because the proxy would serve a client that only sent FIN.
    if (typeof target === "number") socket.resetAndDestroy();
    else socket.destroy();
  });
  if (reads) client.read();
  await new Promise<void>((resolve, reject) => {
    socket.once("connect", resolve);
    socket.once("error", reject);
  });
  return client;
}
