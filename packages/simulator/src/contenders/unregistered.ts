import {
  type AcquireRequest,
  LatencyEstimates,
  Lease,
  noReports,
  type Refusal,
  type Strategy,
  type StrategyDeps,
} from "@evenkeel/core";
import type {
  LeaseSource,
  LeaseSourceParts,
  StrategyUnderTest,
} from "../engine/strategy-under-test.ts";

/** Makes a strategy that core does not ship; `parts` lets it ask the backends. */
export type CreateUnregistered = (deps: StrategyDeps, parts: LeaseSourceParts) => Strategy;

/**
 * A strategy that is not in core's registry, because it is known to be bad: what a simulator must be
 * able to show. It gets first attempts only and core's own pool, counts and leases.
 */
export function unregistered(name: string, create: CreateUnregistered): StrategyUnderTest {
  return { name, create: (parts) => new UnregisteredSource(create, parts) };
}

class UnregisteredSource implements LeaseSource {
  readonly #parts: LeaseSourceParts;
  readonly #strategy: Strategy;

  constructor(create: CreateUnregistered, parts: LeaseSourceParts) {
    const { scoreboard, pool, random } = parts;
    this.#parts = parts;
    const deps: StrategyDeps = {
      random,
      nextSequence: () => scoreboard.nextSequence(pool.index),
      inFlight: ({ slot }) => scoreboard.inFlight(slot),
      latency: new LatencyEstimates(scoreboard),
    };
    this.#strategy = create(deps, parts);
    this.#strategy.rebuild(pool.members);
  }

  acquire({ hashKey }: AcquireRequest): Lease | Refusal {
    const { pool, scoreboard, worker, clock } = this.#parts;
    const now = clock();
    const ready = pool.ready(scoreboard);
    const backend = this.#strategy.pick(ready, { now, hashKey, isRetry: false });
    if (backend === undefined) return "none-ready";
    const owner = { scoreboard, worker, observe: null, released: null, reports: noReports };
    return new Lease(backend, owner, now);
  }
}
