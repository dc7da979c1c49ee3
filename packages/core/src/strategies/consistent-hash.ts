import { BoundedRing } from "./bounded-ring.ts";
import type { HashKey, StrategyDefinition } from "./definition.ts";
import { HashRing } from "./hash-ring.ts";
import { createKeyAffinity } from "./key-affinity.ts";

/** A type, not an interface: only a type fits the registry's record of options. */
type ConsistentHashOptions = {
  /** Points on the ring per unit of weight. */
  readonly virtualNodes: number;
  readonly key: HashKey;
  /** Most of a backend's share of the requests in flight, 1 or more; 0 = no bound. */
  readonly boundedLoad: number;
};

/**
 * The backend to which the request's key belongs on a hash ring; while it is not ready its keys, and no
 * others, go to the next ones along the ring. Honours weights.
 */
export const consistentHash: StrategyDefinition<ConsistentHashOptions> = {
  honoursWeights: true,
  options: {
    virtualNodes: {
      kind: "count",
      // As ketama, nginx and Pingora: a backend's share varies by 8 %.
      default: 160,
      min: 1,
      max: 10_000,
      meaning: "Points on the ring per unit of weight; more make the shares more even.",
    },
    key: {
      kind: "hash-key",
      default: { from: "client-ip" },
      meaning: "The part of a request that says which backend it belongs to.",
    },
    boundedLoad: {
      kind: "percent",
      default: 0,
      min: 1,
      max: 10,
      canBeOff: true,
      meaning:
        "The most requests in flight that a backend takes, as a percentage of its share of all; " +
        "125% is usual. Keys of a full backend go on along the ring.",
    },
  },
  create: (deps, { virtualNodes, boundedLoad }) => {
    const ring = new HashRing(virtualNodes);
    if (boundedLoad === 0) return createKeyAffinity(deps, ring);
    const inFlight = deps.inFlight.bind(deps);
    return createKeyAffinity(deps, new BoundedRing(ring, boundedLoad, inFlight));
  },
};
