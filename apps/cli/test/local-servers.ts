import { once } from "node:events";
import http from "node:http";
import net, { type AddressInfo } from "node:net";
import { startBackend as startTestBackend } from "@evenkeel/test-backend";
import { afterAll } from "vitest";

/** A server in the test's own process. */
export interface LocalServer {
  readonly port: number;
  readonly origin: string;
}

export interface Recorder extends LocalServer {
  /** Heads without the empty line, as latin1, in the order of their arrival. */
  readonly heads: readonly string[];
}

const closers: (() => void)[] = [];

afterAll(() => {
  for (const close of closers) close();
});

/** What `evenkeel backend` runs, without its process; gone when the test file ends. */
export async function startBackend(name: string): Promise<LocalServer> {
  const backend = await startTestBackend({ name });
  closers.push(() => void backend.kill());
  return { port: backend.port, origin: backend.url };
}

/** Several of them named Server-1, Server-2, … */
export async function startBackends(count: number): Promise<readonly LocalServer[]> {
  const names = Array.from({ length: count }, (_, index) => `Server-${index + 1}`);
  return await Promise.all(names.map((name) => startBackend(name)));
}

/** An ordinary node:http server on a free port; gone when the test file ends. */
export async function startHttpServer(listener: http.RequestListener): Promise<LocalServer> {
  const server = http.createServer(listener);
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return await listening(server);
}

/** Records request heads byte for byte and gives every one the same answer. */
export async function startRecorder(answer: string): Promise<Recorder> {
  const heads: string[] = [];
  const server = net.createServer((socket) => {
    let read = "";
    socket.on("error", () => {});
    socket.setEncoding("latin1").on("data", (text: string) => {
      read += text;
      for (let end = read.indexOf("\r\n\r\n"); end !== -1; end = read.indexOf("\r\n\r\n")) {
        heads.push(read.slice(0, end));
        read = read.slice(end + 4);
        socket.write(answer, "latin1");
      }
    });
  });
  return { ...(await startSocketServer(server)), heads };
}

/** A listener of bytes on a free port; gone when the test file ends. */
export async function startSocketServer(server: net.Server): Promise<LocalServer> {
  const open = new Set<net.Socket>();
  server.on("connection", (socket: net.Socket) => {
    open.add(socket);
    socket.once("close", () => open.delete(socket));
  });
  closers.push(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  return await listening(server);
}

/** Listens on a free port. */
export async function listening(server: net.Server): Promise<LocalServer> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return { port, origin: `http://127.0.0.1:${port}` };
}
