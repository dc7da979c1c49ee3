import { once } from "node:events";
import { createServer, validateHeaderValue, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { BackendState, type BackendStats } from "./backend-state.ts";
import type { Fault } from "./faults/fault.ts";
import { Capacity } from "./capacity/capacity.ts";
import type { ServiceModel } from "./capacity/serve-with-capacity.ts";
import { handleRequest } from "./handle-request.ts";
import { refuseConnect, refuseMalformed } from "./raw-answer.ts";

/** What a backend is told at its start; everything has a default. */
export interface BackendOptions {
  /** Value of `X-Backend`; default `Server-<port>`. */
  readonly name?: string;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default 0: a free port. */
  readonly port?: number;
  /** After this time every request answers 503, until /recover. Default: never. */
  readonly failAfterMs?: number;
  /** Idle connections close after this time; 0 keeps them open. Default 5,000. */
  readonly keepAliveTimeoutMs?: number;
  /** Asked in this order for every request to a traffic route. */
  readonly faults?: readonly Fault[];
  /** Virtual capacity of the traffic routes. Default: none, everything is served at once. */
  readonly service?: ServiceOptions;
}

export interface ServiceOptions {
  /** Requests served at a time. */
  readonly slots: number;
  /** Requests that may wait before the next one gets 503. Default: any number. */
  readonly queue?: number;
  /** What a request takes that has no `X-Work-Ms`. Default 0. */
  readonly serviceMs?: number;
}

/** A backend that is listening. */
export interface RunningBackend {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  /** `http://host:port`, without a slash at the end. */
  readonly url: string;
  /** A copy of what it has seen so far. */
  stats(): BackendStats;
  /** Refuses new connections, finishes every request in flight, then resolves. */
  close(): Promise<void>;
  /** Dies as a crashed process does: every connection is cut, whatever it is doing. */
  kill(): Promise<void>;
}

/** Node's own default, and so the most common one among real backends. */
export const defaultKeepAliveTimeoutMs: number = 5000;

/**
 * Starts a backend and resolves once it listens. Rejects with the system error (`EADDRINUSE`, …)
 * when it cannot, and with a TypeError when the name cannot be a header value.
 */
export async function startBackend(options: BackendOptions = {}): Promise<RunningBackend> {
  const host = options.host ?? "127.0.0.1";
  const keepAliveTimeoutMs = options.keepAliveTimeoutMs ?? defaultKeepAliveTimeoutMs;
  if (options.name !== undefined) validateHeaderValue("X-Backend", options.name);
  const server = createBackendServer(keepAliveTimeoutMs);
  // Node's default backlog of 511 overflows when a load test opens a thousand connections at once.
  server.listen({ host, port: options.port ?? 0, backlog: 4096 });
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const name = options.name ?? `Server-${port}`;
  // Only now is the name known. No connection is missed: the event loop has not turned since.
  const state = new BackendState(name, options.faults ?? [], serviceModel(options.service));
  serve(server, state);
  const failTimer = failLater(state, options.failAfterMs);
  const url = `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
  const stop = (endConnections: () => void): Promise<void> => {
    clearTimeout(failTimer);
    const closed = closeServer(server);
    endConnections();
    return closed;
  };
  return {
    name,
    host,
    port,
    url,
    stats: () => state.stats(),
    close: () => stop(() => state.connections.closeGracefully()),
    kill: () => stop(() => state.connections.destroyAll()),
  };
}

function serviceModel(service: ServiceOptions | undefined): ServiceModel | undefined {
  if (service === undefined) return undefined;
  const { slots, queue = Infinity, serviceMs = 0 } = service;
  return { capacity: new Capacity(slots, queue), serviceMs };
}

function createBackendServer(keepAliveTimeoutMs: number): Server {
  const server = createServer({
    maxHeaderSize: 64 * 1024,
    keepAliveTimeout: keepAliveTimeoutMs,
    // Close exactly when the flag says so; Node's second of grace would hide a balancer that reuses
    // a connection too late.
    keepAliveTimeoutBuffer: 0,
    headersTimeout: 60_000,
    // An upload may take as long as it likes.
    requestTimeout: 0,
    // handle-request.ts checks it, and answers with X-Backend.
    requireHostHeader: false,
  });
  // Otherwise Node drops the fields past the 2,000th, and /echo would lie.
  server.maxHeadersCount = 0;
  return server;
}

function serve(server: Server, state: BackendState): void {
  server.on("connection", (socket) => state.connections.of(socket));
  server.on("request", (request, response) => void handleRequest(state, request, response));
  // Node would answer an unknown Expect with 417; ignoring it is as correct and keeps the count.
  server.on("checkExpectation", (request, response) => {
    void handleRequest(state, request, response);
  });
  server.on("connect", (request, socket) => refuseConnect(state, request, socket));
  server.on("clientError", (error, socket) => refuseMalformed(state, error, socket));
}

function failLater(state: BackendState, afterMs: number | undefined): NodeJS.Timeout | undefined {
  if (afterMs === undefined) return undefined;
  const timer = setTimeout(() => {
    state.mode = "failed";
  }, afterMs);
  return timer.unref();
}

async function closeServer(server: Server): Promise<void> {
  const closed = once(server, "close");
  // Closing twice is no error: the second call waits for the same end.
  if (!server.listening) return;
  server.close();
  await closed;
}
