import { once } from "node:events";
import http from "node:http";
import net, { type AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import type { ClosedLoopPlan } from "../src/engine/plan.ts";

/** A plan with small numbers; name what the test is about. */
export function planFor(url: string, overrides: Partial<ClosedLoopPlan> = {}): ClosedLoopPlan {
  return {
    url,
    method: "GET",
    headers: {},
    body: undefined,
    requests: 5,
    durationMs: undefined,
    warmupRequests: 0,
    connections: 1,
    timeoutMs: 10_000,
    backendHeader: "X-Backend",
    expectBody: undefined,
    ...overrides,
  };
}

/** A server that is gone when the test ends. */
export interface TestServer {
  readonly url: string;
  readonly server: net.Server;
  /** Sockets accepted so far. */
  readonly connections: () => number;
}

async function start(server: net.Server): Promise<TestServer> {
  const open = new Set<net.Socket>();
  let connections = 0;
  server.on("connection", (socket: net.Socket) => {
    connections += 1;
    open.add(socket);
    socket.once("close", () => open.delete(socket));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/`, server, connections: () => connections };
}

/** A well-behaved server; `listener` is node:http's. */
export function startHttp(listener: http.RequestListener): Promise<TestServer> {
  return start(http.createServer(listener));
}

/** What a raw server does with its n-th request, counted from 1 over all connections. */
export type Answer = (socket: net.Socket, n: number) => void;

/** A server that speaks bytes: `answer` is called once per complete (bodiless) request head. */
export function startRaw(answer: Answer): Promise<TestServer> {
  let requests = 0;
  const server = net.createServer((socket) => {
    let read = "";
    socket.on("error", () => {}); // tests reset connections on purpose
    socket.on("data", (chunk: Buffer) => {
      read += chunk.toString("latin1");
      for (let end = read.indexOf("\r\n\r\n"); end !== -1; end = read.indexOf("\r\n\r\n")) {
        read = read.slice(end + 4);
        requests += 1;
        answer(socket, requests);
      }
    });
  });
  return start(server);
}

/** A complete response from backend `a`. */
export const okResponse = "HTTP/1.1 200 OK\r\nX-Backend: a\r\nContent-Length: 2\r\n\r\nok";

/** A URL on which nobody listens. */
export async function refusedUrl(): Promise<string> {
  const server = net.createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return `http://127.0.0.1:${port}/`;
}
