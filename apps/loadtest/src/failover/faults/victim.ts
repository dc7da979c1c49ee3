/** One fault of a test-backend as `PUT /__faults` takes it. */
export interface BackendFault {
  readonly fault: string;
  readonly [parameter: string]: string | number | boolean;
}

/** A backend that can be broken, however it is run. */
export interface Victim {
  /** As in `X-Backend` and in the balancer's log. */
  readonly name: string;
  /** To its process. */
  signal(signal: NodeJS.Signals): Promise<void>;
  /** Starts its process again; resolves when it listens. */
  restart(): Promise<void>;
  /** Breaks a running test-backend in these ways and no others; an empty list makes it well. */
  setFaults(faults: readonly BackendFault[]): Promise<void>;
}

/** Makes well again what a fault broke; resolves when the backend can serve. */
export type Recover = () => Promise<void>;
