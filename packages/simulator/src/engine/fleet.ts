import { Pool, Scoreboard } from "@evenkeel/core";
import { Checker } from "./checker.ts";
import type { PoolSimulation } from "./pool-simulation.ts";
import { randomStream } from "./random-stream.ts";
import type { RetryRule } from "./retry-rule.ts";
import { Server } from "./server.ts";
import type { LeaseSource } from "./strategy-under-test.ts";

/** One instance: it shares no counts with the others. */
export interface SimulatedBalancer {
  readonly source: LeaseSource;
  readonly scoreboard: Scoreboard;
  readonly retries: RetryRule;
}

/** Nobody listens there. */
const noPort = 1;

export function createServers({ backends, seed }: PoolSimulation): readonly Server[] {
  return backends.map((spec, slot) => {
    const { id, weight, priority } = spec;
    return new Server(
      { id, host: id, port: noPort, socketPath: null, weight, priority, slot },
      spec,
      seed,
    );
  });
}

export function createBalancers(
  spec: PoolSimulation,
  servers: readonly Server[],
  clock: () => number,
): readonly SimulatedBalancer[] {
  const members = servers.map(({ backend }) => backend);
  return Array.from({ length: spec.balancers }, (_, index) => {
    const scoreboard = Scoreboard.allocate({ workers: 1, pools: 1, backends: members.length });
    for (const { slot } of members) scoreboard.setReady(slot, true);
    const random = randomStream(spec.seed, "picks", index);
    // Instances that start together must not all begin with the first backend (algorithms.md 1.8).
    if (spec.balancers > 1) scoreboard.startSequence(0, Math.floor(random() * 2 ** 32));
    const source = spec.strategy.create({
      pool: new Pool("simulated", 0, members),
      scoreboard,
      worker: 0,
      clock,
      random,
      probe: ({ slot }) => (servers[slot] as Server).probe(),
    });
    return { source, scoreboard, retries: spec.retries() };
  });
}

/** One per balancer and backend; none when nobody checks. */
export function createCheckers({
  backends,
  balancers,
  checks,
  seed,
}: PoolSimulation): readonly Checker[] {
  if (checks === null) return [];
  return Array.from({ length: balancers }, (_, balancer) => {
    const random = randomStream(seed, "checks", balancer);
    return backends.map((_, slot) => new Checker(checks, balancer, slot, random));
  }).flat();
}
