import {
  LatencyEstimates,
  Scoreboard,
  createStrategy,
  defaultChoice,
  type Backend,
  type OptionValue,
  type PickContext,
  type Random,
  type Strategy,
  type StrategyName,
} from "../src/index.ts";

export interface StrategySetup {
  readonly random?: Random;
  /** The first position that `nextSequence` gives. */
  readonly sequence?: number;
  readonly inFlight?: (backend: Backend) => number;
  /** Beside the defaults. */
  readonly options?: Readonly<Record<string, OptionValue>>;
  /** Rows for the latency estimates. */
  readonly slots?: number;
  /** Instead of fresh ones, for tests that look into them. */
  readonly latency?: LatencyEstimates;
}

function noRandom(): number {
  throw new Error("this decision must not depend on chance");
}

/** Nothing measured, nothing tried. */
export function freshLatency(slots = 200): LatencyEstimates {
  return new LatencyEstimates(Scoreboard.allocate({ workers: 1, pools: 1, backends: slots }));
}

/** A strategy with a scoreboard of its own and nothing in flight, unless `setup` says otherwise. */
export function strategyOf(name: StrategyName, setup: StrategySetup = {}): Strategy {
  const { random = noRandom, inFlight = () => 0, options = {}, slots = 200 } = setup;
  let sequence = setup.sequence ?? 0;
  const choice = defaultChoice(name);
  return createStrategy(
    { type: name, options: { ...choice.options, ...options } },
    {
      random,
      nextSequence: () => sequence++ >>> 0,
      inFlight,
      latency: setup.latency ?? freshLatency(slots),
    },
  );
}

export const firstAttempt: PickContext = { now: 0, hashKey: "", isRetry: false };

/** The ids of `count` picks in a row. */
export function picks(
  strategy: Strategy,
  ready: readonly Backend[],
  count: number,
  context: PickContext = firstAttempt,
): string[] {
  return Array.from({ length: count }, () => strategy.pick(ready, context)?.id ?? "none");
}

/** mulberry32: small, fast and good enough for shares. */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
