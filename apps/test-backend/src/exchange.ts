import type { IncomingMessage, ServerResponse } from "node:http";
import type { BackendState } from "./backend-state.ts";
import type { Connection } from "./connections.ts";
import { receiveBody, type ReceivedBody } from "./request-body.ts";
import { findRoute } from "./routes/registry.ts";
import type { Route } from "./routes/route.ts";

/** The node:http side of one request and the connection it came on. */
export interface Arrival {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly connection: Connection;
}

/** One request on its way through faults and route. */
export class Exchange {
  readonly backend: BackendState;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly connection: Connection;
  readonly route: Route;
  /** What follows the route's path: `"20"` for `/bytes/20`, `""` for an exact route. Undecoded. */
  readonly argument: string;
  readonly #query: string;
  #body: Promise<ReceivedBody> | undefined;

  constructor(backend: BackendState, { request, response, connection }: Arrival) {
    this.backend = backend;
    this.request = request;
    this.response = response;
    this.connection = connection;
    const { path, query } = splitTarget(request.url ?? "/");
    const found = findRoute(path);
    this.route = found.route;
    this.argument = found.argument;
    this.#query = query;
  }

  /** The parameters after `?`. */
  query(): URLSearchParams {
    return new URLSearchParams(this.#query);
  }

  /** Reads the request body to its end; reading begins with the first call, later ones share it. */
  body(): Promise<ReceivedBody> {
    this.#body ??= receiveBody(this.request, {
      digest: this.route.digestsBody ?? false,
      onBytes: (bytes) => this.backend.tally.recordBodyBytes(bytes),
    });
    return this.#body;
  }
}

/** Splits a target into path and query; the absolute form (`http://host/path`) loses its origin. */
function splitTarget(target: string): { path: string; query: string } {
  const originForm = target.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, "");
  const mark = originForm.indexOf("?");
  if (mark === -1) return { path: originForm, query: "" };
  return { path: originForm.slice(0, mark), query: originForm.slice(mark + 1) };
}
