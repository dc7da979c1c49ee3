import type { StrategyName } from "@evenkeel/core";

/** What helps to choose, where no figure says it. */
export interface Advice {
  readonly use: string;
  readonly cost: string;
}

/** A strategy without advice is a compile error. */
export const advice: Readonly<Record<StrategyName, Advice>> = {
  "round-robin": {
    use: "backends and requests are alike, or shares must be exact",
    cost: "one atomic addition",
  },
  "weighted-round-robin": {
    use: "backends differ in a ratio that you know, and shares must be exact",
    cost: "one atomic addition and a table",
  },
  random: { use: "a yardstick for the others; nothing is shared", cost: "one draw" },
  "weighted-random": {
    use: "known ratio, nothing shared, exact shares not needed",
    cost: "one draw",
  },
  "least-connections": {
    use: "requests differ in length, all balancers' requests pass here, failures are ejected",
    cost: "looks at every backend",
  },
  "least-response-time": {
    use: "backends differ in speed in a way that you do not know; few balancers",
    cost: "looks at every backend",
  },
  "power-of-two": {
    use: "the sound default where requests differ; several balancers side by side",
    cost: "two draws",
  },
  "peak-ewma": {
    use: "backends slow down or fail by themselves; several balancers side by side",
    cost: "two draws, two exponentials",
  },
  prequal: {
    use: "as peak-ewma, where tails matter most and load is high",
    cost: "looks at five backends",
  },
  first: { use: "one backend serves and the others stand by, in order", cost: "nothing" },
  "ip-hash": {
    use: "a client stays at a backend and has no cookie; beware of NAT",
    cost: "one hash",
  },
  "consistent-hash": {
    use: "backends keep something per key, such as a cache; bound the load when keys are hot",
    cost: "one hash",
  },
  maglev: {
    use: "as consistent-hash, where even shares matter more than the last moved key",
    cost: "one hash",
  },
  rendezvous: {
    use: "as consistent-hash, for small pools with weights that change",
    cost: "a hash per backend",
  },
};
