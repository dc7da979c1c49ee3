import type { IncomingMessage, ServerResponse } from "node:http";
import type { BackendState } from "./backend-state.ts";
import type { Connection } from "./connections.ts";
import { type BodyPace, receiveBody, type ReceivedBody } from "./request-body.ts";
import { findRoute } from "./routes/registry.ts";
import type { Route } from "./routes/route.ts";
import { waitForClient } from "./wait-for-client.ts";

/** The node:http side of one request. */
export interface Arrival {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** What came after the head of a request that asks for another protocol; undefined for all others. */
  readonly upgradeHead?: Buffer | undefined;
}

/** One request on its way through faults and route. */
export class Exchange {
  readonly backend: BackendState;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly upgradeHead: Buffer | undefined;
  readonly connection: Connection;
  readonly route: Route;
  /** The target without origin and query. Undecoded. */
  readonly path: string;
  /** What follows the route's path: `"20"` for `/bytes/20`, `""` for an exact route. Undecoded. */
  readonly argument: string;
  /** 1 for the first request of its connection. */
  readonly requestNumber: number;
  /** Wall-clock milliseconds. */
  readonly arrivedAt: number = Date.now();
  /** How many times longer everything takes that this backend waits for. */
  slowdown = 1;
  /** How fast the request body is read; undefined: as it comes. */
  bodyPace: BodyPace | undefined;
  #isHung = false;
  /** The faults that struck it so far, in order. */
  readonly faults: string[] = [];
  /** Request body bytes so far, without chunk framing. */
  bytesIn = 0;
  /** Sent past node:http, by a fault that writes the response itself. */
  rawStatus: number | undefined;
  readonly #query: string;
  #body: Promise<ReceivedBody> | undefined;

  constructor(backend: BackendState, arrival: Arrival, onEnd: () => void) {
    const { request, response } = arrival;
    this.backend = backend;
    this.request = request;
    this.response = response;
    this.upgradeHead = arrival.upgradeHead;
    const { path, query } = splitTarget(request.url ?? "/");
    const found = findRoute(path);
    this.route = found.route;
    this.path = path;
    this.argument = found.argument;
    this.#query = query;
    this.connection = backend.connections.beginResponse(request.socket, response, onEnd);
    this.requestNumber = this.connection.requests;
    const { heldBy } = this.connection;
    if (heldBy !== undefined && this.requestNumber === 1) this.faults.push(heldBy);
  }

  /** The parameters after `?`. */
  query(): URLSearchParams {
    return new URLSearchParams(this.#query);
  }

  /** The query as it came; empty when there is none. */
  get rawQuery(): string {
    return this.#query;
  }

  /**
   * Whether faults may strike this request. Control routes are exempt, or a backend that fails could
   * not be asked about it; the health routes are not when a fault names their path.
   */
  isFaultable(faultPath: string | undefined): boolean {
    const { kind, path } = this.route;
    return kind === "traffic" || (kind === "health" && path === faultPath);
  }

  /** True while a fault means never to answer. */
  get isHung(): boolean {
    return this.#isHung;
  }

  /** From now on nobody means to answer. */
  hang(): void {
    this.#isHung = true;
    this.connection.isStuck = true;
  }

  /** Takes `hang` back. */
  unhang(): void {
    this.#isHung = false;
    this.connection.isStuck = false;
  }

  /** Reads the request body to its end; reading begins with the first call, later ones share it. */
  body(): Promise<ReceivedBody> {
    this.#body ??= receiveBody(this.request, {
      digest: this.route.digestsBody ?? false,
      pace: this.bodyPace,
      onBytes: (bytes) => {
        this.bytesIn += bytes;
        this.backend.tally.recordBodyBytes(bytes);
      },
    });
    return this.#body;
  }

  /** Waits, slowed down as this request is: `"gone"` when the client left meanwhile. */
  wait(delayMs: number): Promise<"elapsed" | "gone"> {
    return waitForClient(this.response, delayMs * this.slowdown);
  }
}

/** Splits a target into path and query; the absolute form (`http://host/path`) loses its origin. */
function splitTarget(target: string): { path: string; query: string } {
  const originForm = target.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, "");
  const mark = originForm.indexOf("?");
  if (mark === -1) return { path: originForm, query: "" };
  return { path: originForm.slice(0, mark), query: originForm.slice(mark + 1) };
}
