import { defineFault, type FaultKind } from "./fault.ts";
import { duration, number, parameter } from "./parameter.ts";

/**
 * Stretches everything that takes time here: latency faults, `--service-time`, `/delay`, `/stream`. A
 * backend that waits for nothing answers in no time, and ten times that would still be nothing: so each
 * request is taken to cost `base` on top.
 */
export const slow: FaultKind = defineFault<{ factor: number; base: number }>({
  name: "slow",
  summary: "takes many times longer for all that takes time: latency, service time, /delay",
  example: "slow=10,for=20s",
  main: "factor",
  parameters: {
    factor: parameter(number(1, 100_000), "how many times longer"),
    base: parameter(duration, "what a request costs besides, before it is slowed", "1ms"),
  },
  create: ({ factor, base }) => ({
    scope: "request",
    stage: "early",
    async apply(exchange) {
      exchange.slowdown *= factor;
      await exchange.body();
      return (await exchange.wait(base)) === "elapsed" ? "continue" : "taken";
    },
  }),
});
