import type { Victim } from "../faults/victim.ts";
import type { BalancerEvent } from "../judge/measure.ts";
import type { BackendSighting } from "../ledgers/backend-ledger.ts";
import type { BalancerRecord } from "../ledgers/balancer-log.ts";
import type { DetectionSettings } from "../predict/detection-settings.ts";

/** What balancer and backends wrote down; undefined where nobody did. */
export interface SystemRecords {
  readonly balancer: readonly BalancerRecord[] | undefined;
  readonly backends: readonly BackendSighting[] | undefined;
  readonly events: readonly BalancerEvent[] | undefined;
}

/** A balancer with backends that can be broken, whoever runs it. */
export interface SystemUnderTest {
  /** Where the load goes. */
  readonly url: string;
  /** Those that can be broken. */
  readonly backends: readonly Victim[];
  /** All of them. */
  readonly backendCount: number;
  /** undefined: nobody knows how the balancer is configured. */
  readonly settings: DetectionSettings | undefined;
  /** Hears the balancer's records while it runs, where they can be heard. */
  onRecord: (record: BalancerRecord) => void;
  /** Ends what was started for the run and reads the ledgers. */
  collect(): Promise<SystemRecords>;
  /** Ends whatever is left; after `collect` there is nothing. */
  dispose(): Promise<void>;
}
