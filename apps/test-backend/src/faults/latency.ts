import { defineFault, type FaultKind } from "./fault.ts";
import { type Distribution, distribution } from "./distribution.ts";
import { parameter } from "./parameter.ts";

/**
 * Delays a response, counted from the end of the request: the upload is not slowed down, and its own
 * time comes on top.
 */
export const latency: FaultKind = defineFault<{ time: Distribution }>({
  name: "latency",
  summary: "answers later: a time, or one drawn from a distribution",
  example: "latency=lognormal(20ms,0.5)",
  main: "time",
  parameters: { time: parameter(distribution, "how much later") },
  create: ({ time }) => ({
    scope: "request",
    stage: "wait",
    async apply(exchange, { random }) {
      const delayMs = time.draw(random);
      await exchange.body();
      return (await exchange.wait(delayMs)) === "elapsed" ? "continue" : "taken";
    },
  }),
});
