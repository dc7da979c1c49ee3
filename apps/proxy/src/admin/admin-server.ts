import {
  type IncomingMessage,
  type Server,
  type ServerResponse,
  createServer,
  STATUS_CODES,
} from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import type { AdminConfig, ListenAddress } from "@evenkeel/config";
import { listenError } from "../listen-error.ts";
import { listenOnUnixSocket } from "../unix-socket.ts";
import { AccessRules } from "./access-rules.ts";
import { type AdminAnswer, headersOf, problemAnswer } from "./admin-answer.ts";
import type { AdminContext, AdminRoute } from "./admin-route.ts";
import { type AdminCall, Audit } from "./audit.ts";
import { Dispatch } from "./dispatch.ts";
import { adminRoutes } from "./routes.ts";

/** A scraper, a dashboard, a few probes and people; not a crowd. */
const maxConnections = 64;
const headTimeoutMs = 5_000;
const requestTimeoutMs = 10_000;
/** Above Prometheus's usual 15 s between scrapes, so that it keeps its connection. */
const keepAliveMs = 65_000;
/** A caller that takes nothing of its answer. */
const stalledMs = 30_000;
const lingerMs = 1_000;

export interface AdminServerOptions {
  readonly config: AdminConfig;
  readonly context: AdminContext;
  readonly onError: (message: string) => void;
  readonly onCall: (call: AdminCall) => void;
  /** For tests. */
  readonly routes?: readonly AdminRoute[];
}

/**
 * The admin listener: on its own address, in the control plane. node:http serves it, because none of
 * what it carries is the traffic.
 */
export class AdminServer {
  readonly #config: AdminConfig;
  readonly #dispatch: Dispatch;
  readonly #onError: (message: string) => void;
  readonly #audit: Audit;
  readonly #server: Server;
  /** Of a unix socket. */
  #removeFile: () => void = () => {};

  constructor({ config, context, onError, onCall, routes = adminRoutes }: AdminServerOptions) {
    this.#config = config;
    this.#onError = onError;
    const hasToken = config.token !== null;
    this.#audit = new Audit({ hasToken, onCall, clock: () => performance.now() });
    this.#dispatch = new Dispatch(new AccessRules(config), context, routes);
    this.#server = createServer({
      maxHeaderSize: 8 * 1024,
      headersTimeout: headTimeoutMs,
      requestTimeout: requestTimeoutMs,
      keepAliveTimeout: keepAliveMs,
      connectionsCheckingInterval: 500,
      insecureHTTPParser: false,
      // Ours says it as a problem document.
      requireHostHeader: false,
    });
    this.#server.maxConnections = maxConnections;
    this.#server.setTimeout(stalledMs);
    this.#server.on("request", (request, response) => void this.#serve(request, response));
    this.#server.on("clientError", refuseUnreadable);
  }

  /** Resolves with the address that was bound; rejects with a ListenError. */
  async listen(): Promise<ListenAddress> {
    const { address } = this.#config;
    if (address.kind === "tcp") await this.#listenOnPort(address);
    else {
      // Whoever may open the file may change the balancer: only its own user.
      this.#removeFile = await listenOnUnixSocket(this.#server, {
        path: address.path,
        mode: 0o600,
      });
    }
    this.#server.on("error", (error) => this.#onError(`admin listener: ${error.message}`));
    if (address.kind === "unix") return address;
    return { ...address, port: (this.#server.address() as AddressInfo).port };
  }

  async close(): Promise<void> {
    this.#removeFile();
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
    this.#audit.close();
  }

  async #listenOnPort(address: ListenAddress & { readonly kind: "tcp" }): Promise<void> {
    const { host, port } = address;
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", (error) => reject(listenError(address, error)));
      this.#server.listen({ port, exclusive: true, ...(host === "" ? {} : { host }) }, resolve);
    });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const gone = new AbortController();
    response.once("close", () => gone.abort());
    // A profile takes longer to be made than a caller may take to read it.
    request.socket.setTimeout(0);
    const answer = await this.#answer(request, gone.signal);
    request.socket.setTimeout(stalledMs);
    this.#audit.record(request, answer);
    if (response.destroyed) return;
    response.writeHead(answer.status, headersOf(answer));
    response.end(answer.body);
    response.once("finish", () => {
      if (request.complete) return;
      request.resume();
      linger(request.socket);
    });
  }

  async #answer(request: IncomingMessage, gone: AbortSignal): Promise<AdminAnswer> {
    try {
      return await this.#dispatch.answer(request, gone);
    } catch (error) {
      // A body that was cut off ends here, too; its sender will not see the answer.
      if (!gone.aborted) this.#onError(`admin call failed: ${String(error)}`);
      return problemAnswer(500, "the call failed; the event log says why");
    }
  }
}

/**
 * The caller still sends a body that nobody wants. Reading on for a moment keeps the kernel from
 * answering with RST, which could destroy the answer before the caller has read it.
 */
function linger(socket: Duplex): void {
  socket.resume();
  socket.end();
  setTimeout(() => socket.destroy(), lingerMs).unref();
}

const statusOfCode: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

/** What node:http could not read as a request. */
function refuseUnreadable(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (!socket.writable || error.code === "ECONNRESET") {
    socket.destroy();
    return;
  }
  const status = statusOfCode[error.code ?? ""] ?? 400;
  const answer = problemAnswer(status, "the request cannot be read");
  const fields = Object.entries({ ...headersOf(answer), Connection: "close" });
  const lines = fields.map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join("")}\r\n${String(answer.body)}`,
  );
  linger(socket);
}
