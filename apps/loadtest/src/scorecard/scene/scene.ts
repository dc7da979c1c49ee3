import type { FailoverRun } from "../../failover/run-failover.ts";
import type { SystemUnderTest } from "../../failover/system/system-under-test.ts";
import type { Arrival, Script } from "../wire/recorder.ts";
import type { WireAnswer } from "../wire/wire-client.ts";

/** How the balancer of a check is set up: three equal test-backends, and what differs from that. */
export type FleetSetup = "equal" | "weighted" | "sticky" | "limited";

/** The weights of the setup `weighted`, in the order of the backends. */
export const weights: readonly number[] = [5, 3, 1];

/** Of the setup `limited`: each backend serves so many at a time, each in so long. */
export const capacity: {
  readonly slots: number;
  readonly serviceMs: number;
  readonly backends: number;
} = { slots: 2, serviceMs: 40, backends: 3 };

/** Thrown by a scene for what its target cannot have or show; the cell is then a dash with this reason. */
export class NotApplicable extends Error {
  override readonly name = "NotApplicable";
}

/** What one exchange of bytes led to. */
export interface WireOutcome {
  readonly answer: WireAnswer;
  /** What reached the backend because of it; undefined where nobody can look. */
  readonly arrivals: readonly Arrival[] | undefined;
}

/** What to send, and what the backend does with it. */
export interface WireExchange {
  /** Bytes, one per character; several pieces are sent one after another's answer. */
  readonly send: string | readonly string[];
  /** Between two pieces, in milliseconds. */
  readonly pauseMs?: number;
  /** Instead of a plain 200; needs a recorder. */
  readonly script?: Script;
  /** Calls the script when the head has come, without waiting for the body. */
  readonly answersEarly?: boolean;
  /** The balancer may hold it against the backend: the next exchange gets a fresh balancer. */
  readonly spoils?: boolean;
  /** Longest wait for each answer, in milliseconds. */
  readonly timeoutMs?: number;
}

/** The faults that checks look at; each run is made once and shared by the checks that read it. */
export type SharedFault = "kill" | "stop" | "storm-500" | "reset-before-head";

/** A balancer with whatever a check needs behind it. Throws {@link NotApplicable} for what it cannot have. */
export interface Scene {
  /** The balancer's configuration is ours, so that what is missing is its fault. */
  readonly isConfiguredByUs: boolean;
  /** The setup `equal`, where it is certain that test-backends answer, with all of their routes. */
  testBackends(): Promise<SystemUnderTest>;
  /** The balancer before test-backends. It may be disturbed, but must be well again when the check ends. */
  fleet(setup: FleetSetup): Promise<SystemUnderTest>;
  /** One connection to the balancer before a backend that records bytes. */
  exchange(exchange: WireExchange): Promise<WireOutcome>;
  failover(fault: SharedFault): Promise<FailoverRun>;
  /**
   * Requests per second that the backends of the setup `limited` serve here and now, without a balancer: late
   * timers and a busy machine make it less than {@link capacity} says.
   */
  capacityPerSecond(): Promise<number>;
  /** The next check gets a balancer that knows nothing of this one. */
  reset(): Promise<void>;
  dispose(): Promise<void>;
  /** Aborted when the user interrupts. */
  readonly signal: AbortSignal;
}
