import type { ArrivalProcess } from "../engine/arrivals.ts";
import type { FaultKind } from "./faults/fault-kind.ts";
import type { Threshold } from "./judge/thresholds.ts";
import type { Protection } from "./protections.ts";

/** The load that runs during a fault. */
export interface FailoverLoad {
  readonly ratePerSecond: number;
  readonly arrivals: ArrivalProcess;
  /** 0 to 1. */
  readonly postShare: number;
  /** Path and query on the balancer. */
  readonly path: string;
  /** undefined: longer than the balancer's own response timeout, so that its answer arrives. */
  readonly timeoutMs: number | undefined;
  readonly maxInFlight: number;
  readonly backendHeader: string;
  readonly seed: number;
  /** undefined: by time alone. */
  readonly requests: number | undefined;
}

/** One fault under load: fully resolved. */
export interface FailoverPlan {
  readonly load: FailoverLoad;
  readonly fault: FaultKind;
  /** From the start of the load. */
  readonly faultAtMs: number;
  /** From the fault; undefined: the victims stay broken. */
  readonly returnAfterMs: number | undefined;
  /** Of the load; undefined: until the victims have served again, at most as long as predicted. */
  readonly durationMs: number | undefined;
  /** Beside what the fault promises by itself. */
  readonly thresholds: readonly Threshold[];
  /** The first threshold that is missed ends the run, not before so many milliseconds; undefined: none does. */
  readonly abortOnFailAfterMs: number | undefined;
  /**
   * What a comparison switches off. A run without protection promises nothing: neither its bounds nor its
   * thresholds are judged.
   */
  readonly without: readonly Protection[];
}

/** `as configured`, `no retry + no breaker` */
export function variantName({ without }: Pick<FailoverPlan, "without">): string {
  if (without.length === 0) return "as configured";
  return without.map((protection) => `no ${protection}`).join(" + ");
}
