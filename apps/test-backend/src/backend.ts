import { createServer, validateHeaderValue, type Server } from "node:http";
import type { Socket } from "node:net";
import { BackendState, type BackendStats } from "./backend-state.ts";
import { Capacity } from "./capacity/capacity.ts";
import type { ServiceModel } from "./capacity/serve-with-capacity.ts";
import { Connections } from "./connections.ts";
import type { FaultStatus } from "./faults/fault-set.ts";
import { readFaults } from "./faults/read-faults.ts";
import { handleRequest } from "./handle-request.ts";
import { asksForWebSocket, handleUpgrade } from "./handle-upgrade.ts";
import type { Ledger } from "./ledger.ts";
import { Port } from "./port.ts";
import { refuseConnect, refuseMalformed } from "./raw-answer.ts";

/** What a backend is told at its start; everything has a default. */
export interface BackendOptions {
  /** Value of `X-Backend`; default `Server-<port>`. A function is given the port. */
  readonly name?: string | ((port: number) => string);
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default 0: a free port. */
  readonly port?: number;
  /** After this time every request answers 503, until /recover. Default: never. */
  readonly failAfterMs?: number;
  /** Idle connections close after this time; 0 keeps them open. Default 5,000. */
  readonly keepAliveTimeoutMs?: number;
  /**
   * As `PUT /__faults` takes them: one fault such as `{ fault: "status", code: 503 }`, a list of them,
   * or `{ faults, timeline }`. Their time begins when the backend listens.
   */
  readonly faults?: unknown;
  /** Of every fault that has none of its own. Default 1. */
  readonly seed?: number;
  /** Where every request is written down. It may serve several backends and is not closed here. */
  readonly ledger?: Ledger;
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
  /** The faults in force, as `GET /__faults` lists them. */
  faults(): FaultStatus[];
  /** What the control listener acts on. */
  readonly state: BackendState;
  /** Replaces them; throws a FaultError when they cannot be understood. */
  setFaults(faults: unknown): void;
  /** Refuses new connections, finishes every request in flight, then resolves. */
  close(): Promise<void>;
  /** Dies as a crashed process does: every connection is cut, whatever it is doing. */
  kill(): Promise<void>;
}

/** Node's own default, and so the most common one among real backends. */
export const defaultKeepAliveTimeoutMs: number = 5000;

/**
 * Starts a backend and resolves once it listens. Rejects with the system error (`EADDRINUSE`, …)
 * when it cannot, with a TypeError when the name cannot be a header value, and with a FaultError when
 * the faults make no sense.
 */
export async function startBackend(options: BackendOptions = {}): Promise<RunningBackend> {
  const host = options.host ?? "127.0.0.1";
  const keepAliveTimeoutMs = options.keepAliveTimeoutMs ?? defaultKeepAliveTimeoutMs;
  const { name = (port: number) => `Server-${port}` } = options;
  const nameOf = typeof name === "string" ? () => name : name;
  // Before it listens, so that nothing is left behind when the name is wrong.
  validateHeaderValue("X-Backend", nameOf(0));
  const faults = readFaults(options.faults);
  const server = createBackendServer(keepAliveTimeoutMs);
  const connections = new Connections();
  const port = new Port(server, connections);
  await port.listen(host, options.port ?? 0);
  // Only now is the name known. No connection is missed: the event loop has not turned since.
  const state = new BackendState({
    name: nameOf(port.number),
    port,
    connections,
    service: serviceModel(options.service),
    ledger: options.ledger,
    seed: options.seed ?? 1,
  });
  serve(server, state);
  state.faults.replace(faults);
  const failTimer = failLater(state, options.failAfterMs);
  return runningBackend(state, { host, failTimer });
}

function runningBackend(
  state: BackendState,
  { host, failTimer }: { host: string; failTimer: NodeJS.Timeout | undefined },
): RunningBackend {
  const { port, faults, connections } = state;
  const stop = (endConnections: () => void): Promise<void> => {
    clearTimeout(failTimer);
    const closed = port.close();
    endConnections();
    // After the connections: what a fault holds is not served any more.
    faults.end();
    return closed;
  };
  return {
    name: state.name,
    host,
    port: port.number,
    url: `http://${host.includes(":") ? `[${host}]` : host}:${port.number}`,
    state,
    stats: () => state.stats(),
    faults: () => faults.list(),
    setFaults: (document) => faults.replace(readFaults(document)),
    close: () => stop(() => connections.closeGracefully()),
    kill: () => stop(() => connections.destroyAll()),
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
    // Everything else is answered as if nobody had asked, which RFC 9110 section 7.8 allows.
    shouldUpgradeCallback: asksForWebSocket,
  });
  // Otherwise Node drops the fields past the 2,000th, and /echo would lie.
  server.maxHeadersCount = 0;
  return server;
}

function serve(server: Server, state: BackendState): void {
  // Between accept and node:http, where a fault can keep a connection to itself.
  const serveConnection = server.listeners("connection");
  server.removeAllListeners("connection");
  server.on("connection", (socket: Socket) => {
    const connection = state.connections.of(socket);
    const serveNow = (): void => {
      for (const listener of serveConnection) Reflect.apply(listener, server, [socket]);
    };
    connection.heldBy = state.faults.takeConnection(socket, serveNow);
    if (connection.heldBy === undefined) serveNow();
  });
  server.on("request", (request, response) => void handleRequest(state, { request, response }));
  // Node would answer an unknown Expect with 417; ignoring it is as correct and keeps the count.
  server.on("checkExpectation", (request, response) => {
    void handleRequest(state, { request, response });
  });
  server.on("upgrade", (request, socket, head) => handleUpgrade(state, request, socket, head));
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
