import type { Exchange } from "../exchange.ts";

/** `"continue"`: the next fault, then the route. `"taken"`: the fault dealt with the response. */
export type FaultVerdict = "continue" | "taken";

/** Something that goes wrong with a request, on purpose. */
export interface Fault {
  /** Its word in the fault vocabulary: the same as flag, in YAML and in `/__faults`. */
  readonly name: string;
  /**
   * Runs before the route answers, never for control routes. The body was not read yet; a fault
   * that needs it read calls `exchange.body()`.
   */
  beforeAnswer(exchange: Exchange): Promise<FaultVerdict>;
}

/** How a user asks for a fault. One file per fault, one line in the registry. */
export interface FaultKind {
  readonly name: string;
  /** In commander's notation: `--latency <duration>`. */
  readonly flags: string;
  readonly description: string;
  /** Turns the flag's value into the fault; throws commander's InvalidArgumentError. */
  fromFlag(text: string): Fault;
}
