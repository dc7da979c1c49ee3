import {
  type AcquireRequest,
  type Backend,
  Balancer,
  type BalancerDeps,
  type Lease,
  type Refusal,
  type StrategyChoice,
} from "@evenkeel/core";

/** What a request asks: core's Balancer, or something that wants to be compared with it. */
export interface LeaseSource {
  acquire(request: AcquireRequest): Lease | Refusal;
}

/** What a backend says of itself when it is asked. */
export interface ProbeAnswer {
  /** Requests that it holds, waiting ones included. */
  readonly inFlight: number;
  /** Median of the latencies of requests that ended recently; 0 = none did. */
  readonly latencyMs: number;
}

export interface LeaseSourceParts extends Omit<BalancerDeps, "strategy"> {
  /** The answer is as old as one way of the network. */
  probe(backend: Backend): ProbeAnswer;
}

/** One contender: each balancer of a simulation gets a source of its own. */
export interface StrategyUnderTest {
  /** What reports call it. */
  readonly name: string;
  create(parts: LeaseSourceParts): LeaseSource;
}

/** A strategy as it runs in production: core's own Balancer, unchanged. */
export function production(choice: StrategyChoice, name: string = choice.type): StrategyUnderTest {
  return {
    name,
    create: ({ pool, scoreboard, worker, clock, random }) =>
      new Balancer({ pool, scoreboard, worker, clock, random, strategy: choice }),
  };
}
