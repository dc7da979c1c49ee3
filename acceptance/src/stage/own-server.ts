import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";
import type { Stage } from "./stage.ts";

/** A server of the suite's own that speaks bytes, at a free port or a path. Gives its URL. */
export async function ownServer(
  stage: Stage,
  serve: (socket: Socket) => void,
  path?: string,
): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.once("close", () => sockets.delete(socket));
    serve(socket);
  });
  if (path === undefined) server.listen(0, "127.0.0.1");
  else server.listen(path);
  await once(server, "listening");
  stage.atEnd(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  if (path !== undefined) return `unix:${path}`;
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

// Below the ports that Linux gives to outgoing connections (32768 and up): one that is free now must not be
// taken by a client's connection meanwhile.
const lowest = 20_000;
const highest = 32_000;

/** A port that was free a moment ago. */
export async function findFreePort(): Promise<number> {
  for (;;) {
    const port = lowest + Math.floor(Math.random() * (highest - lowest));
    const server = createServer().listen(port, "127.0.0.1");
    try {
      await once(server, "listening");
      server.close();
      await once(server, "close");
      return port;
    } catch {
      // Taken: try another.
    }
  }
}
