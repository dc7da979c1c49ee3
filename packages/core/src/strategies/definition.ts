import type { Strategy, StrategyDeps } from "./strategy.ts";

/** The part of a request that decides where it belongs. */
export type HashKey =
  | { readonly from: "client-ip" }
  | { readonly from: "path" }
  | { readonly from: "header" | "cookie" | "query"; readonly name: string };

export type OptionValue = number | HashKey;

interface Described {
  /** One sentence for the reference page and editors. */
  readonly meaning: string;
}

/** How an option is written, what it may be, and what it is when it is not written. */
export type OptionSpec =
  | (Described & {
      readonly kind: "count";
      readonly default: number;
      readonly min: number;
      readonly max: number;
    })
  /** Milliseconds. */
  | (Described & { readonly kind: "duration"; readonly default: number })
  /** A share: 1 is 100 %. With `canBeOff`, 0 stands for off. */
  | (Described & {
      readonly kind: "percent";
      readonly default: number;
      readonly min: number;
      readonly max: number;
      readonly canBeOff: boolean;
    })
  | (Described & { readonly kind: "hash-key"; readonly default: HashKey });

type NumberSpec = Exclude<OptionSpec, { readonly kind: "hash-key" }>;
type HashKeySpec = Extract<OptionSpec, { readonly kind: "hash-key" }>;

/** Distributes over unions, so that the spec of any `OptionValue` is any `OptionSpec`. */
type SpecOf<Value> = Value extends number ? NumberSpec : HashKeySpec;

/** Every option has a spec of its kind, and nothing else has one. */
export type OptionSpecs<Options> = {
  readonly [Name in keyof Options]: SpecOf<Options[Name]>;
};

/** What a strategy's file exports: all that configuration, help and the balancer know of it. */
export interface StrategyDefinition<Options = Readonly<Record<string, OptionValue>>> {
  /** False when a weight would be ignored, which makes one a configuration error. */
  readonly honoursWeights: boolean;
  readonly options: OptionSpecs<Options>;
  /** Of a strategy that hashes one part of the request and leaves no choice; others have an option. */
  readonly fixedKey?: HashKey;
  create(deps: StrategyDeps, options: Options): Strategy;
}

/** For strategies without options. */
export type NoOptions = Readonly<Record<string, never>>;
