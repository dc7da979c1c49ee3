/** One value as JSON, YAML or a flag brings it. */
export type FaultValue = string | number | boolean;

/**
 * A fault as it is written: its name under `fault`, its parameters and conditions beside it, such as
 * `{"fault":"status","code":500,"probability":0.3,"for":"20s"}`.
 */
export interface FaultSpec {
  readonly fault: string;
  readonly [parameter: string]: FaultValue;
}

/** Where a text could not be understood; the message is for a person and says what is valid. */
export class FaultError extends Error {
  override readonly name: string = "FaultError";
}
