import { antagonisedCell } from "./c-antagonists.ts";
import type { Scenario } from "./scenario.ts";

export const manyBalancersAntagonists: Scenario = {
  name: "g-many-balancers-antagonists",
  title: "Antagonists and 1 to 64 balancers that do not see each other's requests, load 0.75",
  shows: "what is left of each strategy's p99 when it sees a sixty-fourth of the load",
  isTimed: false,
  cells: [1, 4, 16, 64].map((balancers) => ({
    ...antagonisedCell(0.75, balancers),
    name: balancers === 1 ? "1 balancer" : `${balancers} balancers`,
  })),
};
