import type { ServiceModel } from "./capacity/serve-with-capacity.ts";
import { Connections } from "./connections.ts";
import type { Fault } from "./faults/fault.ts";
import { RequestTally, type RequestCounts } from "./request-tally.ts";

/**
 * `unhealthy`: /health answers 503, everything else works (after /fail). `failed`: every request
 * answers 503 (after `--fail-after`). Only /recover leads back.
 */
export type BackendMode = "healthy" | "unhealthy" | "failed";

/** What `/__stats` and `RunningBackend.stats()` say. */
export interface BackendStats extends RequestCounts {
  readonly backend: string;
  readonly mode: BackendMode;
  /** Connections accepted since the start. */
  readonly connections: number;
  readonly openConnections: number;
}

/** The state that the requests of one backend share. */
export class BackendState {
  readonly name: string;
  /** Asked in this order, before a route answers. */
  readonly faults: readonly Fault[];
  readonly connections: Connections = new Connections();
  readonly tally: RequestTally = new RequestTally();
  mode: BackendMode = "healthy";

  /** undefined: every request is served at once. */
  readonly service: ServiceModel | undefined;

  constructor(name: string, faults: readonly Fault[], service?: ServiceModel) {
    this.name = name;
    this.faults = faults;
    this.service = service;
  }

  /** A copy of everything counted so far. */
  stats(): BackendStats {
    return {
      backend: this.name,
      mode: this.mode,
      ...this.tally.counts(),
      connections: this.connections.accepted,
      openConnections: this.connections.open,
    };
  }
}
