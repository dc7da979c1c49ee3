import type { Socket } from "node:net";
import type { Exchange } from "../exchange.ts";
import type { Port } from "../port.ts";
import type { Random } from "../seeded-random.ts";
import type { Parameter } from "./parameter.ts";

/** `"continue"`: the next fault, then the route. `"taken"`: the fault dealt with the response. */
export type FaultVerdict = "continue" | "taken";

/** What a fault happens to, and so which conditions it can have: a port has no method or path. */
export type FaultScope = "request" | "connection" | "port";

/**
 * The order in which the faults of one request run, whatever the order they were asked for in: `shape`
 * arranges how bytes go in and out, `early` acts while the request body is not read yet, `wait` takes
 * time, `answer` answers in the route's place.
 */
export const faultStages = ["shape", "early", "wait", "answer"] as const;
export type FaultStage = (typeof faultStages)[number];

/** What a fault may ask about the moment in which it strikes. */
export interface FaultMoment {
  /** The fault's own stream, apart from the one that decides whether it strikes. */
  readonly random: Random;
  /** Since the fault became active. */
  readonly elapsedMs: number;
}

/** Strikes single requests. */
export interface RequestAction {
  readonly scope: "request";
  readonly stage: FaultStage;
  /** False: it does not strike now, and no probability is drawn. For faults that come and go. */
  strikesAt?(elapsedMs: number): boolean;
  apply(exchange: Exchange, moment: FaultMoment): FaultVerdict | Promise<FaultVerdict>;
}

/** Strikes connections the moment they are accepted. */
export interface ConnectionAction {
  readonly scope: "connection";
  readonly locksOut: boolean;
  /** Takes the socket over; `release` hands it on to be served. */
  take(socket: Socket, release: () => void): void;
  /** A request that came on a connection from before the fault. */
  apply(exchange: Exchange): FaultVerdict | Promise<FaultVerdict>;
  end(): void;
}

/** Is in force from `begin` to `end`. */
export interface PortAction {
  readonly scope: "port";
  /** True when nobody can reach the port while it lasts, not even to end the fault. */
  readonly locksOut: boolean;
  begin(port: Port): void;
  end(port: Port): void;
}

export type FaultAction = RequestAction | ConnectionAction | PortAction;

/** One word of the fault vocabulary. One file per fault, one line in the registry. */
export interface FaultKind {
  /** The same as flag, in YAML, in `/__faults` and in `X-Fault`. */
  readonly name: string;
  /** One line for the help. */
  readonly summary: string;
  /** As for `--fault`. */
  readonly example: string;
  /** The parameter that may follow the name: `status=503`. */
  readonly main: string | undefined;
  readonly parameters: Readonly<Record<string, Parameter<unknown>>>;
  /** Takes the values that the parameters' readers gave. A text says why they do not fit together. */
  create(values: Readonly<Record<string, unknown>>): FaultAction | string;
}

/** A fault kind whose `create` knows the types of its parameters. */
export interface FaultDefinition<P> {
  readonly name: string;
  readonly summary: string;
  readonly example: string;
  readonly main?: keyof P & string;
  readonly parameters: { readonly [K in keyof P]: Parameter<P[K]> };
  create(values: P): FaultAction | string;
}

/** Checks a kind against its own parameters, then forgets their types: a registry holds them all. */
export function defineFault<P>(definition: FaultDefinition<P>): FaultKind {
  return {
    ...definition,
    main: definition.main,
    parameters: definition.parameters,
    // The reader of each parameter made the value of that name.
    create: (values) => definition.create(values as P),
  };
}
