import { createHash } from "node:crypto";
import http from "node:http";
import type { Duplex } from "node:stream";
import { afterAll } from "vitest";
import { type LocalServer, listening } from "./local-servers.ts";

/** A WebSocket server (RFC 6455) that sends short text messages back; gone when the test file ends. */
export async function startWebSocketEcho(): Promise<LocalServer> {
  const server = http.createServer((_, response) => response.end("ok"));
  const open = new Set<Duplex>();
  server.on("upgrade", (incoming, socket) => {
    open.add(socket);
    socket.on("error", () => {});
    const accept = createHash("sha1")
      .update(`${incoming.headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
      .digest("base64");
    const head =
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n";
    socket.write(`${head}Sec-WebSocket-Accept: ${accept}\r\n\r\n`);
    socket.on("data", (frame: Buffer) => socket.write(echoOf(frame)));
  });
  afterAll(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  return await listening(server);
}

/** One masked frame with less than 126 bytes, without its mask. */
function echoOf(frame: Buffer): Buffer {
  const length = (frame[1] ?? 0) & 0x7f;
  const [mask, payload] = [frame.subarray(2, 6), frame.subarray(6, 6 + length)];
  const text = payload.map((byte, index) => byte ^ (mask[index % 4] ?? 0));
  return Buffer.concat([Buffer.from([frame[0] ?? 0, length]), text]);
}

export interface OpenWebSocket {
  /** Answers what came back. */
  readonly say: (text: string) => Promise<string>;
  readonly close: () => void;
}

export async function openWebSocket(origin: string): Promise<OpenWebSocket> {
  const socket = new WebSocket(`${origin.replace("http", "ws")}/ws`);
  await new Promise((resolve, reject) => {
    socket.addEventListener("open", resolve, { once: true });
    socket.addEventListener("error", () => reject(new Error("no WebSocket")), { once: true });
  });
  return {
    say: async (text) => {
      const heard = new Promise<string>((resolve, reject) => {
        const take = ({ data }: MessageEvent): void => {
          socket.removeEventListener("close", fail);
          resolve(String(data));
        };
        const fail = (): void => reject(new Error("the WebSocket was closed"));
        socket.addEventListener("message", take, { once: true });
        socket.addEventListener("close", fail, { once: true });
      });
      socket.send(text);
      return await heard;
    },
    close: () => socket.close(),
  };
}
