import type { ServiceModel } from "./capacity/serve-with-capacity.ts";
import type { Connections } from "./connections.ts";
import { FaultSet } from "./faults/fault-set.ts";
import type { Ledger } from "./ledger.ts";
import type { Port } from "./port.ts";
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

/** What a backend is made of. */
export interface BackendParts {
  readonly name: string;
  readonly port: Port;
  readonly connections: Connections;
  /** undefined: every request is served at once. */
  readonly service: ServiceModel | undefined;
  readonly ledger: Ledger | undefined;
  /** For faults that have none of their own. */
  readonly seed: number;
}

/** The state that the requests of one backend share. */
export class BackendState {
  readonly name: string;
  readonly port: Port;
  readonly connections: Connections;
  readonly service: ServiceModel | undefined;
  readonly ledger: Ledger | undefined;
  readonly tally: RequestTally = new RequestTally();
  readonly faults: FaultSet;
  mode: BackendMode = "healthy";
  /** True when a control listener reaches it whatever its own port does. */
  hasControl = false;

  constructor({ name, port, connections, service, ledger, seed }: BackendParts) {
    this.name = name;
    this.port = port;
    this.connections = connections;
    this.service = service;
    this.ledger = ledger;
    this.faults = new FaultSet({ backend: name, seed, port, tally: this.tally });
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
